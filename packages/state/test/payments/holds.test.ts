import { type Id, must, Nanos } from "@touchmark/core";
import { expect, test } from "vitest";
import type { Context } from "../../src/machine.ts";
import { licenseCurrency, pauseCurrency, resumeCurrency } from "../../src/machines/payments/currency.ts";
import { licensed, paused, resumed } from "../../src/machines/payments/events.ts";
import {
  addToHold,
  DEBIT_CODES,
  postHold,
  releaseHold,
  takeHold,
} from "../../src/machines/payments/money.ts";
import { currencies, holds } from "../../src/machines/payments/records.ts";
import { readAll } from "../../src/reader.ts";
import { codeOf, type Ledger } from "../support/ledger.ts";
import { amount, expectMoneyConserved, free, fundedLedger, held } from "../support/money.ts";
import { probe, probeRegistry } from "../support/probe.ts";

const registry = probeRegistry(DEBIT_CODES, [licensed, paused, resumed]);

function funded(): Ledger {
  return fundedLedger({ Cy: 1_000, Mia: 50 }, { registry });
}

/** A hold of 600 by Cy that belongs to a thing. */
function escrow(ledger: Ledger): Id<"hold"> {
  const owner = { kind: "object", id: new Uint8Array(20).fill(3) } as const;
  const take = (ctx: Context) =>
    takeHold(ctx, { payer: ctx.acting, currency: "EUR", amount: amount(600), owner });
  expect(probe(ledger, "Cy", take)).toBe("ok");
  return must([...readAll(ledger.store, holds)][0], "a hold")[0];
}

test("L-22 a thing's hold is posted in parts, added to and released by its machine, to whomever it says", () => {
  const ledger = funded();
  const hold = escrow(ledger);
  const [mia, max] = [ledger.id("Mia"), ledger.id("Max")];
  expect(probe(ledger, "Cy", (ctx) => addToHold(ctx, hold, amount(100)))).toBe("ok");
  expect([free(ledger, "Cy"), held(ledger, "Cy")]).toEqual([300, 700]);
  expect(probe(ledger, "Mia", (ctx) => postHold(ctx, hold, mia, amount(250)))).toBe("ok");
  expect(probe(ledger, "Mia", (ctx) => postHold(ctx, hold, max, amount(0)))).toBe("ok");
  expect(probe(ledger, "Mia", (ctx) => postHold(ctx, hold, max, amount(451)))).toBe("INSUFFICIENT_FUNDS");
  expect(probe(ledger, "Mia", (ctx) => releaseHold(ctx, hold, amount(50)))).toBe("ok");
  expectMoneyConserved(ledger);
  expect(probe(ledger, "Mia", (ctx) => releaseHold(ctx, hold))).toBe("ok");
  expect([free(ledger, "Cy"), held(ledger, "Cy"), free(ledger, "Mia")]).toEqual([750, 0, 300]);
  expect([...readAll(ledger.store, holds)]).toEqual([]);
  expectMoneyConserved(ledger);
});

test("L-22 nobody moves a thing's hold by an operation of payments", () => {
  const ledger = funded();
  const hold = escrow(ledger);
  for (const by of ["Cy", "Iss"]) {
    expect(codeOf(ledger.send(by, { kind: "pay.void", hold }))).toBe("HOLD_OWNED");
    expect(codeOf(ledger.send(by, { kind: "pay.post", hold, amount: amount(1) }))).toBe("HOLD_OWNED");
    expect(codeOf(ledger.send(by, { kind: "currency.honour", hold }))).toBe("HOLD_OWNED");
  }
});

test("L-22 a hold of a frozen payer runs on, and is not added to", () => {
  const ledger = funded();
  const hold = escrow(ledger);
  const order = ledger.blocks[0]?.receiptsRoot;
  ledger.send("Iss", {
    kind: "pay.freeze",
    currency: "EUR",
    account: ledger.id("Cy"),
    order: must(order, "a digest"),
  });
  const mia = ledger.id("Mia");
  expect(probe(ledger, "Mia", (ctx) => addToHold(ctx, hold, amount(1)))).toBe("FROZEN");
  expect(probe(ledger, "Mia", (ctx) => postHold(ctx, hold, mia, amount(600)))).toBe("ok");
  expectMoneyConserved(ledger);
});

test("L-22 governance licenses a currency once, to an issuer and an attestor who are independent, and pauses it", () => {
  const ledger = funded();
  const [issuer, attestor] = [ledger.id("Iss"), ledger.id("Att")];
  const terms = { code: "USD", issuer, attestor, decimals: 2 };
  const license = (changes: object) =>
    probe(ledger, "Reg", (ctx) => licenseCurrency(ctx, { ...terms, ...changes }));
  expect(license({ code: "EUR" })).toBe("DUPLICATE");
  expect(license({ issuer: ledger.id("Cy") })).toBe("ROLE_MISSING");
  expect(license({ attestor: issuer })).toBe("ROLE_MISSING");
  expect(license({})).toBe("ok");
  expect(ledger.view.get(currencies, "USD")).toMatchObject({
    supply: 0,
    attestedUntil: Nanos.of(0n),
    paused: false,
  });
  expect(probe(ledger, "Reg", (ctx) => resumeCurrency(ctx, "USD"))).toBe("WRONG_STATUS");
  expect(probe(ledger, "Reg", (ctx) => pauseCurrency(ctx, "USD"))).toBe("ok");
  expect(probe(ledger, "Reg", (ctx) => pauseCurrency(ctx, "USD"))).toBe("WRONG_STATUS");
  expect(probe(ledger, "Reg", (ctx) => resumeCurrency(ctx, "USD"))).toBe("ok");
});

test("L-15 a transaction with more events than a receipt has room for is refused", () => {
  const ledger = funded();
  const emit = (count: number) => (ctx: Context) => {
    for (let i = 0; i < count; i++) ctx.emit(paused, { currency: "EUR" });
  };
  expect(probe(ledger, "Cy", emit(16_000))).toBe("ok");
  expect(probe(ledger, "Cy", emit(16_001))).toBe("OVERFLOW");
});
