import { compareBytes, concatBytes, type Digest, type Hasher } from "@touchmark/core";
import type { LaneBatch } from "../../messages.ts";
import type { Params } from "../../params.ts";
import type { Batches } from "./batches.ts";
import { compareBigints } from "./bigints.ts";
import type { ValidatorSet } from "./sets.ts";
import type { SeenTransaction, Transactions } from "./transactions.ts";

/** O-3: what is missing counts as this. */
const MISSING = 0xffff_ffff_ffff_ffffn;

/** A transaction that some lane of the chain names, and that is in no block and not past its time. */
interface Waiting {
  readonly seen: SeenTransaction;
  /** Its stamps by lane, in the lanes' order. */
  readonly stamps: Map<string, bigint[]>;
  /** What was computed of it, for a set and as long as no stamp is added or falls away. */
  vector: readonly bigint[] | undefined;
  vectorEpoch: number;
  /** The smallest stamp that the vector counts. */
  least: bigint;
}

export interface Due {
  readonly seen: SeenTransaction;
  /** O-1 */
  readonly c: bigint;
  /** O-3: the stamps from the (f + 1)-th smallest on. */
  readonly vector: readonly bigint[];
  readonly validUntil: bigint;
  readonly bytes: number;
}

/** O-1 and O-2 in plain words and slow: every stamp of the chain so far, counted anew where it changed. */
export class PlainOrder {
  private readonly params: Params;
  private readonly transactions: Transactions;
  private readonly waiting = new Map<string, Waiting>();
  private readonly ordered = new Set<string>();

  constructor(params: Params, transactions: Transactions) {
    this.params = params;
    this.transactions = transactions;
  }

  add(sent: Batches, lane: string, batch: LaneBatch): void {
    const keys = sent.add(batch).transactions;
    batch.sightings.forEach(({ stamp }, i) => {
      const key = keys[i] ?? "";
      const seen = this.transactions.get(key);
      // What no client made has no content, and so nobody correct votes for it: V-1.
      if (seen?.submitted === undefined || this.ordered.has(key)) return;
      const waiting = this.waiting.get(key) ?? createWaiting(seen);
      this.waiting.set(key, waiting);
      const stamps = waiting.stamps.get(lane) ?? [];
      waiting.stamps.set(lane, stamps);
      stamps.push(stamp);
      waiting.vector = undefined;
    });
  }

  /** What is in a block is in no later one. */
  order(key: string): void {
    this.ordered.add(key);
    this.waiting.delete(key);
  }

  /** O-2: due with horizon T on a parent with this horizon. */
  due(set: ValidatorSet, horizon: bigint, parentHorizon: bigint): readonly Due[] {
    const due: Due[] = [];
    const ignored = parentHorizon > this.params.ttl ? parentHorizon - this.params.ttl : 0n;
    for (const [key, waiting] of this.waiting) {
      const { seen } = waiting;
      if (seen.submitted === undefined) continue;
      const { validUntil, bytes } = seen.submitted;
      if (validUntil <= parentHorizon) {
        this.waiting.delete(key);
        continue;
      }
      const vector = vectorOf(waiting, set, ignored);
      const [c] = vector;
      const isDue = c !== undefined && c <= horizon && c <= validUntil && validUntil <= c + this.params.ttl;
      if (isDue) due.push({ seen, c, vector, validUntil, bytes });
    }
    return due;
  }
}

function createWaiting(seen: SeenTransaction): Waiting {
  return { seen, stamps: new Map(), vector: undefined, vectorEpoch: -1, least: 0n };
}

/** O-1: each lane's smallest stamp that is not ignored, ascending, from the (f + 1)-th on; empty if fewer. */
function vectorOf(waiting: Waiting, set: ValidatorSet, ignored: bigint): readonly bigint[] {
  if (waiting.vector !== undefined && waiting.vectorEpoch === set.epoch && waiting.least > ignored) {
    return waiting.vector;
  }
  const smallest: bigint[] = [];
  for (const lane of set.counting) {
    const counted = (waiting.stamps.get(lane) ?? []).filter((it) => it > ignored).sort(compareBigints);
    if (counted[0] !== undefined) smallest.push(counted[0]);
  }
  smallest.sort(compareBigints);
  waiting.vector = smallest.slice(set.f);
  waiting.vectorEpoch = set.epoch;
  waiting.least = smallest[0] ?? MISSING;
  return waiting.vector;
}

/** O-3: by the stamps, what is missing last, then by H(parent cut digest ‖ txid). */
export function sortByRank(due: readonly Due[], parent: Digest, hasher: Hasher): readonly Due[] {
  const lots = new Map<Due, Digest>();
  const lotOf = (it: Due): Digest => {
    const lot = lots.get(it) ?? hasher.sha256(concatBytes(parent, it.seen.txid));
    lots.set(it, lot);
    return lot;
  };
  return [...due].sort((a, b) => {
    const length = Math.max(a.vector.length, b.vector.length);
    for (let i = 0; i < length; i++) {
      const order = compareBigints(a.vector[i] ?? MISSING, b.vector[i] ?? MISSING);
      if (order !== 0) return order;
    }
    return compareBytes(lotOf(a), lotOf(b));
  });
}

/** How many of these, in this order, a block takes. */
export function countFitting(due: readonly Due[], { blockTransactionsMax, blockBytesMax }: Params): number {
  let bytes = 0;
  const over = due.findIndex((it, i) => {
    bytes += it.bytes;
    return i >= blockTransactionsMax || bytes > blockBytesMax;
  });
  return over < 0 ? due.length : over;
}
