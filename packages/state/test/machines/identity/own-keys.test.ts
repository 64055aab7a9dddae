import { DAY, HOUR, Nanos, SECOND } from "@touchmark/core";
import { expect, test } from "vitest";
import { Ledger } from "../../support/ledger.ts";
import { amount, fundedLedger } from "../../support/money.ts";
import { keyOf } from "../../support/parties.ts";
import {
  code,
  codeAt,
  coldKey,
  done,
  expectSound,
  lastEvents,
  later,
  newKey,
  participantOf,
  proofOf,
  rotation,
  sessionGrant,
} from "./world.ts";

const LAME = 72n * HOUR;
const objectTo = (to: "recovery" | "coldKey") => ({ kind: "participant.object", to }) as const;

/** Mia with a cold key in force. */
function withCold(): Ledger {
  const ledger = fundedLedger({ Mia: 1_000 });
  done(ledger, "Mia", coldKey(ledger, ledger.id("Mia"), "cold"));
  ledger.wait(72n * HOUR);
  return ledger;
}

test("I-6 a rotation moves every right to the new key, and the old one may only object, up to its nanosecond", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  const mia = ledger.id("Mia");
  const until = later(ledger, LAME + SECOND);
  done(ledger, "Mia", rotation(ledger, mia, "second"));
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(1) } as const;
  expect([code(ledger, "Mia", pay), code(ledger, "second", pay)]).toEqual(["NOT_PERMITTED", "ok"]);
  expect(code(ledger, "Mia", rotation(ledger, mia, "third"))).toBe("NOT_PERMITTED");
  expectSound(ledger);
  expect(codeAt(ledger, "Mia", until, objectTo("coldKey"))).toBe("WRONG_STATUS");
  expect(codeAt(ledger, "Mia", Nanos.of(until + 1n), objectTo("coldKey"))).toBe("UNKNOWN_SENDER");
  expect(participantOf(ledger, mia)).toMatchObject({ lameKey: undefined, lameUntil: undefined });
  expectSound(ledger);
});

test("I-6 a key that is lame, or was once, never comes back", () => {
  const ledger = new Ledger();
  const mia = ledger.id("Mia");
  done(ledger, "Mia", rotation(ledger, mia, "second"));
  expect(code(ledger, "second", rotation(ledger, mia, "Mia"))).toBe("KEY_USED");
  ledger.wait(LAME);
  expect(code(ledger, "second", rotation(ledger, mia, "Mia"))).toBe("KEY_USED");
  expect(code(ledger, "second", rotation(ledger, mia, "second"))).toBe("KEY_USED");
  expect(code(ledger, "second", coldKey(ledger, mia, "Mia"))).toBe("KEY_USED");
});

test("I-6 a thief who rotates twice doesn't take the owner's objection away, nor does it last longer", () => {
  const ledger = new Ledger();
  const mia = ledger.id("Mia");
  const until = later(ledger, LAME + SECOND);
  done(ledger, "Mia", rotation(ledger, mia, "thief"));
  ledger.wait(HOUR);
  done(ledger, "thief", rotation(ledger, mia, "thief's second"));
  expect(participantOf(ledger, mia)).toMatchObject({ lameKey: keyOf("Mia"), lameUntil: until });
  done(ledger, "thief's second", coldKey(ledger, mia, "thief's cold"));
  done(ledger, "Mia", objectTo("coldKey"));
  expect(code(ledger, "thief", objectTo("coldKey"))).toBe("UNKNOWN_SENDER");
  expectSound(ledger);
  ledger.wait(LAME);
  // From here on the next one is lame.
  done(ledger, "thief's second", rotation(ledger, mia, "third"));
  expect(participantOf(ledger, mia).lameKey).toEqual(keyOf("thief's second"));
  expectSound(ledger);
});

test("I-6 sessions end with a rotation", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  const mia = ledger.id("Mia");
  done(ledger, "Mia", sessionGrant(ledger, mia, "gate"));
  done(ledger, "Mia", rotation(ledger, mia, "second"));
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(1) } as const;
  expect(code(ledger, "gate", pay)).toBe("SESSION_OVER");
  // One granted afterwards is of the new generation.
  done(ledger, "second", sessionGrant(ledger, mia, "gate 2"));
  expect(code(ledger, "gate 2", pay)).toBe("ok");
  expectSound(ledger);
});

test("I-6 a cold key waits 72 h, and then does nothing but rotate and object", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  const mia = ledger.id("Mia");
  const due = later(ledger, 72n * HOUR + SECOND);
  done(ledger, "Mia", coldKey(ledger, mia, "cold"));
  expect(code(ledger, "Mia", coldKey(ledger, mia, "cold 2"))).toBe("WRONG_STATUS");
  expect(code(ledger, "cold", rotation(ledger, mia, "second"))).toBe("UNKNOWN_SENDER");
  expectSound(ledger);
  expect(codeAt(ledger, "cold", due, rotation(ledger, mia, "second"))).toBe("UNKNOWN_SENDER");
  expect(codeAt(ledger, "cold", Nanos.of(due + 1n), objectTo("coldKey"))).toBe("WRONG_STATUS");
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(1) } as const;
  expect(code(ledger, "cold", pay)).toBe("NOT_PERMITTED");
  expect(code(ledger, "cold", coldKey(ledger, mia, "cold 2"))).toBe("NOT_PERMITTED");
  expect(code(ledger, "cold", { kind: "participant.close" })).toBe("NOT_PERMITTED");
  done(ledger, "cold", rotation(ledger, mia, "second"));
  expect(code(ledger, "second", pay)).toBe("ok");
  expectSound(ledger);
});

test("I-6 the present, the lame and the former cold key each keep a thief's cold key out, up to its nanosecond", () => {
  for (const who of ["second", "Mia", "cold"]) {
    const ledger = withCold();
    const mia = ledger.id("Mia");
    done(ledger, "Mia", rotation(ledger, mia, "second"));
    const due = later(ledger, 72n * HOUR + SECOND);
    done(ledger, "second", coldKey(ledger, mia, "thief's cold"));
    // The lame key goes a second before.
    const time = who === "Mia" ? Nanos.of(due - SECOND) : due;
    expect([who, codeAt(ledger, who, time, objectTo("coldKey"))]).toEqual([who, "ok"]);
    expect(lastEvents(ledger)).toEqual(["participant.objected"]);
    ledger.wait(DAY);
    expect(participantOf(ledger, mia)).toMatchObject({ coldKey: keyOf("cold"), coldPending: undefined });
    expect(code(ledger, who, objectTo("coldKey"))).toBe(who === "Mia" ? "UNKNOWN_SENDER" : "WRONG_STATUS");
    expectSound(ledger);
  }
});

test("I-6 a new cold key takes the former one's place, which is nothing from then on", () => {
  const ledger = withCold();
  const mia = ledger.id("Mia");
  done(ledger, "Mia", coldKey(ledger, mia, "cold 2"));
  ledger.wait(72n * HOUR);
  expect(code(ledger, "cold", rotation(ledger, mia, "second"))).toBe("UNKNOWN_SENDER");
  done(ledger, "cold 2", rotation(ledger, mia, "second"));
  expectSound(ledger);
});

test("I-6 sessions and delegates reach none of it, and another one's proof won't do", () => {
  const ledger = new Ledger();
  const mia = ledger.id("Mia");
  done(ledger, "Mia", { ...sessionGrant(ledger, mia, "gate"), ops: [108, 109, 111, 113] });
  expect(code(ledger, "gate", rotation(ledger, mia, "second"))).toBe("NOT_PERMITTED");
  expect(code(ledger, "gate", coldKey(ledger, mia, "cold"))).toBe("NOT_PERMITTED");
  expect(code(ledger, "gate", objectTo("coldKey"))).toBe("NOT_PERMITTED");
  expect(code(ledger, "gate", { kind: "participant.close" })).toBe("NOT_PERMITTED");
  const proof = proofOf(ledger, "participant", "thief", mia);
  const op = { kind: "participant.rotate", ...newKey(ledger, mia, "second"), proof } as const;
  expect(code(ledger, "Mia", op)).toBe("POSSESSION_UNPROVEN");
});

test("L-9 a key that acts no more uses up nobody's quota but the strangers'", () => {
  const parameters = [
    { number: 4, value: { kind: "number", value: 100 } as const },
    { number: 20, value: { kind: "nanos", value: Nanos.of(HOUR) } as const },
  ];
  const ledger = fundedLedger({ Mia: 1_000 }, { genesis: { parameters } });
  const mia = ledger.id("Mia");
  done(ledger, "Mia", sessionGrant(ledger, mia, "gate", 10n * DAY));
  done(ledger, "Mia", rotation(ledger, mia, "second"));
  ledger.wait(2n * HOUR);
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(1) } as const;
  const flood = Array.from({ length: 60 }, () => pay);
  for (const key of ["Mia", "gate", "Mia", "gate"]) expect(code(ledger, key, ...flood)).not.toBe("ok");
  expect(code(ledger, "second", ...flood)).toBe("ok");
  expect(code(ledger, "second", ...flood)).toBe("QUOTA");
});
