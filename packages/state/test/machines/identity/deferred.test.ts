import { addNanos, DAY, HOUR, must, Nanos, SECOND, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { delegations } from "../../../src/machines/identity/records.ts";
import { codeOf, Ledger } from "../../support/ledger.ts";
import { keyOf } from "../../support/parties.ts";
import {
  code,
  codeAt,
  coldKey,
  done,
  expectSound,
  later,
  made,
  newKey,
  participantOf,
  rotation,
  sessionGrant,
} from "./world.ts";

/** A block of these runs one timer: the second that is due waits for the next block. */
function tightLedger(): Ledger {
  return new Ledger({ blockTimersMax: 1 });
}

/** Uses up the block's timer a nanosecond before this time: a session of Cy's that ends then. */
function occupy(ledger: Ledger, due: Nanos): void {
  const lasts = due - 1n - ledger.now;
  done(ledger, "Cy", sessionGrant(ledger, ledger.id("Cy"), `Cy's ${due}`, lasts));
}

function after(due: Nanos): Nanos {
  return addNanos(due, Nanos.of(1n));
}

test("L-11 I-7 an objection or a second registrar comes too late, whether or not the timer has run", () => {
  const object = { kind: "participant.object", to: "recovery" } as const;
  const first = tightLedger();
  const mia = first.id("Mia");
  const recover = (ledger: Ledger) =>
    ({ kind: "participant.recover", participant: mia, ...newKey(ledger, mia, "new") }) as const;
  done(first, "Reg", recover(first));
  const due = must(participantOf(first, mia).recovery, "a recovery").due;
  occupy(first, due);
  expect(codeAt(first, "Mia", after(due), object)).toBe("DEADLINE_PASSED");
  first.wait(SECOND);
  expect(participantOf(first, mia).key).toEqual(keyOf("new"));
  expectSound(first);

  const second = tightLedger();
  done(second, "Reg", recover(second));
  done(second, "Mia", object);
  const end = must(participantOf(second, mia).recovery, "a recovery").due;
  occupy(second, end);
  const join = { kind: "participant.recoverSecond", participant: mia, key: keyOf("new") } as const;
  expect(codeAt(second, "Reg2", after(end), join)).toBe("DEADLINE_PASSED");
  second.wait(SECOND);
  expect(participantOf(second, mia)).toMatchObject({ key: keyOf("Mia"), recovery: undefined });
  expectSound(second);
});

test("L-11 I-6 an objection to a cold key comes too late, whether or not the timer has run", () => {
  const ledger = tightLedger();
  const mia = ledger.id("Mia");
  done(ledger, "Mia", coldKey(ledger, mia, "cold"));
  const due = must(participantOf(ledger, mia).coldPending, "a cold key").due;
  occupy(ledger, due);
  const object = { kind: "participant.object", to: "coldKey" } as const;
  expect(codeAt(ledger, "Mia", after(due), object)).toBe("DEADLINE_PASSED");
  ledger.wait(SECOND);
  expect(participantOf(ledger, mia).coldKey).toEqual(keyOf("cold"));
  expectSound(ledger);
});

test("L-11 I-6 a key whose time is over is lame no more, and the next one's time isn't cut short by its timer", () => {
  const ledger = tightLedger();
  const mia = ledger.id("Mia");
  done(ledger, "Mia", rotation(ledger, mia, "second"));
  const until = must(participantOf(ledger, mia).lameUntil, "a lame key");
  occupy(ledger, until);
  expect(codeAt(ledger, "second", after(until), rotation(ledger, mia, "third"))).toBe("ok");
  ledger.wait(SECOND);
  expect(participantOf(ledger, mia)).toMatchObject({
    lameKey: keyOf("second"),
    lameUntil: addNanos(after(until), Nanos.of(72n * HOUR)),
  });
  expectSound(ledger);
});

test("L-11 I-9 an offer isn't accepted, and a delegate doesn't act, after the end, whether or not the timer has run", () => {
  const ledger = tightLedger();
  const mia = ledger.id("Mia");
  const until = later(ledger, DAY);
  const { ops, objects, limits } = sessionGrant(ledger, mia, "unused");
  for (const to of ["Moe", "Max"]) {
    const scope = { ops, objects, limits, until };
    done(ledger, "Mia", { kind: "delegation.offer", to: ledger.id(to), ...scope });
  }
  const idOf = (to: string) =>
    must(ledger.view.get(delegations, { from: mia, to: ledger.id(to) }), "a delegation").id;
  const accept = (to: string) => ({ kind: "delegation.accept", from: mia, delegation: idOf(to) }) as const;
  done(ledger, "Moe", accept("Moe"));
  const late = accept("Max");
  occupy(ledger, until);
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: 1 };
  const { receipts } = ledger.block([
    { by: "Max", ops: [late], time: after(until) },
    { by: "Moe", for: mia, ops: [pay], time: after(until) },
  ]);
  const codes = receipts.filter((it) => it.kind === "transaction").map(codeOf);
  expect(codes).toEqual(["DEADLINE_PASSED", "NOT_DELEGATED"]);
  ledger.wait(SECOND);
  ledger.wait(SECOND);
  expect(participantOf(ledger, mia).delegates).toEqual([]);
  expectSound(ledger);
});

test("L-11 I-8 a session whose end is past is over, and may still be revoked before its timer", () => {
  const ledger = tightLedger();
  const mia = ledger.id("Mia");
  const grant = sessionGrant(ledger, mia, "gate");
  const session = toId("sess", made(ledger.send("Mia", grant), "session"));
  const { until } = grant;
  occupy(ledger, until);
  const revoke = { kind: "session.revoke", session } as const;
  expect(codeAt(ledger, "gate", after(until), revoke)).toBe("SESSION_OVER");
  expect(code(ledger, "Mia", revoke)).toBe("WRONG_STATUS");
  expect(participantOf(ledger, mia).openObjects).toBe(0);
  expectSound(ledger);
});
