import { DAY, Nanos, SECOND, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { sessions } from "../../../src/machines/identity/records.ts";
import { Ledger } from "../../support/ledger.ts";
import { amount, free, fundedLedger } from "../../support/money.ts";
import {
  code,
  codeAt,
  done,
  expectSound,
  later,
  made,
  participantOf,
  registration,
  rotation,
  sessionGrant,
} from "./world.ts";

function pay(ledger: Ledger, value: number) {
  return { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(value) } as const;
}

/** Grants a session to the key of this name, and gives its id. */
function granted(ledger: Ledger, key: string, lasts?: bigint) {
  const receipt = ledger.send("Mia", sessionGrant(ledger, ledger.id("Mia"), key, lasts));
  return toId("sess", made(receipt, "session"));
}

test("I-8 a session acts for its participant within its scope, and ends up to the nanosecond", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  const until = later(ledger, DAY);
  const id = granted(ledger, "gate");
  expect(participantOf(ledger, ledger.id("Mia")).openObjects).toBe(1);
  expect(code(ledger, "gate", pay(ledger, 60))).toBe("ok");
  expect(code(ledger, "gate", pay(ledger, 60))).toBe("SPENDING_LIMIT");
  expect(code(ledger, "gate", { kind: "pay.void", hold: toId("hold", id) })).toBe("OUT_OF_SCOPE");
  expectSound(ledger);
  expect(codeAt(ledger, "gate", until, pay(ledger, 10))).toBe("ok");
  expect(codeAt(ledger, "gate", Nanos.of(until + 1n), pay(ledger, 10))).toBe("SESSION_OVER");
  expect(participantOf(ledger, ledger.id("Mia")).openObjects).toBe(0);
  expect(code(ledger, "Mia", { kind: "session.revoke", session: id })).toBe("WRONG_STATUS");
  expect(free(ledger, "Cy")).toBe(70);
  expectSound(ledger);
});

test("I-8 a session lasts at most 90 days, begins in time, and names nothing twice", () => {
  const ledger = new Ledger();
  const op = sessionGrant(ledger, ledger.id("Mia"), "gate");
  const now = Nanos.of(ledger.now + SECOND);
  const most = Nanos.of(now + 90n * DAY);
  expect(code(ledger, "Mia", { ...op, until: now })).toBe("DEADLINE_PASSED");
  const far = { ...op, until: Nanos.of(most + SECOND + 1n) };
  expect(code(ledger, "Mia", far)).toBe("DEADLINE_OUT_OF_BOUNDS");
  expect(code(ledger, "Mia", { ...op, ops: [520, 520] })).toBe("DUPLICATE");
  const limit = { currency: "EUR", left: 1 };
  expect(code(ledger, "Mia", { ...op, limits: [limit, { ...limit, left: 2 }] })).toBe("DUPLICATE");
  expect(code(ledger, "Mia", { ...op, until: most })).toBe("ok");
});

test("I-8 a session's key is new, and proven for this participant and this purpose", () => {
  const ledger = new Ledger();
  const op = sessionGrant(ledger, ledger.id("Mia"), "gate");
  expect(code(ledger, "Max", op)).toBe("POSSESSION_UNPROVEN");
  expect(code(ledger, "Mia", sessionGrant(ledger, ledger.id("Mia"), "Max"))).toBe("KEY_USED");
  done(ledger, "Mia", op);
  expect(code(ledger, "Mia", op)).toBe("KEY_USED");
  expect(code(ledger, "Reg", registration(ledger, "gate", "Reg"))).toBe("KEY_USED");
});

test("I-8 no session grants, widens or outlives itself: what it may never do, no scope gives it", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  const mia = ledger.id("Mia");
  const every = [100, 102, 104, 108, 109, 110, 111, 113, 122, 126, 140, 141, 150, 151, 152, 160, 161, 500];
  done(ledger, "Mia", { ...sessionGrant(ledger, mia, "gate"), ops: every });
  const scope = sessionGrant(ledger, mia, "gate 2");
  const { ops, objects, limits, until } = scope;
  expect(code(ledger, "gate", scope)).toBe("NOT_PERMITTED");
  expect(code(ledger, "gate", rotation(ledger, mia, "second"))).toBe("NOT_PERMITTED");
  const offer = { kind: "delegation.offer", to: ledger.id("Moe"), ops, objects, limits, until } as const;
  expect(code(ledger, "gate", offer)).toBe("NOT_PERMITTED");
  expect(code(ledger, "gate", { kind: "participant.close" })).toBe("NOT_PERMITTED");
  expect(code(ledger, "gate", pay(ledger, 1))).toBe("OUT_OF_SCOPE");
});

test("I-8 the participant revokes any of its sessions, a session only itself, and nobody another's", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  const [first, second] = [granted(ledger, "gate"), granted(ledger, "gate 2")];
  const revoke = (session: typeof first) => ({ kind: "session.revoke", session }) as const;
  expect(code(ledger, "Max", revoke(first))).toBe("NOT_YOURS");
  expect(code(ledger, "gate", revoke(second))).toBe("NOT_YOURS");
  done(ledger, "gate", revoke(first));
  expect(code(ledger, "gate", pay(ledger, 1))).toBe("SESSION_OVER");
  done(ledger, "Mia", revoke(second));
  expect(code(ledger, "Mia", revoke(second))).toBe("WRONG_STATUS");
  expect(code(ledger, "Mia", revoke(toId("sess", new Uint8Array(20))))).toBe("NOT_FOUND");
  expect(participantOf(ledger, ledger.id("Mia")).openObjects).toBe(0);
  // Their timers went with them.
  expect(ledger.wait(DAY).receipts).toEqual([]);
  expectSound(ledger);
});

test("I-8 sessions are capped with all that is open, and nobody closes while one runs", () => {
  const genesis = { parameters: [{ number: 7, value: { kind: "number", value: 100 } as const }] };
  const ledger = new Ledger({ genesis });
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  const nia = ledger.id("Nia");
  for (let i = 0; i < 100; i += 50) {
    const ops = Array.from({ length: 50 }, (_, j) => sessionGrant(ledger, nia, `gate ${i + j}`));
    done(ledger, "Nia", ...ops);
  }
  expect(code(ledger, "Nia", sessionGrant(ledger, nia, "gate"))).toBe("TOO_MANY_OPEN");
  expect(code(ledger, "Nia", { kind: "participant.close" })).toBe("STILL_OPEN");
  expect([...ledger.wait(DAY).receipts].filter((it) => it.refusal !== undefined)).toEqual([]);
  expect(ledger.view.get(sessions, toId("sess", new Uint8Array(20)))).toBeUndefined();
  done(ledger, "Nia", { kind: "participant.close" });
  expectSound(ledger);
});

test("I-8 who closes can't grant a session behind it in the same transaction", () => {
  const ledger = new Ledger();
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  const nia = ledger.id("Nia");
  const close = { kind: "participant.close" } as const;
  expect(code(ledger, "Nia", close, sessionGrant(ledger, nia, "gate"))).toBe("CLOSED");
  done(ledger, "Nia", close);
  expect(code(ledger, "Nia", sessionGrant(ledger, nia, "gate"))).toBe("CLOSED");
});
