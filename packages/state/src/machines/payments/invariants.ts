/**
 * What must hold of money in every state (design 2, section 4). For tests and random walks: they read the whole store.
 */
import { bytesToKey } from "@touchmark/core";
import { type Reader, readAll } from "../../reader.ts";
import { balances, currencies, holds } from "./records.ts";

/** A name for what is wrong, and where. */
export type Violation = string;

interface Sums {
  money: bigint;
  held: Map<string, bigint>;
}

function addTo(sums: Map<string, bigint>, name: string, amount: number): void {
  sums.set(name, (sums.get(name) ?? 0n) + BigInt(amount));
}

/** L-22: money conserved: what accounts have is the supply; what is held is the sum of the holds. */
export function moneyViolations(reader: Reader): readonly Violation[] {
  const violations: Violation[] = [];
  const byCurrency = new Map<string, Sums>();
  const sumsOf = (code: string): Sums => {
    const sums = byCurrency.get(code) ?? { money: 0n, held: new Map() };
    byCurrency.set(code, sums);
    return sums;
  };
  for (const [{ account, currency }, { free, held, frozen }] of readAll(reader, balances)) {
    const sums = sumsOf(currency);
    sums.money += BigInt(free) + BigInt(held);
    addTo(sums.held, bytesToKey(account), held);
    if (free === 0 && held === 0 && frozen === undefined)
      violations.push(`${currency}: an empty balance has a leaf`);
  }
  for (const [, { payer, currency, left }] of readAll(reader, holds)) {
    if (left === 0) violations.push(`${currency}: an empty hold has a leaf`);
    addTo(sumsOf(currency).held, bytesToKey(payer), -left);
  }
  for (const [code, { supply }] of readAll(reader, currencies)) {
    const { money } = sumsOf(code);
    if (money !== BigInt(supply)) violations.push(`${code}: accounts have ${money}, the supply is ${supply}`);
  }
  for (const [code, { held }] of byCurrency) {
    for (const difference of held.values()) {
      if (difference !== 0n) violations.push(`${code}: an account's holds differ from what it holds`);
    }
  }
  return violations;
}
