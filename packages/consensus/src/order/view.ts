import { must, type Nanos } from "@touchmark/core";
import type { TransactionRecord } from "../transactions.ts";
import { type Entries, type Entry, NONE } from "./entries.ts";
import type { SightedBatch } from "./order-point.ts";
import type { Point } from "./point.ts";
import type { OrderRules } from "./rules.ts";
import { LANE_IDS_MAX, type OrderLane, type SightingPool } from "./sighting-pool.ts";

/** One entering of a step. */
interface Pass {
  readonly horizon: bigint;
  readonly ignoredUpTo: bigint;
  readonly visit: number;
  readonly named: Entry[];
}

/** What a cut adds of one lane, and how many sightings of that are held while the cut is in view. */
export interface LaneStep {
  readonly lane: OrderLane;
  readonly batches: readonly SightedBatch[];
  added: number;
}

/** A transaction that is live no more: a block holds it, or it never can be in one. */
export interface Departure {
  readonly entry: Entry;
  /** Its validUntil, if it is in the block. */
  readonly orderedUntil: Nanos | undefined;
  /** What the entry held before; its sightings count no more, whatever comes later. */
  newest: number;
  orderedBefore: Nanos | undefined;
}

/** All that one cut changes. */
export class Step {
  readonly parentHorizon: bigint;
  readonly lanes: readonly LaneStep[];
  departures: readonly Departure[] = [];
  /** Out of view: for each of its sightings the entry, with the use that the sighting held. */
  parked: Entry[] = [];

  constructor(parentHorizon: bigint, lanes: readonly LaneStep[]) {
    this.parentHorizon = parentHorizon;
    this.lanes = lanes;
  }
}

/**
 * The state of the order at one point at a time, the point in view. Going to another point takes back and
 * repeats the steps between: a proposal costs what it adds, whatever came before it, and only a leader who
 * proposes two cuts for one height makes the view go back and forth.
 */
export class View {
  readonly sightings: SightingPool;
  readonly entries: Entries;
  private readonly rules: OrderRules;
  private readonly ttl: bigint;
  private point: Point;
  private visit = 0;

  constructor(sightings: SightingPool, entries: Entries, rules: OrderRules, ttl: bigint, point: Point) {
    this.sightings = sightings;
    this.entries = entries;
    this.rules = rules;
    this.ttl = ttl;
    this.point = point;
  }

  /** The point in view. */
  get at(): Point {
    return this.point;
  }

  /** A number that no entry's `seenBy` has yet. */
  nextVisit(): number {
    return ++this.visit;
  }

  moveTo(target: Point): void {
    const forward: Point[] = [];
    let back = this.point;
    let there = target;
    while (back !== there) {
      if (back.height >= there.height) {
        const { parent, step } = must(back.link, "parent of a point in view");
        this.leave(step);
        back = parent;
      } else {
        forward.push(there);
        there = must(there.link, "parent of a point to view").parent;
      }
    }
    for (const { link } of forward.reverse()) this.enterAgain(must(link, "link of a point to view").step);
    this.point = target;
  }

  /** The step just entered led to this point. */
  arrive(point: Point): void {
    this.point = point;
  }

  /** Holds the step's sightings; gives the transactions that it names, each once and marked as seen. */
  enter(step: Step): readonly Entry[] {
    const ignoredUpTo = this.rules.ignoredUpTo(step.parentHorizon, this.ttl);
    const pass: Pass = { horizon: step.parentHorizon, ignoredUpTo, visit: this.nextVisit(), named: [] };
    for (const lane of step.lanes) {
      lane.added = 0;
      for (const batch of lane.batches) this.enterBatch(lane, batch, pass);
    }
    return pass.named;
  }

  // Loops of many rounds in a call that comes once for each cut are compiled late and left again: what they
  // do stands in calls of their own, here and in all of `order`.
  private enterBatch(step: LaneStep, { records, stamps }: SightedBatch, pass: Pass): void {
    for (let i = 0; i < records.length; i++) {
      // O-2: what is ignored now is ignored in every later cut.
      if ((stamps[i] ?? 0n) > pass.ignoredUpTo)
        this.enterOne(step, must(records[i], "record"), stamps, i, pass);
    }
  }

  private enterOne(
    step: LaneStep,
    record: TransactionRecord,
    stamps: BigUint64Array,
    index: number,
    pass: Pass,
  ): void {
    const entry = this.entries.at(record);
    if (this.isRemembered(entry, pass.horizon)) return;
    this.sightings.push(entry, step.lane, must(stamps[index], "stamp"));
    step.added++;
    if (entry.seenBy === pass.visit) return;
    entry.seenBy = pass.visit;
    pass.named.push(entry);
  }

  /** O-2: whether some block before holds it, as far as anybody still knows. */
  isRemembered({ orderedUntil }: Entry, horizon: bigint): boolean {
    return orderedUntil !== undefined && horizon < this.rules.rememberedUntil(orderedUntil, this.ttl);
  }

  private enterAgain(step: Step): void {
    this.enter(step);
    this.unpark(step);
    // How many are live is known of every point that is made.
    const uncounted = new Int32Array(LANE_IDS_MAX);
    for (const departure of step.departures) this.depart(departure, uncounted, 0n);
  }

  /** The transaction leaves the live ones, and all that sighted it is gone; `live` is less by those that counted. */
  depart(departure: Departure, live: Int32Array, ignoredUpTo: bigint): void {
    const { entry, orderedUntil } = departure;
    departure.newest = entry.newest;
    departure.orderedBefore = entry.orderedUntil;
    this.sightings.markGone(entry.newest, live, ignoredUpTo);
    entry.newest = NONE;
    if (orderedUntil !== undefined) entry.orderedUntil = orderedUntil;
  }

  /** Takes all of a step back, the last change first. */
  leave(step: Step): void {
    for (const { entry, newest, orderedBefore } of step.departures) {
      entry.newest = newest;
      entry.orderedUntil = orderedBefore;
      this.sightings.markBack(newest);
    }
    for (const { lane, added } of step.lanes.toReversed()) {
      for (let i = 0; i < added; i++) step.parked.push(this.sightings.pop(lane));
    }
  }

  /** A step that leads nowhere. */
  abandon(step: Step): void {
    this.leave(step);
    this.unpark(step);
  }

  unpark(step: Step): void {
    for (const entry of step.parked) this.entries.drop(entry);
    step.parked = [];
  }
}
