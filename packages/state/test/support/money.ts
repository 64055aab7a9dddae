import { Amount, addNanos, DAY, Nanos } from "@touchmark/core";
import { expect } from "vitest";
import { moneyViolations } from "../../src/machines/payments/invariants.ts";
import { balanceOf } from "../../src/machines/payments/money.ts";
import { codeOf, Ledger, type LedgerOptions } from "./ledger.ts";
import { digestOf } from "./parties.ts";

export function amount(value: number): Amount {
  return Amount.of(value);
}

/** A ledger on which these have so much EUR, minted against attested reserves. */
export function fundedLedger(funds: Readonly<Record<string, number>>, options: LedgerOptions = {}): Ledger {
  const ledger = new Ledger(options);
  const until = addNanos(ledger.now, Nanos.of(30n * DAY));
  const attest = {
    kind: "currency.attest",
    currency: "EUR",
    amount: amount(1_000_000),
    until,
    digest: digestOf("report"),
  } as const;
  expect(codeOf(ledger.send("Att", attest))).toBe("ok");
  const mints = Object.entries(funds).map(
    ([name, value]) =>
      ({ kind: "currency.mint", currency: "EUR", to: ledger.id(name), amount: amount(value) }) as const,
  );
  if (mints.length > 0) expect(codeOf(ledger.send("Iss", ...mints))).toBe("ok");
  return ledger;
}

/** Free money, in minor units of EUR. */
export function free(ledger: Ledger, name: string): number {
  return balanceOf(ledger.view, ledger.id(name), "EUR").free;
}

export function held(ledger: Ledger, name: string): number {
  return balanceOf(ledger.view, ledger.id(name), "EUR").held;
}

/** L-22 */
export function expectMoneyConserved(ledger: Ledger): void {
  expect(moneyViolations(ledger.store)).toEqual([]);
}
