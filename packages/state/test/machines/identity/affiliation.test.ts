import { DAY, Nanos } from "@touchmark/core";
import { expect, test } from "vitest";
import { consentDigest } from "../../../src/machines/identity/affiliation.ts";
import { isIndependent } from "../../../src/machines/identity/guards.ts";
import { Ledger } from "../../support/ledger.ts";
import { signerOf } from "../../support/parties.ts";
import { code, codeAt, done, expectSound, later, participantOf, registration } from "./world.ts";

function affiliation(ledger: Ledger, asks: string, consents: string, until: Nanos, signer = consents) {
  const [participant, other] = [ledger.id(asks), ledger.id(consents)];
  const signature = signerOf(signer).sign(consentDigest(ledger.chain, participant, other, until));
  return { kind: "participant.affiliate", participant, other, consent: { until, signature } } as const;
}

function byRegistrar(ledger: Ledger, a: string, b: string) {
  const pair = { participant: ledger.id(a), other: ledger.id(b) };
  return { kind: "participant.affiliate", ...pair, consent: undefined } as const;
}

function separation(ledger: Ledger, a: string, b: string) {
  return { kind: "participant.separate", participant: ledger.id(a), other: ledger.id(b) } as const;
}

function areIndependent(ledger: Ledger, a: string, b: string): boolean {
  return isIndependent(ledger.view, ledger.id(a), ledger.id(b), ledger.now);
}

test("I-4 two become affiliates when both say so, and are no longer independent, nor of each other's friends", () => {
  const ledger = new Ledger();
  expect(areIndependent(ledger, "Mia", "Max")).toBe(true);
  const op = affiliation(ledger, "Mia", "Max", later(ledger, DAY));
  done(ledger, "Mia", op);
  expect(areIndependent(ledger, "Mia", "Max")).toBe(false);
  done(ledger, "Max", affiliation(ledger, "Max", "Moe", later(ledger, DAY)));
  expect(areIndependent(ledger, "Mia", "Moe")).toBe(false);
  expect(code(ledger, "Mia", op)).toBe("DUPLICATE");
  expectSound(ledger);
});

test("I-4 without the other's consent, and with one of another pair, key, time or chain, there is no affiliation", () => {
  const ledger = new Ledger();
  const until = later(ledger, DAY);
  const good = affiliation(ledger, "Mia", "Max", until);
  expect(code(ledger, "Mia", { ...good, consent: undefined })).toBe("CONSENT_UNPROVEN");
  expect(code(ledger, "Mia", affiliation(ledger, "Mia", "Max", until, "Mia"))).toBe("CONSENT_UNPROVEN");
  expect(code(ledger, "Mia", { ...good, other: ledger.id("Moe") })).toBe("CONSENT_UNPROVEN");
  const consent = { ...good.consent, until: Nanos.of(until + 1n) };
  expect(code(ledger, "Mia", { ...good, consent })).toBe("CONSENT_UNPROVEN");
  // The word that Max gave to Mia is no word of Mia to Max.
  expect(code(ledger, "Max", good)).toBe("CONSENT_UNPROVEN");
  expect(code(ledger, "Mia", byRegistrar(ledger, "Mia", "Mia"))).toBe("SAME_PARTY");
  expect(code(ledger, "Moe", good)).toBe("ROLE_MISSING");
});

test("I-4 a consent holds up to and with its nanosecond, at most 7 days ahead", () => {
  const ledger = new Ledger();
  const until = later(ledger, DAY);
  const [first, second] = [
    affiliation(ledger, "Mia", "Max", until),
    affiliation(ledger, "Mia", "Moe", until),
  ];
  const far = affiliation(ledger, "Mia", "Cy", later(ledger, 8n * DAY));
  expect(code(ledger, "Mia", far)).toBe("DEADLINE_OUT_OF_BOUNDS");
  expect(codeAt(ledger, "Mia", until, first)).toBe("ok");
  expect(codeAt(ledger, "Mia", Nanos.of(until + 1n), second)).toBe("DEADLINE_PASSED");
});

test("I-4 a registrar links and separates; the two themselves never separate, nor does a registrar that is one of them", () => {
  const ledger = new Ledger();
  done(ledger, "Reg", byRegistrar(ledger, "Mia", "Ivo"));
  expect(code(ledger, "Mia", separation(ledger, "Mia", "Ivo"))).toBe("ROLE_MISSING");
  expect(code(ledger, "Reg", separation(ledger, "Mia", "Max"))).toBe("NOT_FOUND");
  done(ledger, "Reg2", separation(ledger, "Ivo", "Mia"));
  expect(areIndependent(ledger, "Mia", "Ivo")).toBe(true);
  done(ledger, "Reg", byRegistrar(ledger, "Reg2", "Mia"));
  expect(code(ledger, "Reg2", separation(ledger, "Reg2", "Mia"))).toBe("NOT_INDEPENDENT");
  // Nor does a registrar link itself without being asked back.
  expect(code(ledger, "Reg2", byRegistrar(ledger, "Reg2", "Moe"))).toBe("CONSENT_UNPROVEN");
  expectSound(ledger);
});

test("I-4 sixteen are the most, on either side", () => {
  const ledger = new Ledger();
  for (let i = 0; i < 17; i++) {
    done(ledger, "Reg", registration(ledger, `Sub ${i}`, "Reg"));
    const expected = i < 16 ? "ok" : "TOO_MANY_OPEN";
    expect(code(ledger, "Reg", byRegistrar(ledger, `Sub ${i}`, "Mia"))).toBe(expected);
  }
  expect(participantOf(ledger, ledger.id("Sub 16")).affiliates).toEqual([]);
  expectSound(ledger);
});

test("I-4 who is suspended consents to nothing, and who is closed is nobody's affiliate", () => {
  const ledger = new Ledger();
  for (const name of ["Nia", "Pia"]) done(ledger, "Reg", registration(ledger, name, "Reg"));
  done(ledger, "Reg", { kind: "participant.suspend", participant: ledger.id("Nia") });
  const op = affiliation(ledger, "Mia", "Nia", later(ledger, DAY));
  expect(code(ledger, "Mia", op)).toBe("NOT_VERIFIED");
  done(ledger, "Pia", { kind: "participant.close" });
  expect(code(ledger, "Reg", byRegistrar(ledger, "Mia", "Pia"))).toBe("CLOSED");
});
