import { toDigest, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { possessionDigest } from "../../../src/machines/identity/key-registry.ts";
import { codeOf, eventsOf, Ledger } from "../../support/ledger.ts";
import { digestOf, keyOf, signerOf } from "../../support/parties.ts";
import { code, coldKey, done, expectSound, newKey, participantOf, proofOf, registration } from "./world.ts";

function openLedger(): Ledger {
  return new Ledger({ genesis: { parameters: [{ number: 6, value: { kind: "number", value: 1 } }] } });
}

test("I-1 a registrar's newcomer is VERIFIED, has that registrar as its own, and acts by its key at once", () => {
  const ledger = new Ledger();
  const receipt = ledger.send("Reg", registration(ledger, "Nia", "Reg"));
  expect([codeOf(receipt), ...eventsOf(receipt)]).toEqual(["ok", "participant.registered"]);
  const nia = participantOf(ledger, ledger.id("Nia"));
  expect([nia.status, nia.registrar, nia.roles]).toEqual(["VERIFIED", ledger.id("Reg"), []]);
  expect(code(ledger, "Nia", { kind: "participant.object", to: "coldKey" })).toBe("WRONG_STATUS");
  expectSound(ledger);
});

test("I-1 nobody else registers others, and nobody registers itself where that is closed", () => {
  const ledger = new Ledger();
  expect(code(ledger, "Mia", registration(ledger, "Nia", "Mia"))).toBe("ROLE_MISSING");
  expect(code(ledger, "Nia", registration(ledger, "Nia", undefined))).toBe("REGISTRATION_CLOSED");
});

test("I-1 where it is open, a stranger registers itself, by its own key only, and is UNVERIFIED until a registrar says so", () => {
  const ledger = openLedger();
  expect(code(ledger, "Thief", registration(ledger, "Nia", undefined))).toBe("NOT_YOURS");
  done(ledger, "Nia", registration(ledger, "Nia", undefined));
  const id = ledger.id("Nia");
  expect(participantOf(ledger, id).status).toBe("UNVERIFIED");
  expect(code(ledger, "Nia", { kind: "participant.verify", participant: id })).toBe("NOT_VERIFIED");
  done(ledger, "Reg", { kind: "participant.verify", participant: id });
  expect(participantOf(ledger, id)).toMatchObject({ status: "VERIFIED", registrar: ledger.id("Reg") });
  expect(code(ledger, "Reg2", { kind: "participant.verify", participant: id })).toBe("WRONG_STATUS");
  const nobody = toId("acct", new Uint8Array(20));
  expect(code(ledger, "Reg", { kind: "participant.verify", participant: nobody })).toBe("NOT_FOUND");
  expectSound(ledger);
});

test("I-1 a registrar verifies nobody of its own group", () => {
  const ledger = openLedger();
  const sham = registration(ledger, "Sham", undefined);
  const legalDigest = digestOf("register entry of Reg");
  const proof = proofOf(ledger, "participant", "Sham", legalDigest);
  done(ledger, "Sham", { ...sham, legalDigest, proof });
  expect(code(ledger, "Reg", { kind: "participant.verify", participant: ledger.id("Sham") })).toBe(
    "NOT_INDEPENDENT",
  );
});

test("I-2 a key comes in once, for whatever purpose, and never again", () => {
  const ledger = new Ledger();
  expect(code(ledger, "Reg", registration(ledger, "Mia", "Reg"))).toBe("KEY_USED");
  const mia = ledger.id("Mia");
  done(ledger, "Mia", { kind: "participant.rotate", ...newKey(ledger, mia, "Mia's second") });
  // The first key is lame, and it is still nobody else's.
  expect(code(ledger, "Reg", registration(ledger, "Mia", "Reg"))).toBe("KEY_USED");
  done(ledger, "Mia's second", coldKey(ledger, mia, "Mia's cold"));
  expect(code(ledger, "Reg", registration(ledger, "Mia's cold", "Reg"))).toBe("KEY_USED");
  expectSound(ledger);
});

test("I-2 two registrations of one key in one transaction fail as one", () => {
  const ledger = new Ledger();
  const op = registration(ledger, "Nia", "Reg");
  expect(code(ledger, "Reg", op, op)).toBe("KEY_USED");
  expect(code(ledger, "Reg", op)).toBe("ok");
});

test("I-2 a key that nobody can hold (of small order) is unfit", () => {
  const ledger = new Ledger();
  const identity = new Uint8Array(32);
  identity[0] = 1;
  expect(code(ledger, "Reg", { ...registration(ledger, "Nia", "Reg"), key: identity })).toBe("KEY_UNFIT");
});

test("I-2 a registrar can't take another one's newcomer out of the gossip: the proof names the registrar", () => {
  const ledger = new Ledger();
  const overheard = registration(ledger, "Nia", "Reg");
  expect(code(ledger, "Reg2", overheard)).toBe("POSSESSION_UNPROVEN");
  expect(code(ledger, "Reg", { ...overheard, legalDigest: digestOf("another firm") })).toBe(
    "POSSESSION_UNPROVEN",
  );
  done(ledger, "Reg", overheard);
});

test("I-2 a proof is for one chain, one purpose and one key", () => {
  const ledger = new Ledger();
  const op = registration(ledger, "Nia", "Reg");
  const serves = Uint8Array.from([...op.legalDigest, ...ledger.id("Reg")]);
  const other = { ...ledger.chain, chainId: "other-0011223344556677" };
  const wrong = [
    signerOf("Nia").sign(possessionDigest(other, "participant", keyOf("Nia"), serves)),
    proofOf(ledger, "machine", "Nia", serves),
    proofOf(ledger, "session", "Nia", serves),
    signerOf("Thief").sign(possessionDigest(ledger.chain, "participant", keyOf("Nia"), serves)),
    signerOf("Nia").sign(toDigest(new Uint8Array(32))),
  ];
  for (const proof of wrong) expect(code(ledger, "Reg", { ...op, proof })).toBe("POSSESSION_UNPROVEN");
  expect(code(ledger, "Reg", op)).toBe("ok");
});

test("I-2 a cold key's proof makes no key of every day, and the other way round", () => {
  const ledger = new Ledger();
  const mia = ledger.id("Mia");
  const { key, proof } = coldKey(ledger, mia, "Mia's cold");
  expect(code(ledger, "Mia", { kind: "participant.rotate", key, proof })).toBe("POSSESSION_UNPROVEN");
  const hot = newKey(ledger, mia, "Mia's second");
  expect(code(ledger, "Mia", { kind: "participant.setCold", ...hot })).toBe("POSSESSION_UNPROVEN");
  // Nor does a proof that names one participant serve another.
  expect(code(ledger, "Max", { kind: "participant.rotate", ...hot })).toBe("POSSESSION_UNPROVEN");
});
