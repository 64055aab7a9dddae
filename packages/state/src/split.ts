/** L-21: the one way in which money is shared out. */
import { Amount, assert, must } from "@touchmark/core";

/** One that takes part, with its weight: basis points, or anything else that adds up. */
export interface Share<Name> {
  readonly name: Name;
  readonly weight: number;
}

interface Part<Name> {
  readonly name: Name;
  readonly place: number;
  readonly remainder: bigint;
  amount: bigint;
}

/**
 * L-21: by largest remainder: each gets the whole units of its share, and the units that are left go one each to the
 * largest remainders; ties go to those that stand first. So callers write literal slots (fund, rest; own) before
 * ids, and ids by their bytes. The parts always add up to the amount. All in bigint: a product of an amount and
 * a weight has more bits than a number holds.
 */
export function split<Name>(
  amount: Amount,
  shares: readonly Share<Name>[],
): readonly { readonly name: Name; readonly amount: Amount }[] {
  const whole = shares.reduce((sum, { weight }) => sum + BigInt(weight), 0n);
  assert(whole > 0n, "a split has weights");
  assert(
    shares.every(({ weight }) => Number.isSafeInteger(weight) && weight >= 0),
    "a weight is a whole number, not negative",
  );
  const parts = shares.map(({ name, weight }, place): Part<Name> => {
    const product = BigInt(amount) * BigInt(weight);
    return { name, place, remainder: product % whole, amount: product / whole };
  });
  let left = BigInt(amount) - parts.reduce((sum, part) => sum + part.amount, 0n);
  const ranked = [...parts].sort(compareRemainders);
  for (let i = 0; left > 0n; i++, left--) must(ranked[i], "a part for each unit that is left").amount += 1n;
  return parts.map((part) => ({ name: part.name, amount: Amount.of(Number(part.amount)) }));
}

function compareRemainders<Name>(a: Part<Name>, b: Part<Name>): number {
  if (a.remainder !== b.remainder) return a.remainder > b.remainder ? -1 : 1;
  return a.place - b.place;
}
