import { Nanos } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { HeldBatch } from "../lanes/held-batch.ts";
import type { Lane, LanePlace } from "../lanes/lane.ts";
import { BATCH_NAMES_MAX, type BatchName, type Cut, type Tip } from "../messages.ts";
import type { OrderPoint } from "../order/order-point.ts";
import type { Shared } from "../replica-state.ts";
import type { OpenCut } from "./open-chain.ts";

/** Below every number of a batch. */
const NOTHING = -1;

interface Offered {
  readonly seq: number;
  readonly at: Nanos;
}

/** What this view's leader has been shown of a lane, or has shown itself. */
interface Shown {
  /** By ascending number. */
  readonly offered: Offered[];
  /** Up to where offers went out, lately: they are repeated, since a message may be lost. */
  sentUpTo: number;
  /** The number up to which this view's proposals cover the lane. */
  covered: number;
}

/**
 * V-2: what a leader must include. A validator that holds a batch offers it to the leader, and from Λ later
 * on refuses cuts without it. So two faulty lanes that show their newest batch to one leader each can't
 * make every leader look unfair, and no leader can leave out what a correct validator holds for long.
 */
export class Inclusion {
  private readonly shared: Shared;
  /** Of this view. */
  private readonly shown = new Map<Lane, Shown>();
  /** Λ: doubles with each failed view, halves with calm. */
  private delay: Nanos;
  /** Rises with everything here on which the oldest batch to be offered hangs. */
  private shownOnes = 0;
  /** It is asked for with every input. */
  private oldest:
    | {
        readonly lanes: number;
        readonly shown: number;
        readonly roster: readonly ValidatorKey[];
        readonly at: bigint | undefined;
      }
    | undefined;
  private lastOfferAt = 0n;
  private calmSince = 0;
  private failedViews = 0;
  /** After so many failed views at one height inclusion is waived, until this height. */
  private waivedUntil = -1;

  constructor(shared: Shared) {
    this.shared = shared;
    this.delay = shared.state.params.inclusionDelay;
  }

  get inclusionDelay(): Nanos {
    return this.delay;
  }

  enterView(): void {
    this.shownOnes++;
    this.shown.clear();
  }

  /** P-6: what the leader still doesn't cover is offered again. */
  offerAgain(): void {
    this.shownOnes++;
    for (const shown of this.shown.values()) shown.sentUpTo = NOTHING;
  }

  viewFailed(): void {
    this.shownOnes++;
    const { params, committee, delivered } = this.shared.state;
    const doubled = this.delay * 2n;
    this.delay = Nanos.of(doubled < params.inclusionDelayMax ? doubled : params.inclusionDelayMax);
    this.failedViews++;
    if (this.failedViews >= 2 * committee.n) this.waivedUntil = delivered.height + params.calmHeights;
    this.calmSince = delivered.height;
  }

  deliveredOne(): void {
    this.shownOnes++;
    const { params, delivered } = this.shared.state;
    this.failedViews = 0;
    for (const [lane, { offered }] of this.shown) {
      while ((offered[0]?.seq ?? Number.POSITIVE_INFINITY) <= lane.settled.seq) offered.shift();
    }
    if (delivered.height - this.calmSince < params.calmHeights) return;
    this.calmSince = delivered.height;
    const halved = this.delay / 2n;
    this.delay = Nanos.of(halved > params.inclusionDelay ? halved : params.inclusionDelay);
  }

  private shownOf(lane: Lane): Shown {
    let shown = this.shown.get(lane);
    if (shown === undefined) {
      shown = { offered: [], sentUpTo: NOTHING, covered: NOTHING };
      this.shown.set(lane, shown);
    }
    return shown;
  }

  /** A proposal of this view shows that its leader holds what its tips cover. */
  seen(cut: Cut): void {
    this.shownOnes++;
    const { state, lanes } = this.shared;
    state.rosterAt(cut.height).forEach((key, i) => {
      const tip = cut.tips[i];
      const lane = lanes.get(key);
      if (tip === undefined || lane === undefined) return;
      const shown = this.shownOf(lane);
      shown.covered = Math.max(shown.covered, tip.seq);
      this.note(shown, tip.seq);
    });
  }

  private note({ offered }: Shown, seq: number): void {
    const last = offered[offered.length - 1];
    if (last === undefined || seq > last.seq) offered.push({ seq, at: this.shared.state.now });
  }

  /** The batches to offer now: held for Λ/4, covered by no proposal of this view, and not offered in it. */
  offersDue(): readonly BatchName[] {
    const { state, lanes } = this.shared;
    const names: BatchName[] = [];
    const next = this.nextOffer;
    if (next === undefined || next > state.now) return names;
    for (const key of state.roster) {
      const lane = lanes.get(key);
      if (lane === undefined || lane.forked) continue;
      for (const held of this.toOffer(lane)) {
        if (names.length >= BATCH_NAMES_MAX) break;
        names.push({ lane: key, seq: held.batch.seq, digest: held.digest });
        const shown = this.shownOf(lane);
        this.note(shown, held.batch.seq);
        shown.sentUpTo = held.batch.seq;
      }
    }
    this.lastOfferAt = state.now;
    this.shownOnes++;
    return names;
  }

  private toOffer(lane: Lane): readonly HeldBatch[] {
    const { now } = this.shared.state;
    const shown = this.shown.get(lane);
    const known = Math.max(shown?.sentUpTo ?? NOTHING, shown?.covered ?? NOTHING);
    if (lane.newestSeq <= known) return [];
    const heldBefore = now - this.delay / 4n;
    return lane.beyond(lane.settled).filter((held) => held.batch.seq > known && held.heldAt <= heldBefore);
  }

  /** When the next batch is old enough to be offered. */
  get nextOffer(): Nanos | undefined {
    const { state, lanes } = this.shared;
    const known = this.oldest;
    const stands =
      known?.lanes === lanes.version && known.shown === this.shownOnes && known.roster === state.roster;
    const next = stands ? known.at : this.oldestUnoffered();
    if (!stands)
      this.oldest = { lanes: lanes.version, shown: this.shownOnes, roster: state.roster, at: next };
    if (next === undefined) return undefined;
    // Offers gather for a while: in an outage every heartbeat would otherwise be an offer of its own.
    const paced = this.lastOfferAt + this.delay / 8n;
    return Nanos.of(next > paced ? next : paced);
  }

  private oldestUnoffered(): bigint | undefined {
    const { state, lanes } = this.shared;
    let oldest: bigint | undefined;
    for (const key of state.roster) {
      const lane = lanes.get(key);
      if (lane === undefined || lane.forked) continue;
      const at = this.firstUnoffered(lane);
      if (at !== undefined && (oldest === undefined || at < oldest)) oldest = at;
    }
    return oldest;
  }

  private firstUnoffered(lane: Lane): bigint | undefined {
    const shown = this.shown.get(lane);
    const known = Math.max(shown?.sentUpTo ?? NOTHING, shown?.covered ?? NOTHING, lane.settled.seq);
    if (lane.newestSeq <= known) return undefined;
    const first = lane.firstOf(known + 1);
    return first === undefined ? undefined : first.heldAt + this.delay / 4n;
  }

  /** V-2: the lane whose tip falls short of what was held and offered Λ before this arrived. */
  shortfall(open: OpenCut, point: OrderPoint, arrivedAt: Nanos): ValidatorKey | undefined {
    const { state, lanes } = this.shared;
    if (point.full || state.delivered.height < this.waivedUntil) return undefined;
    const before = arrivedAt - this.delay;
    return state.rosterAt(open.cut.height).find((key, i) => {
      const lane = lanes.get(key);
      const tip = open.cut.tips[i];
      const from = open.from[i];
      // Joiners' lanes are bound by C-1 and C-3 alone (E-1), forked ones by nothing (V-2).
      if (lane === undefined || tip === undefined || from === undefined) return false;
      if (lane.forked || i >= state.committee.n) return false;
      if (this.dueBefore(lane, before) <= tip.seq) return false;
      return !this.atLimit(lane, from, tip, point.liveCounts[i] ?? 0);
    });
  }

  /** The highest number that was both held and offered (or shown) by then. */
  private dueBefore(lane: Lane, before: bigint): number {
    if (!this.shared.state.rules.agreement.blamesAfterOffer) return newestHeldBy(lane, before);
    const offered = this.shown.get(lane)?.offered ?? [];
    for (let i = offered.length - 1; i >= 0; i--) {
      const entry = offered[i];
      if (entry === undefined || entry.at > before) continue;
      const held = lane.firstOf(entry.seq);
      if (held !== undefined && held.heldAt <= before) return entry.seq;
    }
    return NOTHING;
  }

  /** C-3: a tip that may go no further. */
  private atLimit(lane: Lane, from: LanePlace, tip: Tip, live: number): boolean {
    const { laneAheadBatches, laneAheadBytes, liveMax } = this.shared.state.params;
    const passed = lane.path(from, tip) ?? [];
    const bytes = passed.reduce((sum, held) => sum + held.bytes, 0);
    const next = lane.firstOf(tip.seq + 1);
    return (
      passed.length >= laneAheadBatches ||
      bytes + (next?.bytes ?? 0) > laneAheadBytes ||
      live + (next?.records.length ?? 0) > liveMax
    );
  }
}

/** The highest number that was held by then, whoever knows of it. */
function newestHeldBy(lane: Lane, before: bigint): number {
  const held = lane.beyond(lane.settled).filter((it) => it.heldAt <= before);
  return held.at(-1)?.batch.seq ?? NOTHING;
}
