import { equalBytes, type Height, must, type Nanos } from "@touchmark/core";
import type { OrderedTransaction } from "../block.ts";
import type { ValidatorKey } from "../committee.ts";
import type { Tip } from "../messages.ts";
import type { Entry } from "./entries.ts";
import type { CutAdvance, OrderPoint } from "./order-point.ts";
import type { OrderLane } from "./sighting-pool.ts";
import type { Step } from "./view.ts";

/** A lane as a point left it. */
export interface PointLane {
  readonly lane: OrderLane;
  readonly tip: Tip;
  readonly head: Nanos;
  readonly counts: boolean;
  /** S-6 */
  readonly live: number;
}

/** The order of one cut, and the numbers that go with it. */
export interface PointResult extends Omit<OrderPoint, "liveAfter"> {
  readonly lanes: readonly PointLane[];
  /** How many lanes may be faulty, by the cut that led here; unknown where a memory did. */
  readonly f: number | undefined;
  /** The live transactions with a finite c; unknown where a memory led here. */
  readonly ripe: readonly Entry[] | undefined;
}

/** A point with what the book needs to get to it and back. */
export class Point implements OrderPoint {
  readonly height: Height;
  readonly horizon: Nanos;
  readonly parentHorizon: Nanos;
  readonly full: boolean;
  readonly transactions: readonly OrderedTransaction[];
  readonly lastTime: Nanos;
  readonly timersUntil: Nanos;
  readonly stillDue: number;
  readonly liveCounts: readonly number[];
  readonly lanes: readonly PointLane[];
  readonly f: number | undefined;
  readonly ripe: readonly Entry[] | undefined;
  /** None for a settled point, and for one that is ruled out. */
  link: PointLink | undefined;
  readonly children: Point[] = [];

  constructor(result: PointResult, link: PointLink | undefined) {
    this.height = result.height;
    this.horizon = result.horizon;
    this.parentHorizon = result.parentHorizon;
    this.full = result.full;
    this.transactions = result.transactions;
    this.lastTime = result.lastTime;
    this.timersUntil = result.timersUntil;
    this.stillDue = result.stillDue;
    this.liveCounts = result.liveCounts;
    this.lanes = result.lanes;
    this.f = result.f;
    this.ripe = result.ripe;
    this.link = link;
    link?.parent.children.push(this);
  }

  get liveAfter(): readonly number[] {
    return this.lanes.map(({ live }) => live);
  }

  /** Whether this is that point, or hangs on it. */
  hangsOn(point: Point): boolean {
    let at: Point | undefined = this;
    while (at !== undefined && at.height > point.height) at = at.link?.parent;
    return at === point;
  }

  /** The lane of this key; from cut to cut it mostly stands at the same place. */
  laneOf(key: ValidatorKey, place: number): OrderLane | undefined {
    const same = this.lanes[place]?.lane;
    if (same !== undefined && equalBytes(same.key, key)) return same;
    return this.lanes.find(({ lane }) => equalBytes(lane.key, key))?.lane;
  }

  /** The child that the same cut made before: asking again costs nothing. */
  childBy(advance: CutAdvance): Point | undefined {
    return this.children.find((child) => child.isBy(advance));
  }

  private isBy({ parentDigest, f, lanes }: CutAdvance): boolean {
    if (this.link === undefined || this.f !== f || this.lanes.length !== lanes.length) return false;
    if (!equalBytes(this.link.parentDigest, parentDigest)) return false;
    return this.lanes.every(({ lane, tip, head, counts }, i) => {
      const other = must(lanes[i], "lane");
      return (
        counts === other.counts &&
        head === other.head &&
        tip.seq === other.tip.seq &&
        equalBytes(tip.digest, other.tip.digest) &&
        equalBytes(lane.key, other.key)
      );
    });
  }

  /** C-2, O-1: whether these count differently now, so that every c may have changed. */
  countsOtherwise(f: number, lanes: readonly Pick<PointLane, "lane" | "counts">[]): boolean {
    if (this.f !== f || this.lanes.length !== lanes.length) return true;
    return this.lanes.some(({ lane, counts }, i) => lane !== lanes[i]?.lane || counts !== lanes[i].counts);
  }
}

/** How a point hangs on its parent. */
export interface PointLink {
  readonly parent: Point;
  readonly parentDigest: Uint8Array;
  readonly step: Step;
}
