import { latest } from "./bigints.ts";
import { nameOfTransaction } from "./names.ts";
import type { OwedTransactions } from "./owed-transactions.ts";
import type { RunLog } from "./run-log.ts";
import type { SeenTransaction } from "./transactions.ts";

/** No new height between two moments. */
interface Silence {
  /** Of the height before it; the genesis time before the first. */
  readonly horizon: bigint;
  readonly height: number;
  readonly from: bigint;
  readonly until: bigint;
}

/**
 * Where a healed cluster stood still: n − f correct machines have a transaction in their lanes, no block holds
 * it, and yet no new height comes. How long the transaction is valid makes no difference: validUntil is
 * compared with horizons (O-2), so while no horizon passes it, it is due, if only to be marked expired (O-4).
 * Each promise of a single transaction's delivery ends with its validity; without this one a cluster that
 * stands still for ever would break none, were all its transactions short-lived.
 */
export function findHalts(
  log: RunLog,
  owed: OwedTransactions,
  heights: ReadonlyMap<string, number>,
  end: { readonly at: bigint; readonly within: bigint; readonly healedAt: bigint },
): readonly string[] {
  const { n, f } = log.sets.newest;
  if (owed.voices < n - f) return [];
  const found: string[] = [];
  for (const silence of silencesOf(log, end.at)) {
    const from = latest(silence.from, end.healedAt);
    if (silence.until - from <= end.within) continue;
    for (const transaction of log.transactions.all) {
      const shared = sharedBefore(owed, heights, silence, transaction);
      if (shared === undefined || silence.until - latest(shared, from) <= end.within) continue;
      found.push(
        `no height above ${silence.height} came from ${latest(shared, from)} to ${silence.until}, ` +
          `though ${nameOfTransaction(transaction.key)} stood in all lanes`,
      );
      break;
    }
  }
  return found;
}

function silencesOf(log: RunLog, end: bigint): readonly Silence[] {
  const { genesis } = log.setup;
  const silences: Silence[] = [];
  let last: Omit<Silence, "until"> = { horizon: genesis.time, height: 0, from: genesis.time };
  for (const { block, at } of log.deliveries.chain) {
    silences.push({ ...last, until: latest(at, last.from) });
    last = { horizon: block.horizon, height: block.height, from: latest(at, last.from) };
  }
  return [...silences, { ...last, until: end }];
}

/** Since when it is in all lanes, if no block up to the silence has it and no horizon has passed it. */
function sharedBefore(
  owed: OwedTransactions,
  heights: ReadonlyMap<string, number>,
  { horizon, height }: Silence,
  transaction: SeenTransaction,
): bigint | undefined {
  const { key, submitted } = transaction;
  if (submitted === undefined || submitted.validUntil <= horizon) return undefined;
  if ((heights.get(key) ?? Number.POSITIVE_INFINITY) <= height) return undefined;
  return owed.sharedAt(transaction);
}
