import { earliest, latest } from "./bigints.ts";
import type { Machine } from "./machines.ts";
import type { RunLog } from "./run-log.ts";
import type { SeenTransaction } from "./transactions.ts";

/**
 * Which transactions the cluster can't lose any more, and since when: those that a machine that runs to the
 * end has sent a sighting of, since it keeps the content (S-3); and those that have reached all that run, and
 * that none of them declined (S-2 b, S-6) or dropped (S-1).
 */
export class OwedTransactions {
  private readonly steady: readonly Machine[];
  /** By transaction, when the first of them had sent it. */
  private readonly sent = new Map<string, bigint>();

  constructor(log: RunLog, steady: readonly Machine[]) {
    this.steady = steady;
    for (const { key, startedAt } of steady) {
      if (log.machines.wipedAt(key) !== undefined) continue;
      for (const { transactions, own } of log.batches.ownOf(key)) {
        const at = latest(own.at, startedAt);
        for (const transaction of transactions) this.note(transaction, at);
      }
    }
  }

  private note(transaction: string, at: bigint): void {
    const known = this.sent.get(transaction);
    if (known === undefined || at < known) this.sent.set(transaction, at);
  }

  owedAt(transaction: SeenTransaction): bigint | undefined {
    const sent = this.sent.get(transaction.key);
    const reached = this.reachedAllAt(transaction);
    if (sent === undefined || reached === undefined) return sent ?? reached;
    return earliest(sent, reached);
  }

  private reachedAllAt({ arrivals, declined }: SeenTransaction): bigint | undefined {
    if (declined.size > 0) return undefined;
    let last: bigint | undefined;
    for (const { number, life } of this.steady) {
      const arrival = arrivals.get(number)?.find((it) => it.life === life);
      if (arrival === undefined) return undefined;
      if (last === undefined || arrival.at > last) last = arrival.at;
    }
    return last;
  }
}
