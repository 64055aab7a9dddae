import { assert, type Hasher, Height, must, type Nanos, reject, Seq, ZERO_DIGEST } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { OrderMemory } from "../recovery.ts";
import type { TransactionRecord, TransactionTable } from "../transactions.ts";
import { Entries, NONE } from "./entries.ts";
import { Extender, type ExtenderLimits, type NewLane } from "./extender.ts";
import { horizonOf } from "./horizon.ts";
import { type BookParts, fromMemory, type SettledName, settledPoint, toMemory } from "./memory.ts";
import type { CutAdvance, Extension, LaneAdvance, OrderPoint, SightedBatch } from "./order-point.ts";
import { Point } from "./point.ts";
import { Ranking } from "./ranking.ts";
import { Remembered } from "./remembered.ts";
import { FAIR_ORDER, type OrderRules } from "./rules.ts";
import { type OrderLane, SightingPool } from "./sighting-pool.ts";
import { Step, View } from "./view.ts";

export type {
  CutAdvance,
  Extension,
  LaneAdvance,
  OrderPoint,
  SightedBatch,
} from "./order-point.ts";

export interface OrderSetting {
  readonly limits: ExtenderLimits;
  readonly table: TransactionTable;
  readonly hasher: Hasher;
  readonly rules?: OrderRules;
}

const STAMP_MAX = 0xffff_ffff_ffff_ffffn;

/**
 * The order: a function of the chain of cuts, and of nothing else (section 5 of the consensus design).
 *
 * The problem. Each cut adds some thousand sightings of each lane, most of transactions that other lanes
 * have named in cuts before, and the block follows from all that is live. Up to W cuts hang on one another
 * before the first of them is settled, and any of them may be replaced.
 *
 * The answer. The state is kept once, as of one point (`View`), and each cut is a `Step` that can be taken
 * back: its sightings are popped from the ends of their chains, and what left is hung in again. So a cut
 * costs what it adds, and what is near being due (`ripe`). Only what is settled is ever freed.
 *
 * Memory. A settled state holds at most LIVE_MAX sightings of each lane (C-3), and one entry for each
 * transaction that was ordered, or died, within the last 2 TTL. The open points hold what their cuts add: at
 * most W times LANE_AHEAD for each lane, and for each point beside the chain in view as much again.
 */
export class OrderBook {
  private readonly limits: ExtenderLimits;
  private readonly rules: OrderRules;
  private readonly parts: BookParts;
  private readonly view: View;
  private readonly extender: Extender;
  private settledPoint: Point;
  /** Lanes that have left the settled point, with sightings that open points still hold. */
  private leaving: readonly OrderLane[] = [];

  private constructor(setting: OrderSetting, begin: (parts: BookParts) => Point) {
    const { limits, table, hasher, rules = FAIR_ORDER } = setting;
    const sightings = new SightingPool();
    const entries = new Entries(table);
    this.limits = limits;
    this.rules = rules;
    this.parts = { sightings, entries, remembered: new Remembered(entries, rules, limits.ttl) };
    this.settledPoint = begin(this.parts);
    this.view = new View(sightings, entries, rules, limits.ttl, this.settledPoint);
    this.extender = new Extender(limits, rules, this.view, new Ranking(sightings, rules, hasher));
  }

  static atGenesis(setting: OrderSetting, time: Nanos, lanes: readonly ValidatorKey[]): OrderBook {
    return new OrderBook(setting, ({ sightings }) => {
      const opened: OrderLane[] = [];
      for (const key of lanes) opened.push(sightings.openLane(key, opened));
      const tip = { seq: Seq.least, digest: ZERO_DIGEST };
      const at = { height: Height.least, horizon: time, lastTime: time };
      return settledPoint(
        at,
        opened.map((lane) => ({ lane, tip, head: time, counts: true, live: 0 })),
      );
    });
  }

  static fromMemory(setting: OrderSetting, memory: OrderMemory): OrderBook {
    return new OrderBook(setting, (parts) => fromMemory(parts, setting.table, memory));
  }

  /** Y-1: what `fromMemory` goes on from. Its cost is that of all it holds. */
  toMemory(name: SettledName): OrderMemory {
    this.viewSettled();
    return toMemory(this.parts, this.settledPoint, name);
  }

  /** What is held then is what is live: nothing of open points, and nothing that they had kept from going. */
  private viewSettled(): void {
    this.view.moveTo(this.settledPoint);
    this.freeIgnored(this.settledPoint);
  }

  /** The point after the last delivered cut. */
  get settled(): OrderPoint {
    return this.settledPoint;
  }

  /** The point that a cut leads to; the same cut on the same parent leads to the same one. */
  extend(parent: OrderPoint, advance: CutAdvance): Extension {
    assert(parent instanceof Point, "a point of an order book");
    if (!this.isOpen(parent)) return reject("PARENT_GONE", { height: parent.height });
    assert(advance.height === parent.height + 1, "a cut is one above its parent");
    const known = parent.childBy(advance);
    if (known !== undefined) return known;
    // C-2: T is past the parent's, or stays there while lanes that are further behind catch up.
    const reached = horizonOf(advance.lanes, advance.f, this.rules);
    const moves = this.rules.catchesUp && advance.lanes.some(({ batches }) => batches.length > 0);
    if (reached <= parent.horizon && !moves) {
      return reject("HORIZON_NOT_LATER", { got: reached, parent: parent.horizon });
    }
    const ofTips = reached > parent.horizon ? reached : parent.horizon;
    this.view.moveTo(parent);
    const lanes = this.lanesOf(parent, advance.lanes);
    const step = this.stepOf(parent, lanes, advance.lanes);
    const result = this.extender.extend(parent, advance, ofTips, step, lanes, this.view.enter(step));
    if ("missing" in result) {
      this.view.abandon(step);
      return result;
    }
    const point = new Point(result, { parent, parentDigest: advance.parentDigest, step });
    this.view.arrive(point);
    return point;
  }

  /** Whether the point is the settled one, or hangs on it. */
  private isOpen(point: Point): boolean {
    return point.hangsOn(this.settledPoint);
  }

  private lanesOf(parent: Point, advances: readonly LaneAdvance[]): readonly NewLane[] {
    const opened: OrderLane[] = [];
    return advances.map(({ key, tip, head, counts }, i) => {
      let lane = parent.laneOf(key, i);
      if (lane === undefined) {
        lane = this.parts.sightings.openLane(key, [...this.lanesInUse(), ...opened]);
        opened.push(lane);
      }
      return { lane, tip, head, counts };
    });
  }

  private *lanesInUse(): Iterable<OrderLane> {
    yield* this.leaving;
    const points = [this.settledPoint];
    for (const point of points) {
      for (const { lane } of point.lanes) yield lane;
      points.push(...point.children);
    }
  }

  private stepOf(parent: Point, lanes: readonly NewLane[], advances: readonly LaneAdvance[]): Step {
    const steps = lanes.map(({ lane, counts }, i) => {
      // E-1: what a joiner sights before it counts is kept until it does.
      const batches = counts || this.rules.keepsUncounted ? (advances[i]?.batches ?? []) : [];
      return { lane, batches, added: 0 };
    });
    return new Step(parent.horizon, steps);
  }

  /** C-3: how many of these sightings are live in the state of the point, for a leader who chooses tips. */
  countLive(point: OrderPoint, batches: readonly SightedBatch[]): number {
    assert(point instanceof Point && this.isOpen(point), "an open point of this book");
    this.view.moveTo(point);
    const ignoredUpTo = this.rules.ignoredUpTo(point.horizon, this.limits.ttl);
    let count = 0;
    for (const { records, stamps } of batches) {
      records.forEach((record, i) => {
        if (must(stamps[i], "stamp") <= ignoredUpTo) return;
        const { entry } = record;
        if (entry === undefined || !this.view.isRemembered(entry, point.horizon)) count++;
      });
    }
    return count;
  }

  /**
   * The cut was delivered: its point is the settled one, and those beside it are ruled out. Gives the records
   * that nobody uses any more.
   */
  settle(point: OrderPoint): readonly TransactionRecord[] {
    assert(point instanceof Point, "a point of an order book");
    const { parent, step } = must(point.link, "the link of what is settled next");
    assert(parent === this.settledPoint, "points settle one after another");
    if (!this.view.at.hangsOn(point)) this.view.moveTo(point);
    for (const sibling of parent.children) if (sibling !== point) this.release(sibling);
    const { sightings, entries, remembered } = this.parts;
    remembered.add(step.departures, point.horizon);
    for (const { newest } of step.departures) sightings.freeChain(newest, entries);
    const stays = new Set(point.lanes.map(({ lane }) => lane));
    const left = parent.lanes.map(({ lane }) => lane).filter((lane) => !stays.has(lane));
    this.leaving = [...this.leaving, ...left];
    this.freeIgnored(point);
    remembered.forget(point.horizon);
    point.link = undefined;
    this.settledPoint = point;
    return entries.takeReleased();
  }

  /** O-2: what is ignored in every cut after this point, and what lanes that have left had sighted. */
  private freeIgnored(point: Point): void {
    const { sightings, entries } = this.parts;
    const ignoredUpTo = this.rules.ignoredUpTo(point.horizon, this.limits.ttl);
    for (const { lane } of point.lanes) sightings.freeUpTo(lane, ignoredUpTo, entries);
    for (const lane of this.leaving) sightings.freeUpTo(lane, STAMP_MAX, entries);
    this.leaving = this.leaving.filter((lane) => lane.oldest !== NONE);
  }

  /** A point that won't be needed, with all that hangs on it; those that stay are as they were. */
  drop(point: OrderPoint): void {
    assert(point instanceof Point, "a point of an order book");
    if (!this.isOpen(point) || point.link === undefined) return;
    const { parent } = point.link;
    if (this.view.at.hangsOn(point)) this.view.moveTo(parent);
    parent.children.splice(parent.children.indexOf(point), 1);
    this.release(point);
    point.link = undefined;
  }

  /** Lets go of what a point out of view, and those on it, have parked. */
  private release(point: Point): void {
    for (const child of point.children) this.release(child);
    if (point.link !== undefined) this.view.unpark(point.link.step);
  }
}
