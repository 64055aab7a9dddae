import { assert, must } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import { type Entries, type Entry, NONE } from "./entries.ts";

/** Lanes that are told apart at one time: those of the newest points, and those that are going. */
export const LANE_IDS_MAX = 256;

const FIRST_CAPACITY = 1_024;

/** A lane in the order: its sightings that are held, oldest first, as a chain. */
export class OrderLane {
  readonly key: ValidatorKey;
  /** Small, and of no other lane that is held. */
  readonly id: number;
  oldest = NONE;
  newest = NONE;

  constructor(key: ValidatorKey, id: number) {
    assert(id < LANE_IDS_MAX, "more lanes than the order can tell apart");
    this.key = key;
    this.id = id;
  }
}

/**
 * All sightings that the order holds, in columns of numbers: a sighting is an index. Each hangs in two
 * chains: that of its lane, in the lane's order and so by ascending stamp (S-1), and that of its transaction,
 * newest first.
 *
 * Objects would cost a hundred bytes for each sighting and hours of collecting them; a table of lanes by
 * transactions would cost its full width for each junk id that one faulty lane names.
 */
export class SightingPool {
  stamps = new BigUint64Array(FIRST_CAPACITY);
  /** The lane's id. */
  lanes = new Uint8Array(FIRST_CAPACITY);
  /** The next older one of the same transaction; of a free place, the next free one. */
  older = new Int32Array(FIRST_CAPACITY);
  /** Its transaction has left the live ones at some point that is in view, and not settled yet. */
  gone = new Uint8Array(FIRST_CAPACITY);
  private beforeInLane = new Int32Array(FIRST_CAPACITY);
  private afterInLane = new Int32Array(FIRST_CAPACITY);
  private readonly entries: (Entry | undefined)[] = [];
  private readonly laneById: OrderLane[] = [];
  private firstFree = NONE;
  private used = 0;

  stampOf(at: number): bigint {
    return must(this.stamps[at], "stamp");
  }

  olderOf(at: number): number {
    return this.older[at] ?? NONE;
  }

  afterOf(at: number): number {
    return this.afterInLane[at] ?? NONE;
  }

  isGone(at: number): boolean {
    return this.gone[at] === 1;
  }

  entryOf(at: number): Entry {
    return must(this.entries[at], "entry");
  }

  /** A lane with the smallest id that none of the lanes in use has. */
  openLane(key: ValidatorKey, inUse: Iterable<OrderLane>): OrderLane {
    const ids = new Set(Array.from(inUse, (it) => it.id));
    let id = 0;
    while (ids.has(id)) id++;
    const lane = new OrderLane(key, id);
    this.laneById[id] = lane;
    return lane;
  }

  /** A new sighting, the newest of its lane and of its transaction. */
  push(entry: Entry, lane: OrderLane, stamp: bigint): void {
    const at = this.place();
    const before = lane.newest;
    // S-1: whoever holds a lane's batches has checked this; that old sightings end first hangs on it.
    assert(before === NONE || stamp > this.stampOf(before), "S-1: stamps of a lane strictly increase");
    this.stamps[at] = stamp;
    this.lanes[at] = lane.id;
    this.gone[at] = 0;
    this.entries[at] = entry;
    this.older[at] = entry.newest;
    this.beforeInLane[at] = before;
    this.afterInLane[at] = NONE;
    if (before === NONE) lane.oldest = at;
    else this.afterInLane[before] = at;
    lane.newest = at;
    entry.newest = at;
    entry.uses++;
  }

  private place(): number {
    const free = this.firstFree;
    if (free !== NONE) {
      this.firstFree = this.olderOf(free);
      return free;
    }
    if (this.used === this.stamps.length) this.grow();
    return this.used++;
  }

  private grow(): void {
    const capacity = 2 * this.stamps.length;
    const wider = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(capacity);
      copy.set(column);
      return copy;
    };
    const stamps = new BigUint64Array(capacity);
    stamps.set(this.stamps);
    const [lanes, gone] = [new Uint8Array(capacity), new Uint8Array(capacity)];
    lanes.set(this.lanes);
    gone.set(this.gone);
    this.stamps = stamps;
    this.lanes = lanes;
    this.gone = gone;
    this.older = wider(this.older);
    this.beforeInLane = wider(this.beforeInLane);
    this.afterInLane = wider(this.afterInLane);
  }

  /** Takes the last `push` of this lane back. Its transaction keeps the use: the caller has it now. */
  pop(lane: OrderLane): Entry {
    const at = lane.newest;
    const entry = this.entryOf(at);
    assert(entry.newest === at, "sightings are taken back in the reverse of their order");
    entry.newest = this.olderOf(at);
    this.free(at, lane);
    return entry;
  }

  private free(at: number, lane: OrderLane): void {
    const before = this.beforeInLane[at] ?? NONE;
    const after = this.afterOf(at);
    if (before === NONE) lane.oldest = after;
    else this.afterInLane[before] = after;
    if (after === NONE) lane.newest = before;
    else this.beforeInLane[after] = before;
    this.entries[at] = undefined;
    this.older[at] = this.firstFree;
    this.firstFree = at;
  }

  /** The chain's transaction is live no more; `live` counts, by lane, its sightings above `ignoredUpTo`. */
  markGone(newest: number, live: Int32Array, ignoredUpTo: bigint): void {
    for (let at = newest; at !== NONE; at = this.olderOf(at)) {
      this.gone[at] = 1;
      if (this.stampOf(at) <= ignoredUpTo) continue;
      const lane = this.lanes[at] ?? 0;
      live[lane] = (live[lane] ?? 0) - 1;
    }
  }

  markBack(newest: number): void {
    for (let at = newest; at !== NONE; at = this.olderOf(at)) this.gone[at] = 0;
  }

  /** How many of the lane's live sightings have stamps above `from` and up to `to`. */
  countBetween(lane: OrderLane, from: bigint, to: bigint): number {
    let count = 0;
    for (let at = lane.oldest; at !== NONE; at = this.afterOf(at)) {
      const stamp = this.stampOf(at);
      if (stamp > to) break;
      if (stamp > from && !this.isGone(at)) count++;
    }
    return count;
  }

  /** Lets go of every sighting in a chain that no entry holds any more. */
  freeChain(newest: number, entries: Entries): void {
    let at = newest;
    while (at !== NONE) {
      const older = this.olderOf(at);
      const entry = this.entryOf(at);
      this.free(at, must(this.laneById[this.lanes[at] ?? NONE], "lane"));
      entries.drop(entry);
      at = older;
    }
  }

  /**
   * Lets go of the lane's sightings up to a stamp. What is gone at some point in view stays: it hangs in a
   * chain of that point, and goes with it when the point settles, or here, later, when the point is dropped.
   */
  freeUpTo(lane: OrderLane, stamp: bigint, entries: Entries): void {
    let at = lane.oldest;
    while (at !== NONE && this.stampOf(at) <= stamp) {
      const after = this.afterOf(at);
      if (!this.isGone(at)) {
        const entry = this.entryOf(at);
        this.unchain(entry, at);
        this.free(at, lane);
        entries.drop(entry);
      }
      at = after;
    }
  }

  private unchain(entry: Entry, at: number): void {
    const older = this.olderOf(at);
    if (entry.newest === at) {
      entry.newest = older;
      return;
    }
    let newer = entry.newest;
    while (this.olderOf(newer) !== at) newer = this.olderOf(newer);
    this.older[newer] = older;
  }
}
