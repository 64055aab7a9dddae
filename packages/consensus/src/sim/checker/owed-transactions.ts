import { earliest, latest } from "./bigints.ts";
import type { Machine } from "./machines.ts";
import type { RunLog } from "./run-log.ts";
import type { SeenTransaction } from "./transactions.ts";

/** When the first and the last of the lanes that have a transaction sent it, and how many lanes they are. */
interface Sendings {
  first: bigint;
  last: bigint;
  lanes: number;
}

/**
 * Which transactions the cluster can't lose any more, and since when: those that a machine that runs to the
 * end has sent a sighting of, since it keeps the content (S-3); and those that have reached all that run, and
 * that one of them at least neither declined (S-2 b, S-6) nor dropped (S-1).
 */
export class OwedTransactions {
  private readonly steady: readonly Machine[];
  /** Those of them that have their log, and so speak. */
  private readonly speaking: readonly Machine[];
  private readonly sent = new Map<string, Sendings>();

  constructor(log: RunLog, steady: readonly Machine[]) {
    this.steady = steady;
    this.speaking = steady.filter(({ key }) => log.machines.wipedAt(key) === undefined);
    for (const { key, startedAt } of this.speaking) {
      const noted = new Set<string>();
      for (const { transactions, own } of log.batches.ownOf(key)) {
        const at = latest(own.at, startedAt);
        for (const transaction of transactions) {
          if (!noted.has(transaction)) this.note(transaction, at);
          noted.add(transaction);
        }
      }
    }
  }

  private note(transaction: string, at: bigint): void {
    const known = this.sent.get(transaction);
    if (known === undefined) {
      this.sent.set(transaction, { first: at, last: at, lanes: 1 });
      return;
    }
    known.first = earliest(known.first, at);
    known.last = latest(known.last, at);
    known.lanes++;
  }

  /** How many machines can be counted on for votes and for heads. */
  get voices(): number {
    return this.speaking.length;
  }

  owedAt(transaction: SeenTransaction): bigint | undefined {
    const sent = this.sent.get(transaction.key)?.first;
    const reached = this.reachedAllAt(transaction);
    if (sent === undefined || reached === undefined) return sent ?? reached;
    return earliest(sent, reached);
  }

  /** Since when all that speak have it in their lanes. */
  sharedAt({ key }: SeenTransaction): bigint | undefined {
    const sent = this.sent.get(key);
    return sent !== undefined && sent.lanes === this.speaking.length ? sent.last : undefined;
  }

  /** Who declines, or has lost its log, excuses itself alone: whoever holds it and says nothing must sight it. */
  private reachedAllAt({ arrivals, declined }: SeenTransaction): bigint | undefined {
    if (this.speaking.every(({ number }) => declined.has(number))) return undefined;
    let last: bigint | undefined;
    for (const { number, life } of this.steady) {
      const arrival = arrivals.get(number)?.find((it) => it.life === life);
      if (arrival === undefined) return undefined;
      if (last === undefined || arrival.at > last) last = arrival.at;
    }
    return last;
  }
}
