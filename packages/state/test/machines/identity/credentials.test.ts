import { DAY, Nanos, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { withdrawn } from "../../../src/machines/identity/events.ts";
import { credentials } from "../../../src/machines/identity/records.ts";
import { withdrawRole } from "../../../src/machines/identity/roles.ts";
import { Ledger } from "../../support/ledger.ts";
import { digestOf } from "../../support/parties.ts";
import { probe, probeRegistry } from "../../support/probe.ts";
import { code, codeAt, done, expectSound, later, made, registration } from "./world.ts";

function issue(ledger: Ledger, subject: string, until?: Nanos) {
  const digest = digestOf("document");
  return { kind: "credential.issue", subject: ledger.id(subject), type: "ISO 9001", digest, until } as const;
}

function revoke(id: Uint8Array) {
  return { kind: "credential.revoke", credential: toId("cred", id) } as const;
}

test("I-11 registrar, certifier, standards body and auditor issue credentials, of others, and nobody else does", () => {
  const ledger = new Ledger();
  for (const name of ["Reg", "Cert", "Std", "Aud"]) done(ledger, name, issue(ledger, "Mia"));
  for (const name of ["Mia", "Arb", "Cy"])
    expect(code(ledger, name, issue(ledger, "Ada"))).toBe("ROLE_MISSING");
  expect(code(ledger, "Reg", issue(ledger, "Reg"))).toBe("SAME_PARTY");
  expect(code(ledger, "Reg", issue(ledger, "Mia", ledger.now))).toBe("DEADLINE_PASSED");
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  done(ledger, "Nia", { kind: "participant.close" });
  expect(code(ledger, "Reg", issue(ledger, "Nia"))).toBe("CLOSED");
  expectSound(ledger);
});

test("I-11 its issuer revokes it, once, up to the nanosecond of its end, and nobody else does", () => {
  const ledger = new Ledger();
  const until = later(ledger, DAY);
  const first = made(ledger.send("Reg", issue(ledger, "Mia", until)), "credential");
  const second = made(ledger.send("Reg", issue(ledger, "Mia", until)), "credential");
  for (const name of ["Reg2", "Mia"]) expect(code(ledger, name, revoke(first))).toBe("NOT_YOURS");
  expect(code(ledger, "Reg", revoke(new Uint8Array(20)))).toBe("NOT_FOUND");
  expect(codeAt(ledger, "Reg", until, revoke(first))).toBe("ok");
  expect(code(ledger, "Reg", revoke(first))).toBe("WRONG_STATUS");
  expect(codeAt(ledger, "Reg", Nanos.of(until + 2_000_000_000n), revoke(second))).toBe("DEADLINE_PASSED");
  expect(ledger.view.get(credentials, toId("cred", first))?.status).toBe("REVOKED");
  expectSound(ledger);
});

test("I-11 who has lost the role issues no more, and still takes back what it said", () => {
  const ledger = new Ledger({ registry: probeRegistry([], [withdrawn]) });
  const id = made(ledger.send("Cert", issue(ledger, "Mia")), "credential");
  const cert = ledger.id("Cert");
  expect(probe(ledger, "Reg", (ctx) => withdrawRole(ctx, cert, "certifier"))).toBe("ok");
  expect(code(ledger, "Cert", issue(ledger, "Max"))).toBe("ROLE_MISSING");
  expect(code(ledger, "Cert", revoke(id))).toBe("ok");
});
