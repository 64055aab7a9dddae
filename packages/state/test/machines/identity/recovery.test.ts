import { DAY, HOUR, type Id, Nanos, SECOND } from "@touchmark/core";
import { expect, test } from "vitest";
import type { Context } from "../../../src/machine.ts";
import { recoveryStopped, suspended, withdrawn } from "../../../src/machines/identity/events.ts";
import { delegations } from "../../../src/machines/identity/records.ts";
import { stopRecovery } from "../../../src/machines/identity/recovery.ts";
import { withdrawRole } from "../../../src/machines/identity/roles.ts";
import { confirmSuspension } from "../../../src/machines/identity/suspension.ts";
import { Ledger } from "../../support/ledger.ts";
import { amount, fundedLedger } from "../../support/money.ts";
import { keyOf } from "../../support/parties.ts";
import { probe, probeRegistry } from "../../support/probe.ts";
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
  registration,
  rotation,
  sessionGrant,
} from "./world.ts";

const registry = probeRegistry([], [recoveryStopped]);
const [FIRST, SECOND_STAGE, COOLDOWN] = [7n * DAY, 14n * DAY, 30n * DAY];
const object = { kind: "participant.object", to: "recovery" } as const;

function recover(ledger: Ledger, key = "new", name = "Mia") {
  const participant = ledger.id(name);
  return { kind: "participant.recover", participant, ...newKey(ledger, participant, key) } as const;
}

function second(ledger: Ledger, key = "new") {
  return { kind: "participant.recoverSecond", participant: ledger.id("Mia"), key: keyOf(key) } as const;
}

function keyNow(ledger: Ledger): Uint8Array {
  return participantOf(ledger, ledger.id("Mia")).key;
}

/** Mia with a cold key in force, and a recovery that Reg began and the present key objected to. */
function objectedLedger(): Ledger {
  const ledger = new Ledger({ registry });
  done(ledger, "Mia", coldKey(ledger, ledger.id("Mia"), "cold"));
  ledger.wait(72n * HOUR);
  done(ledger, "Reg", recover(ledger));
  done(ledger, "Mia", object);
  return ledger;
}

test("I-7 where nobody objects within 7 days, the new key acts, and the old one is nobody's", () => {
  const ledger = fundedLedger({ Mia: 1_000 }, { registry });
  const due = later(ledger, FIRST + SECOND);
  done(ledger, "Reg", recover(ledger));
  expectSound(ledger);
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(1) } as const;
  expect(code(ledger, "new", pay)).toBe("UNKNOWN_SENDER");
  expect(codeAt(ledger, "Mia", due, pay)).toBe("ok");
  expect(codeAt(ledger, "Mia", Nanos.of(due + 1n), pay)).toBe("UNKNOWN_SENDER");
  expect(code(ledger, "new", pay)).toBe("ok");
  expectSound(ledger);
});

test("I-7 who may begin one: a registrar, for another, and not while one runs", () => {
  const ledger = new Ledger({ registry });
  expect(code(ledger, "Cy", recover(ledger))).toBe("ROLE_MISSING");
  expect(code(ledger, "Reg", recover(ledger, "new", "Reg"))).toBe("SAME_PARTY");
  expect(code(ledger, "Mia", object)).toBe("WRONG_STATUS");
  expect(code(ledger, "Reg2", second(ledger))).toBe("WRONG_STATUS");
  done(ledger, "Reg", recover(ledger));
  expect(code(ledger, "Reg2", recover(ledger, "other"))).toBe("WRONG_STATUS");
  // Without an objection nobody shortens or lengthens the wait by joining.
  expect(code(ledger, "Reg2", second(ledger))).toBe("WRONG_STATUS");
});

test("I-7 the key on its way is taken: nobody else brings it in, and its owner can't rotate to it", () => {
  const ledger = new Ledger({ registry });
  done(ledger, "Reg", recover(ledger));
  expect(code(ledger, "Mia", rotation(ledger, ledger.id("Mia"), "new"))).toBe("KEY_USED");
  expect(code(ledger, "Reg2", registration(ledger, "new", "Reg2"))).toBe("KEY_USED");
  expect(code(ledger, "Reg", recover(ledger, "Cy"))).toBe("WRONG_STATUS");
  expect(code(ledger, "Reg2", recover(ledger, "Cy", "Max"))).toBe("KEY_USED");
});

test("I-7 an objection is in time up to the nanosecond of the due time", () => {
  for (const [after, expected] of [
    [0n, "ok"],
    [1n, "UNKNOWN_SENDER"],
  ] as const) {
    const ledger = new Ledger({ registry });
    const due = later(ledger, FIRST + SECOND);
    done(ledger, "Reg", recover(ledger));
    expect(codeAt(ledger, "Mia", Nanos.of(due + after), object)).toBe(expected);
    expect(keyNow(ledger)).toEqual(keyOf(after === 0n ? "Mia" : "new"));
    expectSound(ledger);
  }
});

test("I-7 key, lame key and cold key object in the first stage, once", () => {
  for (const who of ["Mia", "second", "cold"]) {
    const ledger = new Ledger({ registry });
    const mia = ledger.id("Mia");
    done(ledger, "Mia", coldKey(ledger, mia, "cold"));
    ledger.wait(72n * HOUR);
    done(ledger, "Mia", rotation(ledger, mia, "second"));
    done(ledger, "Reg", recover(ledger));
    done(ledger, who, object);
    expect(code(ledger, "second", object)).toBe("WRONG_STATUS");
    expect(participantOf(ledger, mia).recovery?.objected).toBe(true);
    expectSound(ledger);
  }
});

test("I-7 objected to and without a second registrar it is over after 30 days, and may be begun again", () => {
  const ledger = objectedLedger();
  const due = later(ledger, COOLDOWN);
  expect(code(ledger, "Reg", recover(ledger, "other"))).toBe("WRONG_STATUS");
  const at = (after: bigint) => Nanos.of(due + after);
  expect(codeAt(ledger, "Reg", at(0n), recover(ledger, "other"))).toBe("WRONG_STATUS");
  expect(codeAt(ledger, "Reg2", at(1n), second(ledger))).toBe("WRONG_STATUS");
  expect(keyNow(ledger)).toEqual(keyOf("Mia"));
  // The key that was claimed is spent.
  expect(code(ledger, "Reg", recover(ledger))).toBe("KEY_USED");
  done(ledger, "Reg", recover(ledger, "other"));
  expectSound(ledger);
});

test("I-7 the second registrar is another, independent of the first, and answers for the same key", () => {
  const ledger = objectedLedger();
  expect(code(ledger, "Reg", second(ledger))).toBe("NOT_INDEPENDENT");
  expect(code(ledger, "Cy", second(ledger))).toBe("ROLE_MISSING");
  expect(code(ledger, "Reg2", second(ledger, "other"))).toBe("KEY_DIFFERS");
  done(ledger, "Reg2", second(ledger));
  expect(code(ledger, "Reg2", second(ledger))).toBe("WRONG_STATUS");
  expectSound(ledger);
});

test("I-7 a registrar is no second for itself", () => {
  const ledger = new Ledger({ registry });
  const reg2 = ledger.id("Reg2");
  done(ledger, "Reg", recover(ledger, "new", "Reg2"));
  done(ledger, "Reg2", object);
  expect(code(ledger, "Reg2", { ...second(ledger), participant: reg2 })).toBe("SAME_PARTY");
});

test("I-7 two registrars of one group are one", () => {
  const ledger = objectedLedger();
  done(ledger, "Reg", registration(ledger, "Holding", "Reg"));
  const of = (other: string) =>
    ({
      kind: "participant.affiliate",
      participant: ledger.id("Holding"),
      other: ledger.id(other),
      consent: undefined,
    }) as const;
  done(ledger, "Reg2", of("Reg"));
  done(ledger, "Reg", of("Reg2"));
  expect(code(ledger, "Reg2", second(ledger))).toBe("NOT_INDEPENDENT");
});

test("I-7 in the second stage the thief's key is no longer heard, only the cold one, up to its nanosecond", () => {
  const ledger = objectedLedger();
  const mia = ledger.id("Mia");
  done(ledger, "Mia", rotation(ledger, mia, "thief"));
  const due = later(ledger, SECOND_STAGE + SECOND);
  done(ledger, "Reg2", second(ledger));
  expect([code(ledger, "thief", object), code(ledger, "Mia", object)]).toEqual([
    "NOT_PERMITTED",
    "NOT_PERMITTED",
  ]);
  expect(codeAt(ledger, "cold", due, object)).toBe("ok");
  expect(lastEvents(ledger)).toEqual(["participant.objected", "participant.recoveryStopped"]);
  expect(participantOf(ledger, mia).recovery).toBeUndefined();
  ledger.wait(DAY);
  expect(keyNow(ledger)).toEqual(keyOf("thief"));
  expectSound(ledger);
});

test("I-7 14 days after the second registrar the new key acts, whatever the thief did, and the cold key stays", () => {
  const ledger = objectedLedger();
  const mia = ledger.id("Mia");
  done(ledger, "Reg2", second(ledger));
  done(ledger, "Mia", rotation(ledger, mia, "thief"));
  ledger.wait(SECOND_STAGE);
  expect(participantOf(ledger, mia)).toMatchObject({
    key: keyOf("new"),
    coldKey: keyOf("cold"),
    lameKey: undefined,
    recovery: undefined,
  });
  for (const old of ["thief", "Mia"]) expect(code(ledger, old, object)).toBe("UNKNOWN_SENDER");
  expectSound(ledger);
});

test("I-7 with the new key goes all that a thief prepared: sessions, delegations given and offered, a cold key", () => {
  const ledger = fundedLedger({ Mia: 1_000 }, { registry });
  const mia = ledger.id("Mia");
  const scope = { ...sessionGrant(ledger, mia, "gate", 60n * DAY) };
  const { ops, objects, limits, until } = scope;
  done(ledger, "Mia", scope);
  for (const to of ["Moe", "Max"]) {
    done(ledger, "Mia", { kind: "delegation.offer", to: ledger.id(to), ops, objects, limits, until });
  }
  const idOf = (to: string) => ledger.view.get(delegations, { from: mia, to: ledger.id(to) })?.id;
  const acceptance = (to: string) =>
    ({ kind: "delegation.accept", from: mia, delegation: idOf(to) ?? expect.fail() }) as const;
  const late = acceptance("Max");
  done(ledger, "Moe", acceptance("Moe"));
  done(ledger, "Mia", coldKey(ledger, mia, "thief's cold"));
  done(ledger, "Reg", recover(ledger));
  expect(code(ledger, "Mia", coldKey(ledger, mia, "thief's second cold"))).toBe("WRONG_STATUS");
  ledger.wait(FIRST);
  expect(keyNow(ledger)).toEqual(keyOf("new"));
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(1) } as const;
  expect(code(ledger, "gate", pay)).toBe("SESSION_OVER");
  expect(ledger.sendAny({ by: "Moe", for: mia, ops: [pay] }).refusal?.code).toBe("NOT_DELEGATED");
  expect(code(ledger, "Max", late)).toBe("NOT_FOUND");
  ledger.wait(60n * DAY);
  expect(participantOf(ledger, mia).coldKey).toBeUndefined();
  expectSound(ledger);
});

test("I-7 a key that a thief made lame just before is nobody's either, and its timer is gone", () => {
  const ledger = new Ledger({ registry });
  const mia = ledger.id("Mia");
  done(ledger, "Reg", recover(ledger));
  ledger.wait(FIRST - DAY);
  done(ledger, "Mia", rotation(ledger, mia, "thief"));
  ledger.wait(DAY);
  for (const key of ["Mia", "thief"]) expect(code(ledger, key, object)).toBe("UNKNOWN_SENDER");
  expect(participantOf(ledger, mia)).toMatchObject({ lameKey: undefined, lameUntil: undefined });
  expect(ledger.wait(10n * DAY).receipts).toEqual([]);
  expectSound(ledger);
});

test("I-7 within 30 days of a recovery that was stopped or that succeeded nobody begins another", () => {
  const stopped = objectedLedger();
  done(stopped, "Reg2", second(stopped));
  done(stopped, "cold", object);
  const succeeded = new Ledger({ registry });
  done(succeeded, "Reg", recover(succeeded));
  succeeded.wait(FIRST);
  for (const ledger of [stopped, succeeded]) {
    const until = participantOf(ledger, ledger.id("Mia")).recoveryBarredUntil ?? expect.fail();
    expect(until > ledger.now).toBe(true);
    expect(code(ledger, "Reg2", recover(ledger, "other"))).toBe("COOLDOWN");
    expect(codeAt(ledger, "Reg2", until, recover(ledger, "other"))).toBe("COOLDOWN");
    expect(codeAt(ledger, "Reg2", Nanos.of(until + 1n), recover(ledger, "other"))).toBe("ok");
  }
});

test("I-7 governance stops it in every stage", () => {
  const stages = [
    (ledger: Ledger) => done(ledger, "Reg", recover(ledger)),
    (ledger: Ledger) => done(ledger, "Mia", object),
    (ledger: Ledger) => done(ledger, "Reg2", second(ledger)),
  ];
  for (const stage of [1, 2, 3]) {
    const ledger = new Ledger({ registry });
    const mia = ledger.id("Mia");
    for (const go of stages.slice(0, stage)) go(ledger);
    expect(probe(ledger, "Cert", (ctx) => stopRecovery(ctx, mia))).toBe("ok");
    expect(probe(ledger, "Cert", (ctx) => stopRecovery(ctx, mia))).toBe("WRONG_STATUS");
    expect(ledger.wait(40n * DAY).receipts).toEqual([]);
    expect(keyNow(ledger)).toEqual(keyOf("Mia"));
    expectSound(ledger);
  }
});

test("I-7 a registrar that is suspended or loses its role meanwhile recovers nobody", () => {
  const events = [recoveryStopped, suspended, withdrawn];
  const endRole = (ctx: Context, id: Id<"acct">) => withdrawRole(ctx, id, "registrar");
  for (const stage of [1, 2]) {
    for (const end of [confirmSuspension, endRole]) {
      const ledger = new Ledger({ registry: probeRegistry([], events) });
      done(ledger, "Reg", recover(ledger));
      if (stage === 2) done(ledger, "Mia", object);
      if (stage === 2) done(ledger, "Reg2", second(ledger));
      const found = ledger.id(stage === 1 ? "Reg" : "Reg2");
      expect(probe(ledger, "Cert", (ctx) => end(ctx, found))).toBe("ok");
      ledger.wait(SECOND_STAGE);
      expect(keyNow(ledger)).toEqual(keyOf("Mia"));
      expect(participantOf(ledger, ledger.id("Mia")).recovery).toBeUndefined();
      expectSound(ledger);
    }
  }
});

test("I-7 the suspended objects (exit set) and is recovered all the same", () => {
  const ledger = new Ledger({ registry });
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  done(ledger, "Reg", recover(ledger, "new", "Nia"));
  done(ledger, "Reg", { kind: "participant.suspend", participant: ledger.id("Nia") });
  done(ledger, "Nia", object);
  const join = { ...second(ledger), participant: ledger.id("Nia") };
  done(ledger, "Reg2", join);
  ledger.wait(SECOND_STAGE);
  expect(participantOf(ledger, ledger.id("Nia"))).toMatchObject({ key: keyOf("new"), status: "SUSPENDED" });
  expectSound(ledger);
});

test("I-7 nobody recovers who is closed, and nobody closes while a recovery runs", () => {
  const ledger = new Ledger({ registry });
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  done(ledger, "Reg", recover(ledger, "new", "Nia"));
  expect(code(ledger, "Nia", { kind: "participant.close" })).toBe("STILL_OPEN");
  const nia = ledger.id("Nia");
  expect(probe(ledger, "Cert", (ctx) => stopRecovery(ctx, nia))).toBe("ok");
  done(ledger, "Nia", { kind: "participant.close" });
  ledger.wait(COOLDOWN + DAY);
  expect(code(ledger, "Reg", recover(ledger, "newer", "Nia"))).toBe("CLOSED");
});
