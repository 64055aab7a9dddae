import { must, Nanos } from "@touchmark/core";
import type { OrderedTransaction } from "../block.ts";
import { type Entry, NONE } from "./entries.ts";
import { type BlockLimits, chooseHorizon, type HorizonChoice, prefixThatFits } from "./horizon.ts";
import type { CutAdvance, MissingContent } from "./order-point.ts";
import type { Point, PointLane, PointResult } from "./point.ts";
import type { Ranked, Ranking } from "./ranking.ts";
import type { OrderRules } from "./rules.ts";
import { LANE_IDS_MAX } from "./sighting-pool.ts";
import type { Departure, Step, View } from "./view.ts";

export interface ExtenderLimits extends BlockLimits {
  readonly ttl: Nanos;
}

/** The lanes of a new point, before it is known what stays live. */
export type NewLane = Omit<PointLane, "live">;

/** A cut that is being ordered. */
interface Work {
  readonly from: Point;
  readonly advance: CutAdvance;
  /** The horizon that the tips allow. */
  readonly ofTips: bigint;
  readonly step: Step;
  readonly ranked: Ranked;
}

interface Chosen extends HorizonChoice {
  /** The block, by indexes into what is ranked. */
  readonly taken: Int32Array;
}

/** What is within the horizon of the tips, by indexes into what is ranked. */
class Sifted {
  readonly due: Int32Array;
  count = 0;
  /** Of those that are due. */
  readonly bytes: Float64Array;
  /** Whether these are due nobody knows without their content. */
  readonly unknown: number[] = [];

  constructor(most: number) {
    this.due = new Int32Array(most);
    this.bytes = new Float64Array(most);
  }
}

interface Leftover {
  readonly ripe: readonly Entry[];
  readonly stillDue: number;
}

/** O-1 to O-4 and C-2 for one cut: its horizon, its block, and what stays live. */
export class Extender {
  private readonly limits: ExtenderLimits;
  private readonly rules: OrderRules;
  private readonly view: View;
  private readonly ranking: Ranking;

  constructor(limits: ExtenderLimits, rules: OrderRules, view: View, ranking: Ranking) {
    this.limits = limits;
    this.rules = rules;
    this.view = view;
    this.ranking = ranking;
  }

  /** Of the cut whose sightings were just entered; `named` are the transactions that these name. */
  extend(
    from: Point,
    advance: CutAdvance,
    ofTips: bigint,
    step: Step,
    lanes: readonly NewLane[],
    named: readonly Entry[],
  ): PointResult | MissingContent {
    const counting = lanes.filter(({ counts }) => counts).map(({ lane }) => lane);
    this.ranking.setUp(counting, advance.f, this.ignoredUpTo(from.horizon));
    const ranked = this.ranking.rank(this.candidates(from, advance.f, lanes, named));
    const work: Work = { from, advance, ofTips, step, ranked };
    const chosen = this.choose(work);
    if ("missing" in chosen) return chosen;
    return this.result(work, chosen, lanes);
  }

  private ignoredUpTo(horizon: bigint): bigint {
    return this.rules.ignoredUpTo(horizon, this.limits.ttl);
  }

  /** All whose c may be finite: where the lanes count as before, those that had one and those named anew. */
  private candidates(
    from: Point,
    f: number,
    lanes: readonly NewLane[],
    named: readonly Entry[],
  ): readonly Entry[] {
    if (from.ripe === undefined || from.countsOtherwise(f, lanes)) return this.everyEntry(lanes);
    const [first] = named;
    if (first === undefined) return from.ripe;
    return [...from.ripe.filter(({ seenBy }) => seenBy !== first.seenBy), ...named];
  }

  /** E-1: with other lanes, or another f, any c may be another. */
  private everyEntry(lanes: readonly NewLane[]): readonly Entry[] {
    const { sightings } = this.view;
    const visit = this.view.nextVisit();
    const entries: Entry[] = [];
    for (const { lane } of lanes) {
      for (let at = lane.oldest; at !== NONE; at = sightings.afterOf(at)) {
        const entry = sightings.entryOf(at);
        if (entry.seenBy === visit) continue;
        entry.seenBy = visit;
        entries.push(entry);
      }
    }
    return entries;
  }

  /** C-2, O-2, O-3. */
  private choose({ from, advance, ofTips, ranked }: Work): Chosen | MissingContent {
    const { entries, stamps } = ranked;
    const sifted = new Sifted(entries.length);
    for (let i = 0; i < entries.length; i++) {
      if ((stamps[i] ?? 0n) <= ofTips) this.sift(ranked, i, from.horizon, sifted);
    }
    const order = this.ranking.byConsensusStamp(ranked, sifted.due.subarray(0, sifted.count));
    const bytesAt = (place: number): number => sifted.bytes[order[place] ?? NONE] ?? 0;
    const stampAt = (place: number): bigint => stamps[order[place] ?? NONE] ?? 0n;
    const list = { length: order.length, stampAt, bytesAt };
    // C-2: where the horizon can't move, nothing is ordered, since too few lanes may be complete through it.
    const choice =
      ofTips > from.horizon
        ? chooseHorizon(list, from.horizon, ofTips, this.limits)
        : { horizon: ofTips, due: 0, full: false };
    // V-1: without its content nobody can tell whether a transaction is due. Were more of them due, the
    // horizon could only be lower, so those past this one change nothing.
    const missing = sifted.unknown.filter((i) => must(stamps[i], "stamp") <= choice.horizon);
    if (missing.length > 0) return { missing: missing.map((i) => must(entries[i], "entry").record) };
    this.ranking.breakTies(ranked, order, choice.due, advance.parentDigest);
    const fitting = prefixThatFits(choice.due, bytesAt, this.limits);
    const taken = order.subarray(0, fitting < choice.due && !this.rules.takesPrefix ? 0 : fitting);
    return { ...choice, taken };
  }

  /** O-2 */
  private sift({ entries, stamps }: Ranked, index: number, parentHorizon: bigint, sifted: Sifted): void {
    const facts = entries[index]?.record.facts;
    if (facts === undefined) {
      sifted.unknown.push(index);
      return;
    }
    const stamp = must(stamps[index], "stamp");
    if (!this.rules.isInTime(stamp, parentHorizon, facts.validUntil, this.limits.ttl)) return;
    sifted.bytes[index] = facts.bytes;
    sifted.due[sifted.count++] = index;
  }

  private result(work: Work, chosen: Chosen, lanes: readonly NewLane[]): PointResult {
    const { from, advance, step, ranked } = work;
    const departures: Departure[] = [];
    const transactions = this.block(work, chosen.taken, departures);
    const horizon = asNanos(chosen.horizon);
    const { ripe, stillDue } = this.leftover(ranked, chosen, departures);
    const live = this.liveCounts(from, step);
    const liveCounts = lanes.map(({ lane }) => live[lane.id] ?? 0);
    this.depart(from, horizon, step, departures, live);
    const last = transactions.at(-1)?.time;
    return {
      height: advance.height,
      horizon,
      parentHorizon: from.horizon,
      full: chosen.full,
      transactions,
      lastTime: last ?? from.lastTime,
      timersUntil: last !== undefined && last > horizon ? last : horizon,
      stillDue,
      liveCounts,
      lanes: lanes.map((it) => ({ ...it, live: live[it.lane.id] ?? 0 })),
      f: advance.f,
      ripe,
    };
  }

  /** O-4 */
  private block(work: Work, taken: Int32Array, departures: Departure[]): readonly OrderedTransaction[] {
    const { from, ranked } = work;
    const transactions: OrderedTransaction[] = [];
    let time: bigint = from.lastTime;
    for (const index of taken) {
      const entry = must(ranked.entries[index], "entry");
      const { txid, validUntil } = must(entry.record.facts, "content of what is due");
      time = this.rules.time(must(ranked.stamps[index], "stamp"), from.horizon, time);
      transactions.push({ txid, time: asNanos(time), expired: time > validUntil });
      departures.push({ entry, orderedUntil: validUntil, newest: NONE, orderedBefore: undefined });
    }
    return transactions;
  }

  /**
   * S-6: of what is within the horizon and in no block, only what is due in the new state is live; the rest
   * never will be in a block.
   */
  private leftover({ entries, stamps }: Ranked, chosen: Chosen, departures: Departure[]): Leftover {
    const { horizon, taken } = chosen;
    const isTaken = new Uint8Array(entries.length);
    for (const index of taken) isTaken[index] = 1;
    this.ranking.ignore(this.ignoredUpTo(horizon));
    const ripe: Entry[] = [];
    let stillDue = 0;
    entries.forEach((entry, i) => {
      if (isTaken[i] === 1) return;
      // What is ignored from now on can only make c later.
      const stamp = must(stamps[i], "stamp") > horizon ? undefined : this.ranking.consensusStamp(entry);
      if (stamp === undefined || stamp > horizon) {
        ripe.push(entry);
        return;
      }
      const { validUntil } = must(entry.record.facts, "content of what is within the horizon");
      if (this.rules.isInTime(stamp, horizon, validUntil, this.limits.ttl)) {
        stillDue++;
        ripe.push(entry);
      } else departures.push({ entry, orderedUntil: undefined, newest: NONE, orderedBefore: undefined });
    });
    return { ripe, stillDue };
  }

  /** C-3: by lane id, what is live in the parent's state, and the cut's own sightings. */
  private liveCounts(from: Point, step: Step): Int32Array {
    const live = new Int32Array(LANE_IDS_MAX);
    for (const { lane, live: before } of from.lanes) live[lane.id] = before;
    for (const { lane, added } of step.lanes) live[lane.id] = (live[lane.id] ?? 0) + added;
    return live;
  }

  /** S-6: what is ordered, dead, or ignored from now on is live no more. */
  private depart(
    from: Point,
    horizon: bigint,
    step: Step,
    departures: readonly Departure[],
    live: Int32Array,
  ): void {
    const [before, after] = [this.ignoredUpTo(from.horizon), this.ignoredUpTo(horizon)];
    step.departures = departures;
    for (const departure of departures) this.view.depart(departure, live, before);
    for (const { lane } of step.lanes) {
      live[lane.id] = (live[lane.id] ?? 0) - this.view.sightings.countBetween(lane, before, after);
    }
  }
}

/** No horizon that a correct lane vouches for is near the end of the range; a wrong one must not stop the node. */
function asNanos(value: bigint): Nanos {
  return Nanos.is(value) ? value : Nanos.most;
}
