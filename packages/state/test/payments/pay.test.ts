import { addNanos, HOUR, must, Nanos, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { participants } from "../../src/machines/identity/records.ts";
import { balances, holds } from "../../src/machines/payments/records.ts";
import { PARAMETERS } from "../../src/parameters.ts";
import { readAll } from "../../src/reader.ts";
import { codeOf, eventsOf, type Ledger } from "../support/ledger.ts";
import { amount, expectMoneyConserved, free, fundedLedger, held } from "../support/money.ts";
import { digestOf } from "../support/parties.ts";

function transferOp(ledger: Ledger, to: string, value: number) {
  return { kind: "pay.transfer", to: ledger.id(to), currency: "EUR", amount: amount(value) } as const;
}

test("L-22 a transfer moves free money from the sender to the payee, and says so", () => {
  const ledger = fundedLedger({ Cy: 30_000 });
  const receipt = ledger.send("Cy", transferOp(ledger, "Mia", 12_000));
  expect(codeOf(receipt)).toBe("ok");
  expect(eventsOf(receipt)).toEqual(["pay.transferred"]);
  expect([free(ledger, "Cy"), free(ledger, "Mia")]).toEqual([18_000, 12_000]);
  expectMoneyConserved(ledger);
});

test("L-5 of two transfers in one transaction, neither happens where the second can't", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const receipt = ledger.send("Cy", transferOp(ledger, "Mia", 60), transferOp(ledger, "Max", 60));
  expect(codeOf(receipt)).toBe("INSUFFICIENT_FUNDS");
  expect(receipt.refusal?.opIndex).toBe(1);
  expect(receipt.events).toEqual([]);
  expect([free(ledger, "Cy"), free(ledger, "Mia"), free(ledger, "Max")]).toEqual([100, 0, 0]);
});

function holdOf(ledger: Ledger) {
  return must([...readAll(ledger.store, holds)][0], "a hold")[0];
}

test("L-10 a hold is posted in parts up to and with its deadline, and its timer gives the rest back", () => {
  const ledger = fundedLedger({ Cy: 1_000 });
  const until = addNanos(ledger.now, Nanos.of(HOUR));
  const receipt = ledger.send("Cy", {
    kind: "pay.hold",
    currency: "EUR",
    amount: amount(900),
    releaser: ledger.id("Ivo"),
    payee: ledger.id("Mia"),
    until,
  });
  expect(codeOf(receipt)).toBe("ok");
  expect([free(ledger, "Cy"), held(ledger, "Cy")]).toEqual([100, 900]);
  const hold = holdOf(ledger);
  expect(codeOf(ledger.send("Mia", { kind: "pay.post", hold, amount: amount(1) }))).toBe("NOT_RELEASER");
  expect(codeOf(ledger.send("Cy", { kind: "pay.void", hold }))).toBe("HOLD_NOT_DUE");
  const post = { kind: "pay.post", hold, amount: amount(300) } as const;
  expect(codeOf(ledger.sendAny({ by: "Ivo", ops: [post], time: until }))).toBe("ok");
  expectMoneyConserved(ledger);
  expect([free(ledger, "Cy"), free(ledger, "Mia")]).toEqual([700, 300]);
  expect(ledger.blocks.at(-1)?.receipts.map((it) => it.kind)).toEqual(["transaction", "timer"]);
  expect(codeOf(ledger.send("Ivo", post))).toBe("NOT_FOUND");
});

test("L-22 a transfer of nothing, to oneself, to nobody, of too much or of no currency is refused", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const op = transferOp(ledger, "Mia", 10);
  const nobody = toId("acct", new Uint8Array(20));
  const refused = (changes: object) => codeOf(ledger.send("Cy", { ...op, ...changes }));
  expect(refused({ amount: amount(0) })).toBe("AMOUNT_ZERO");
  expect(refused({ amount: amount(101) })).toBe("INSUFFICIENT_FUNDS");
  expect(refused({ to: ledger.id("Cy") })).toBe("SAME_PARTY");
  expect(refused({ to: nobody })).toBe("NOT_FOUND");
  expect(refused({ currency: "USD" })).toBe("NOT_FOUND");
  expect(free(ledger, "Cy")).toBe(100);
});

test("L-22 money for the closed is refused", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const id = ledger.id("Mia");
  ledger.plant(participants, id, { ...must(ledger.view.get(participants, id), "Mia"), status: "CLOSED" });
  expect(
    codeOf(ledger.send("Cy", { kind: "pay.transfer", to: id, currency: "EUR", amount: amount(1) })),
  ).toBe("CLOSED");
});

test("L-22 a sum past the largest amount is refused", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const key = { account: ledger.id("Mia"), currency: "EUR" };
  ledger.plant(balances, key, { free: amount(Number.MAX_SAFE_INTEGER), held: amount(0), frozen: undefined });
  expect(codeOf(ledger.send("Cy", transferOp(ledger, "Mia", 1)))).toBe("OVERFLOW");
});

function holdOp(ledger: Ledger, changes: object = {}) {
  const op = {
    kind: "pay.hold",
    currency: "EUR",
    amount: amount(50),
    releaser: ledger.id("Ivo"),
    payee: ledger.id("Mia"),
    until: addNanos(ledger.now, Nanos.of(HOUR)),
  } as const;
  return { ...op, ...changes };
}

test("L-22 a hold needs another payee, parties that there are, and a deadline within bounds", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const refused = (changes: object) => codeOf(ledger.send("Cy", holdOp(ledger, changes)));
  expect(refused({ payee: ledger.id("Cy") })).toBe("SAME_PARTY");
  expect(refused({ releaser: toId("acct", new Uint8Array(20)) })).toBe("NOT_FOUND");
  expect(refused({ until: ledger.now })).toBe("DEADLINE_PASSED");
  expect(refused({ until: addNanos(ledger.now, Nanos.of(731n * 24n * HOUR)) })).toBe(
    "DEADLINE_OUT_OF_BOUNDS",
  );
  expect(refused({ amount: amount(0) })).toBe("AMOUNT_ZERO");
  expect(refused({ amount: amount(101) })).toBe("INSUFFICIENT_FUNDS");
});

test("L-22 releaser and payee may void a hold at any time, and its timer goes with it", () => {
  for (const by of ["Ivo", "Mia"]) {
    const ledger = fundedLedger({ Cy: 100 });
    ledger.send("Cy", holdOp(ledger));
    expect(codeOf(ledger.send(by, { kind: "pay.void", hold: holdOf(ledger) }))).toBe("ok");
    expect([free(ledger, "Cy"), held(ledger, "Cy")]).toEqual([100, 0]);
    expect(ledger.wait(2n * HOUR).receipts).toEqual([]);
    expectMoneyConserved(ledger);
  }
});

test("L-22 the payer may void once the deadline has passed and the timer still waits for its block", () => {
  const ledger = fundedLedger({ Cy: 100 }, { blockTimersMax: 0 });
  const op = holdOp(ledger);
  ledger.send("Cy", op);
  const hold = holdOf(ledger);
  expect(codeOf(ledger.sendAny({ by: "Cy", ops: [{ kind: "pay.void", hold }], time: op.until }))).toBe(
    "HOLD_NOT_DUE",
  );
  const post = { kind: "pay.post", hold, amount: amount(1) };
  const behind = addNanos(op.until, Nanos.of(1n));
  expect(codeOf(ledger.sendAny({ by: "Ivo", ops: [post], time: behind }))).toBe("DEADLINE_PASSED");
  expect(codeOf(ledger.sendAny({ by: "Max", ops: [{ kind: "pay.void", hold }] }))).toBe("NOT_RELEASER");
  expect(codeOf(ledger.sendAny({ by: "Cy", ops: [{ kind: "pay.void", hold }] }))).toBe("ok");
  expect(free(ledger, "Cy")).toBe(100);
});

test("L-22 a post is of something, of no more than is left, and with the last unit the hold and its timer are gone", () => {
  const ledger = fundedLedger({ Cy: 100 });
  ledger.send("Cy", holdOp(ledger));
  const hold = holdOf(ledger);
  const post = (value: number) =>
    codeOf(ledger.send("Ivo", { kind: "pay.post", hold, amount: amount(value) }));
  expect([post(0), post(51), post(20), post(31), post(30), post(1)]).toEqual([
    "AMOUNT_ZERO",
    "INSUFFICIENT_FUNDS",
    "ok",
    "INSUFFICIENT_FUNDS",
    "ok",
    "NOT_FOUND",
  ]);
  expect(free(ledger, "Mia")).toBe(50);
  expect(must(ledger.view.get(participants, ledger.id("Cy")), "Cy").openObjects).toBe(0);
  expect(ledger.wait(2n * HOUR).receipts).toEqual([]);
});

test("L-22 what somebody keeps open is capped", () => {
  const parameters = [
    { number: PARAMETERS.openObjectsMax.number, value: { kind: "number", value: 100 } as const },
  ];
  const ledger = fundedLedger({ Cy: 1_000 }, { genesis: { parameters } });
  const id = ledger.id("Cy");
  ledger.plant(participants, id, { ...must(ledger.view.get(participants, id), "Cy"), openObjects: 99 });
  expect(codeOf(ledger.send("Cy", holdOp(ledger)))).toBe("ok");
  expect(codeOf(ledger.send("Cy", holdOp(ledger)))).toBe("TOO_MANY_OPEN");
});

test("L-22 a frozen account is credited and its holds run on, but no free money leaves it", () => {
  const ledger = fundedLedger({ Cy: 100, Max: 10 });
  ledger.send("Cy", holdOp(ledger));
  const freeze = {
    kind: "pay.freeze",
    currency: "EUR",
    account: ledger.id("Cy"),
    order: digestOf("order"),
  } as const;
  const unfreeze = { kind: "pay.unfreeze", currency: "EUR", account: ledger.id("Cy") } as const;
  expect(codeOf(ledger.send("Max", freeze))).toBe("NOT_YOURS");
  expect(codeOf(ledger.send("Iss", unfreeze))).toBe("NOT_FROZEN");
  expect(codeOf(ledger.send("Iss", freeze))).toBe("ok");
  expect(codeOf(ledger.send("Iss", freeze))).toBe("FROZEN");
  expect(codeOf(ledger.send("Cy", transferOp(ledger, "Max", 1)))).toBe("FROZEN");
  expect(codeOf(ledger.send("Cy", holdOp(ledger)))).toBe("FROZEN");
  expect(codeOf(ledger.send("Max", transferOp(ledger, "Cy", 10)))).toBe("ok");
  expect(codeOf(ledger.send("Ivo", { kind: "pay.post", hold: holdOf(ledger), amount: amount(50) }))).toBe(
    "ok",
  );
  expect(codeOf(ledger.send("Iss", unfreeze))).toBe("ok");
  expect(codeOf(ledger.send("Cy", transferOp(ledger, "Max", 60)))).toBe("ok");
  expectMoneyConserved(ledger);
});
