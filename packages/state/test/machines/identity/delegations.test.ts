import { DAY, type Id, must, Nanos, SECOND, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { isIndependent } from "../../../src/machines/identity/guards.ts";
import { delegations } from "../../../src/machines/identity/records.ts";
import { codeOf, Ledger } from "../../support/ledger.ts";
import { amount, fundedLedger } from "../../support/money.ts";
import { code, codeAt, done, expectSound, later, participantOf, registration } from "./world.ts";

function offer(ledger: Ledger, to: string, changes: { until?: Nanos; ops?: number[] } = {}) {
  return {
    kind: "delegation.offer",
    to: ledger.id(to),
    ops: [520],
    objects: undefined,
    limits: [{ currency: "EUR", left: 100 }],
    until: later(ledger, DAY),
    ...changes,
  } as const;
}

function idOf(ledger: Ledger, from: string, to: string): Id<"dlgt"> {
  return must(ledger.view.get(delegations, { from: ledger.id(from), to: ledger.id(to) }), "one").id;
}

function accept(ledger: Ledger, from: string, to: string) {
  return { kind: "delegation.accept", from: ledger.id(from), delegation: idOf(ledger, from, to) } as const;
}

function revoke(ledger: Ledger, from: string, to: string) {
  return { kind: "delegation.revoke", from: ledger.id(from), to: ledger.id(to) } as const;
}

/** A payment by the key of one for another. */
function payFor(ledger: Ledger, by: string, principal: string, time?: Nanos): string {
  const op = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(10) };
  return codeOf(ledger.sendAny({ by, for: ledger.id(principal), ops: [op], ...(time && { time }) }));
}

test("I-9 a delegate acts once it has accepted, and up to the nanosecond of the end", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  const until = later(ledger, DAY);
  done(ledger, "Mia", offer(ledger, "Moe", { until }));
  expect(payFor(ledger, "Moe", "Mia")).toBe("NOT_DELEGATED");
  expectSound(ledger);
  done(ledger, "Moe", accept(ledger, "Mia", "Moe"));
  expect(payFor(ledger, "Moe", "Mia")).toBe("ok");
  expect(isIndependent(ledger.view, ledger.id("Mia"), ledger.id("Moe"), ledger.now)).toBe(false);
  expectSound(ledger);
  expect(payFor(ledger, "Moe", "Mia", until)).toBe("ok");
  expect(payFor(ledger, "Moe", "Mia", Nanos.of(until + 1n))).toBe("NOT_DELEGATED");
  expect(participantOf(ledger, ledger.id("Mia")).delegates).toEqual([]);
  expectSound(ledger);
});

test("I-9 what is delegated isn't delegated again, by chain or by session", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  done(ledger, "Mia", offer(ledger, "Moe", { ops: [520, 150, 151, 152] }));
  done(ledger, "Moe", accept(ledger, "Mia", "Moe"));
  done(ledger, "Moe", offer(ledger, "Max"));
  done(ledger, "Max", accept(ledger, "Moe", "Max"));
  expect(payFor(ledger, "Max", "Mia")).toBe("NOT_DELEGATED");
  const op = offer(ledger, "Max");
  expect(codeOf(ledger.sendAny({ by: "Moe", for: ledger.id("Mia"), ops: [op] }))).toBe("NOT_PERMITTED");
});

test("I-9 an acceptance is of one offer: nobody slips another scope in underneath", () => {
  const ledger = fundedLedger({ Mia: 1_000 });
  done(ledger, "Mia", offer(ledger, "Moe"));
  const good = accept(ledger, "Mia", "Moe");
  done(ledger, "Mia", revoke(ledger, "Mia", "Moe"), offer(ledger, "Moe", { ops: [520, 521] }));
  expect(code(ledger, "Moe", good)).toBe("NOT_FOUND");
  done(ledger, "Moe", accept(ledger, "Mia", "Moe"));
  expect(code(ledger, "Moe", accept(ledger, "Mia", "Moe"))).toBe("WRONG_STATUS");
  expect(code(ledger, "Mia", offer(ledger, "Moe"))).toBe("DUPLICATE");
  expectSound(ledger);
});

test("I-9 either side revokes, at once, and no third", () => {
  for (const by of ["Mia", "Moe"]) {
    const ledger = fundedLedger({ Mia: 1_000 });
    done(ledger, "Mia", offer(ledger, "Moe"));
    done(ledger, "Moe", accept(ledger, "Mia", "Moe"));
    expect(code(ledger, "Max", revoke(ledger, "Mia", "Moe"))).toBe("NOT_YOURS");
    done(ledger, by, revoke(ledger, "Mia", "Moe"));
    expect(payFor(ledger, "Moe", "Mia")).toBe("NOT_DELEGATED");
    expect(code(ledger, by, revoke(ledger, "Mia", "Moe"))).toBe("NOT_FOUND");
    expect(ledger.wait(DAY).receipts).toEqual([]);
    expectSound(ledger);
  }
});

test("I-9 an offer is accepted up to its end, which is at most 90 days ahead, and not to oneself", () => {
  const ledger = new Ledger();
  const until = later(ledger, DAY);
  expect(code(ledger, "Mia", offer(ledger, "Mia"))).toBe("SAME_PARTY");
  const far = offer(ledger, "Moe", { until: later(ledger, 91n * DAY) });
  expect(code(ledger, "Mia", far)).toBe("DEADLINE_OUT_OF_BOUNDS");
  expect(code(ledger, "Mia", offer(ledger, "Moe", { until: ledger.now }))).toBe("DEADLINE_PASSED");
  done(ledger, "Mia", offer(ledger, "Moe", { until }), offer(ledger, "Max", { until }));
  const [first, second] = [accept(ledger, "Mia", "Moe"), accept(ledger, "Mia", "Max")];
  expect(codeAt(ledger, "Moe", until, first)).toBe("ok");
  expect(codeAt(ledger, "Max", Nanos.of(until + 1n), second)).toBe("NOT_FOUND");
});

test("I-9 sixteen given or offered are the most, and one that ends makes room", () => {
  const ledger = new Ledger();
  for (let i = 0; i < 17; i++) done(ledger, "Reg", registration(ledger, `Carrier ${i}`, "Reg"));
  for (let i = 0; i < 16; i++) done(ledger, "Mia", offer(ledger, `Carrier ${i}`));
  expect(code(ledger, "Mia", offer(ledger, "Carrier 16"))).toBe("TOO_MANY_OPEN");
  done(ledger, "Carrier 3", revoke(ledger, "Mia", "Carrier 3"));
  done(ledger, "Mia", offer(ledger, "Carrier 16"));
  expectSound(ledger);
});

test("I-9 a delegate of the suspended has the exit set only, and the suspended acts for nobody", () => {
  const ledger = fundedLedger({});
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"), registration(ledger, "Pia", "Reg"));
  for (const [from, to] of [
    ["Nia", "Mia"],
    ["Mia", "Pia"],
  ] as const) {
    done(ledger, from, offer(ledger, to));
    done(ledger, to, accept(ledger, from, to));
  }
  done(ledger, "Reg", { kind: "participant.suspend", participant: ledger.id("Nia") });
  done(ledger, "Reg", { kind: "participant.suspend", participant: ledger.id("Pia") });
  expect(payFor(ledger, "Mia", "Nia")).toBe("SUSPENDED");
  expect(payFor(ledger, "Pia", "Mia")).toBe("SUSPENDED");
});

test("I-9 closing ends what was given; nobody delegates to the closed, or behind its own closing", () => {
  const ledger = new Ledger();
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  done(ledger, "Nia", offer(ledger, "Moe"));
  const close = { kind: "participant.close" } as const;
  expect(code(ledger, "Nia", close, offer(ledger, "Max"))).toBe("CLOSED");
  const late = accept(ledger, "Nia", "Moe");
  done(ledger, "Nia", close);
  expect(code(ledger, "Moe", late)).toBe("NOT_FOUND");
  expect(code(ledger, "Mia", { ...offer(ledger, "Moe"), to: ledger.id("Nia") })).toBe("CLOSED");
  const nobody = toId("acct", new Uint8Array(20));
  expect(code(ledger, "Mia", { ...offer(ledger, "Moe"), to: nobody })).toBe("NOT_FOUND");
  expect(ledger.wait(DAY + SECOND).receipts).toEqual([]);
  expectSound(ledger);
});
