import { compareBytes, concatBytes, type Hasher, must } from "@touchmark/core";
import { type Entry, NONE } from "./entries.ts";
import type { OrderRules } from "./rules.ts";
import { LANE_IDS_MAX, type OrderLane, type SightingPool } from "./sighting-pool.ts";
import { sortByStamp } from "./stamp-sort.ts";

/** O-3: stands for a stamp that isn't there. */
const NO_STAMP = 0xffff_ffff_ffff_ffffn;

/** Transactions, each with its c at the same place. */
export interface Ranked {
  readonly entries: readonly Entry[];
  readonly stamps: BigUint64Array;
}

/** One of several whose c is the same. */
interface Tied {
  readonly index: number;
  readonly entry: Entry;
  readonly rest: BigUint64Array;
  salted: Uint8Array | undefined;
}

/** O-1, O-3: what the lanes' stamps say of a transaction, for one cut at a time. */
export class Ranking {
  private readonly sightings: SightingPool;
  private readonly rules: OrderRules;
  private readonly hasher: Hasher;
  private readonly counts = new Uint8Array(LANE_IDS_MAX);
  private f = 0;
  private ignoredUpTo = 0n;
  /** The stamps of the transaction last looked at, ascending, one for each lane. */
  private readonly sorted = new BigUint64Array(LANE_IDS_MAX);
  private present = 0;
  /** The stamp that each lane gave it, and in which look. */
  private readonly ofLane = new BigUint64Array(LANE_IDS_MAX);
  private readonly lookOfLane = new Float64Array(LANE_IDS_MAX);
  private look = 0;

  constructor(sightings: SightingPool, rules: OrderRules, hasher: Hasher) {
    this.sightings = sightings;
    this.rules = rules;
    this.hasher = hasher;
  }

  /** Which lanes count, how many of them may lie, and which stamps are too old. */
  setUp(lanes: readonly OrderLane[], f: number, ignoredUpTo: bigint): void {
    this.counts.fill(0);
    for (const lane of lanes) this.counts[lane.id] = 1;
    this.f = f;
    this.ignoredUpTo = ignoredUpTo;
  }

  ignore(upTo: bigint): void {
    this.ignoredUpTo = upTo;
  }

  /** Those with a finite c. */
  rank(candidates: readonly Entry[]): Ranked {
    const stamps = new BigUint64Array(candidates.length);
    const entries: Entry[] = [];
    for (const entry of candidates) this.rankOne(entry, entries, stamps);
    return { entries, stamps };
  }

  private rankOne(entry: Entry, entries: Entry[], stamps: BigUint64Array): void {
    const at = this.place(entry);
    if (at < 0) return;
    stamps[entries.length] = must(this.sorted[at], "stamp");
    entries.push(entry);
  }

  /** O-1: c; none where too few lanes have stamped it. */
  consensusStamp(entry: Entry): bigint | undefined {
    const at = this.place(entry);
    return at < 0 ? undefined : this.sorted[at];
  }

  /** Where in `sorted` its c stands; -1 if it has none. */
  private place(entry: Entry): number {
    // No chain is longer than its uses, so most of what few lanes have seen is not even looked at.
    if (this.rules.stampsBelow(entry.uses, this.f) >= entry.uses) return -1;
    this.gather(entry);
    const at = this.rules.stampsBelow(this.present, this.f);
    return at < this.present ? at : -1;
  }

  private gather(entry: Entry): void {
    const { stamps, lanes, older } = this.sightings;
    const look = ++this.look;
    this.present = 0;
    for (let at = entry.newest; at !== NONE; at = older[at] ?? NONE) {
      const lane = lanes[at] ?? 0;
      const stamp = stamps[at] ?? NO_STAMP;
      if (this.counts[lane] === 0 || stamp <= this.ignoredUpTo) continue;
      // O-1: of two by one lane the smaller counts, which is the older one, for stamps of a lane increase.
      if (this.lookOfLane[lane] === look) this.remove(this.ofLane[lane] ?? NO_STAMP);
      this.lookOfLane[lane] = look;
      this.ofLane[lane] = stamp;
      this.insert(stamp);
    }
  }

  private insert(stamp: bigint): void {
    const { sorted } = this;
    let at = this.present++;
    while (at > 0) {
      const before = sorted[at - 1] ?? 0n;
      if (before <= stamp) break;
      sorted[at] = before;
      at--;
    }
    sorted[at] = stamp;
  }

  private remove(stamp: bigint): void {
    const at = this.sorted.indexOf(stamp);
    this.sorted.copyWithin(at, at + 1, this.present);
    this.present--;
  }

  /** O-3, as far as c decides: the indexes of `chosen`, by ascending c. */
  byConsensusStamp(ranked: Ranked, chosen: Int32Array): Int32Array {
    return sortByStamp(chosen, ranked.stamps);
  }

  /** O-3: settles, in place, the order of those of the first `count` whose c is the same. */
  breakTies(ranked: Ranked, order: Int32Array, count: number, parentDigest: Uint8Array): void {
    let start = 0;
    while (start < count) {
      const stamp = ranked.stamps[order[start] ?? 0];
      let end = start + 1;
      while (end < count && ranked.stamps[order[end] ?? 0] === stamp) end++;
      // One lane gives one stamp once, so no more than n share a c.
      if (end - start > 1) order.set(this.tieOrder(ranked, order.subarray(start, end), parentDigest), start);
      start = end;
    }
  }

  private tieOrder(ranked: Ranked, tied: Int32Array, parentDigest: Uint8Array): readonly number[] {
    const members = Array.from(tied, (index): Tied => {
      const entry = must(ranked.entries[index], "tied transaction");
      return { index, entry, rest: this.stampsFromC(entry), salted: undefined };
    });
    // O-3: only those whose stamps are all the same are worth a hash.
    const salted = (member: Tied): Uint8Array => {
      member.salted ??= this.hasher.sha256(concatBytes(parentDigest, member.entry.record.txid));
      return member.salted;
    };
    members.sort((a, b) => compareStamps(a.rest, b.rest) || compareBytes(salted(a), salted(b)));
    return members.map(({ index }) => index);
  }

  /** O-3: the list that a transaction is sorted by. */
  private stampsFromC(entry: Entry): BigUint64Array {
    const at = this.place(entry);
    return this.sorted.slice(at, this.present);
  }
}

function compareStamps(a: BigUint64Array, b: BigUint64Array): number {
  const longer = Math.max(a.length, b.length);
  for (let i = 0; i < longer; i++) {
    const [x, y] = [a[i] ?? NO_STAMP, b[i] ?? NO_STAMP];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
