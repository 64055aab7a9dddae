import {
  assert,
  bytesToKey,
  type Digest,
  equalBytes,
  type Height,
  isRejection,
  type Nanos,
} from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import { type LanePlace, placeOf } from "../lanes/lane.ts";
import type { LaneSet } from "../lanes/lane-set.ts";
import type { BatchName, Cut, Tip } from "../messages.ts";
import type { LaneAdvance, OrderBook } from "../order/order-book.ts";
import type { OrderPoint } from "../order/order-point.ts";
import type { ReplicaState } from "../replica-state.ts";
import { cutDigest } from "../signing.ts";
import type { TransactionRecord } from "../transactions.ts";

/** A cut above the last delivered one, and the order that follows from it once everything for it is held. */
export interface OpenCut {
  readonly cut: Cut;
  readonly digest: Digest;
  readonly key: string;
  /** Set once: the order after this cut, and how far each lane has got with it. */
  point: OrderPoint | undefined;
  places: readonly LanePlace[];
  /** Where its parent had got to. */
  from: readonly LanePlace[];
  /** V-3: by how much the lane moves that moves by most, as a part of what C-3 allows. */
  tipsAdvance: number;
  /** What was missing last time, and as of what: nothing else can be missing until that has changed. */
  missing: { readonly since: string; readonly evaluation: Evaluation } | undefined;
  /** Set once: it breaks a rule that every correct replica judges alike. */
  invalid: string | undefined;
}

export type Evaluation =
  | { readonly kind: "ready"; readonly point: OrderPoint }
  | { readonly kind: "needsParent" }
  | { readonly kind: "needsBatches"; readonly names: readonly BatchName[] }
  | { readonly kind: "needsContent"; readonly records: readonly TransactionRecord[] }
  | { readonly kind: "invalid"; readonly why: string };

/** A cut that could be proposed now. */
export interface Candidate {
  readonly cut: Cut;
  readonly point: OrderPoint;
  readonly tipsAdvance: number;
}

interface Parent {
  readonly height: Height;
  readonly digest: Digest;
  readonly horizon: Nanos;
  readonly point: OrderPoint;
  readonly places: readonly LanePlace[];
}

/**
 * The cuts that are open: proposed, re-proposed or certified, not delivered. Whether a cut is valid (C-1,
 * C-2, C-3) follows from the cut, its parents and the lanes, so every correct replica judges it alike.
 */
export class OpenChain {
  private readonly state: ReplicaState;
  private readonly lanes: LaneSet;
  private readonly book: OrderBook;
  private readonly cuts = new Map<string, OpenCut>();
  /** Rises whenever a cut comes or goes. */
  private version = 0;

  constructor(state: ReplicaState, lanes: LaneSet, book: OrderBook) {
    this.state = state;
    this.lanes = lanes;
    this.book = book;
  }

  get order(): OrderBook {
    return this.book;
  }

  add(cut: Cut, digest: Digest = this.digestOf(cut)): OpenCut {
    const key = bytesToKey(digest);
    const known = this.cuts.get(key);
    if (known !== undefined) return known;
    const open: OpenCut = {
      cut,
      digest,
      key,
      point: undefined,
      places: [],
      from: [],
      tipsAdvance: 0,
      missing: undefined,
      invalid: undefined,
    };
    this.cuts.set(key, open);
    this.version++;
    return open;
  }

  /** The digest of a cut that may or may not be worth keeping. */
  digestOf(cut: Cut): Digest {
    return cutDigest(this.state.chain, this.state.committee.epoch, cut);
  }

  find(digest: Digest): OpenCut | undefined {
    return this.cuts.get(bytesToKey(digest));
  }

  private get settledParent(): Parent {
    const { height, digest, horizon } = this.state.delivered;
    const places = this.state.rosterAt(height).map((key) => this.settledPlace(key));
    return { height, digest, horizon, point: this.book.settled, places };
  }

  private settledPlace(key: ValidatorKey): LanePlace {
    const lane = this.lanes.get(key);
    assert(lane !== undefined, "a lane of the roster is admitted");
    return lane.settled;
  }

  /** Where the parent left this lane; rosters differ where joiners were admitted between the two. */
  private placeIn(parent: Parent, key: ValidatorKey, i: number): LanePlace {
    const roster = this.state.rosterAt(parent.height);
    const at = roster[i] === key ? i : roster.findIndex((other) => equalBytes(other, key));
    return parent.places[at] ?? this.settledPlace(key);
  }

  private parentOf(height: number, digest: Digest): Parent | undefined {
    const { delivered } = this.state;
    const key = bytesToKey(digest);
    if (height === delivered.height + 1) {
      return key === bytesToKey(delivered.digest) ? this.settledParent : undefined;
    }
    const open = this.cuts.get(key);
    if (open === undefined) return undefined;
    const { kind } = this.evaluate(open);
    if (kind !== "ready" || open.point === undefined || open.cut.height !== height - 1) return undefined;
    const { horizon } = open.cut;
    return { height: open.cut.height, digest: open.digest, horizon, point: open.point, places: open.places };
  }

  /** C-1, C-2, C-3, and what is missing to judge them (V-1). */
  evaluate(open: OpenCut): Evaluation {
    if (open.point !== undefined) return { kind: "ready", point: open.point };
    if (open.invalid !== undefined) return { kind: "invalid", why: open.invalid };
    const since = `${this.state.executedHeight}/${this.state.delivered.height}/${this.lanes.version}/${this.state.table.contents}/${this.version}`;
    if (open.missing?.since === since) return open.missing.evaluation;
    const evaluation = this.judge(open);
    const isMissing = evaluation.kind !== "ready" && evaluation.kind !== "invalid";
    open.missing = isMissing ? { since, evaluation } : undefined;
    return evaluation;
  }

  private judge(open: OpenCut): Evaluation {
    const { cut } = open;
    // E-1: which lanes run at this height is known W heights after the one that says so was executed.
    if (this.state.executedHeight < cut.height - this.state.params.window) return { kind: "needsParent" };
    const parent = this.parentOf(cut.height, cut.parent);
    if (parent === undefined) return { kind: "needsParent" };
    // C-1: one tip for each lane of the roster, in its order.
    const roster = this.state.rosterAt(cut.height);
    if (cut.tips.length !== roster.length) return this.refuse(open, "C-1 TIPS");
    const advances = this.advances(roster, parent, cut.tips);
    if (Array.isArray(advances.missing)) return { kind: "needsBatches", names: advances.missing };
    if (advances.why !== undefined) return this.refuse(open, advances.why);
    const point = this.extend(parent, cut.height, advances.lanes);
    if (isRejection(point)) return this.refuse(open, `C-2 ${point}`);
    if ("missing" in point) return { kind: "needsContent", records: point.missing };
    // C-2: the horizon follows from the tips; the leader has no say in it.
    if (point.horizon !== cut.horizon) return this.refuse(open, "C-2 HORIZON");
    if (this.tooManyLive(point)) return this.refuse(open, "C-3 LIVE");
    open.point = point;
    open.places = advances.places;
    open.tipsAdvance = advances.farthest;
    open.from = roster.map((key, i) => this.placeIn(parent, key, i));
    return { kind: "ready", point };
  }

  private refuse(open: OpenCut, why: string): Evaluation {
    open.invalid = why;
    return { kind: "invalid", why };
  }

  private extend(
    parent: Parent,
    height: Height,
    lanes: readonly LaneAdvance[],
  ): ReturnType<OrderBook["extend"]> {
    const { f } = this.state.committee;
    return this.book.extend(parent.point, { height, parentDigest: parent.digest, f, lanes });
  }

  /** C-3: no lane keeps more live sightings than it may. */
  private tooManyLive(point: OrderPoint): boolean {
    return point.liveCounts.some((count) => count > this.state.params.liveMax);
  }

  private advances(roster: readonly ValidatorKey[], parent: Parent, tips: readonly Tip[]): Advances {
    const lanes: LaneAdvance[] = [];
    const places: LanePlace[] = [];
    const missing: BatchName[] = [];
    let why: string | undefined;
    let farthest = 0;
    roster.forEach((key, i) => {
      const tip = tips[i];
      const from = this.placeIn(parent, key, i);
      const lane = this.lanes.get(key);
      if (tip === undefined || lane === undefined) return;
      // C-3: by its number alone, before anything for it is asked for.
      if (tip.seq > from.seq + this.state.params.laneAheadBatches) {
        why = "C-3 AHEAD";
        return;
      }
      const path = lane.path(from, tip);
      if (path === undefined) {
        const name = tip.seq > from.seq ? lane.need(tip) : undefined;
        // C-1: what is all held and yet no chain from the parent's tip never will be one.
        if (name === undefined) why = "C-1 CHAIN";
        else missing.push(name);
        return;
      }
      const share = this.shareOf(path);
      farthest = Math.max(farthest, share);
      if (share > 1) why = "C-3 AHEAD";
      const last = path[path.length - 1];
      const place = last === undefined ? from : placeOf(last);
      places.push(place);
      const counts = i < this.state.committee.n && !lane.dead;
      if (lane.dead && path.length > 0) why = "E-1 DEAD LANE";
      lanes.push({ key, tip, head: place.head, batches: path, counts });
    });
    return { lanes, places, missing: missing.length > 0 ? missing : undefined, why, farthest };
  }

  /** C-3: how much of what a lane may move by this is. */
  private shareOf(path: readonly { readonly bytes: number }[]): number {
    const { laneAheadBatches, laneAheadBytes } = this.state.params;
    const bytes = path.reduce((sum, held) => sum + held.bytes, 0);
    return Math.max(path.length / laneAheadBatches, bytes / laneAheadBytes);
  }

  /** O-5: the cut that a leader would propose on this parent: every lane as far as it is held and allowed. */
  candidate(height: Height, parentDigest: Digest): Candidate | readonly TransactionRecord[] | undefined {
    const parent = this.parentOf(height, parentDigest);
    if (parent === undefined) return undefined;
    const roster = this.state.rosterAt(height);
    const tips = roster.map((key, i) => this.farthestTip(key, this.placeIn(parent, key, i)));
    const whole = this.candidateOf(parent, height, tips);
    if (whole === undefined || "length" in whole || !this.tooManyLive(whole.point)) return whole;
    this.discard(whole.point);
    // C-3: a lane with more live sightings than it may have goes as far as they fit, by the same count that judges it.
    const { liveCounts } = whole.point;
    const shorter = roster.map((key, i) =>
      this.tipWithout(key, this.placeIn(parent, key, i), tips[i], parent.point, liveCounts[i] ?? 0),
    );
    return this.candidateOf(parent, height, shorter);
  }

  /** The tip, or the farthest one before it up to which the lane's live sightings fit. */
  private tipWithout(
    key: ValidatorKey,
    from: LanePlace,
    farthest: Tip | undefined,
    parent: OrderPoint,
    live: number,
  ): Tip {
    const path = [...((farthest && this.lanes.get(key)?.path(from, farthest)) ?? [])];
    let excess = live - this.state.params.liveMax;
    while (excess > 0) {
      const last = path.pop();
      if (last === undefined) break;
      excess -= this.book.countLive(parent, [last]);
    }
    const last = path[path.length - 1];
    const { seq, digest } = last === undefined ? from : placeOf(last);
    return { seq, digest };
  }

  private candidateOf(
    parent: Parent,
    height: Height,
    tips: readonly Tip[],
  ): Candidate | readonly TransactionRecord[] | undefined {
    const advances = this.advances(this.state.rosterAt(height), parent, tips);
    if (advances.missing !== undefined || advances.why !== undefined) return undefined;
    const point = this.extend(parent, height, advances.lanes);
    if (isRejection(point)) return undefined;
    if ("missing" in point) return point.missing;
    const cut: Cut = { height, parent: parent.digest, horizon: point.horizon, tips };
    return { cut, point, tipsAdvance: advances.farthest };
  }

  private farthestTip(key: ValidatorKey, from: LanePlace): Tip {
    const lane = this.lanes.get(key);
    assert(lane !== undefined, "a lane of the roster is admitted");
    const { laneAheadBatches, laneAheadBytes } = this.state.params;
    let place = from;
    let bytes = 0;
    let count = 0;
    for (const held of lane.dead ? [] : lane.beyond(from)) {
      bytes += held.bytes;
      count++;
      if (count > laneAheadBatches || bytes > laneAheadBytes) break;
      place = placeOf(held);
    }
    return { seq: place.seq, digest: place.digest };
  }

  /** A candidate that nobody proposes: the order needn't keep what follows from it. */
  discard(point: OrderPoint): void {
    for (const open of this.cuts.values()) if (open.point === point) return;
    this.book.drop(point);
  }

  /** P-6: lets go of the cuts that nothing names, and that none of those hangs on which something names. */
  retain(isNamed: (open: OpenCut) => boolean): void {
    const needed = new Set<string>();
    for (const open of [...this.cuts.values()].sort((a, b) => b.cut.height - a.cut.height)) {
      if (needed.has(open.key) || isNamed(open)) {
        needed.add(bytesToKey(open.cut.parent));
        continue;
      }
      this.cuts.delete(open.key);
      this.version++;
      if (open.point !== undefined) this.discard(open.point);
    }
    this.lanes.trim((lane) => this.tipsOn(lane.key));
  }

  private tipsOn(key: ValidatorKey): readonly Tip[] {
    return [...this.cuts.values()].flatMap(({ cut }) => {
      const place = this.state.rosterAt(cut.height).findIndex((other) => equalBytes(other, key));
      return cut.tips[place] ?? [];
    });
  }

  /** The cut was delivered: what was open on another parent, or lower, is gone. */
  settle(open: OpenCut, point: OrderPoint): void {
    this.book.settle(point);
    for (const { txid } of point.transactions) {
      const record = this.state.table.find(txid);
      if (record !== undefined) record.orderedAt = open.cut.height;
    }
    this.state.rosterAt(open.cut.height).forEach((key, i) => {
      const tip = open.cut.tips[i];
      if (tip !== undefined) this.lanes.settle(key, tip);
    });
    for (const [key, other] of this.cuts) if (other.cut.height <= open.cut.height) this.cuts.delete(key);
  }

  /** At an epoch's end nothing is open, and cuts of the old epoch mean nothing in the new one. */
  clear(): void {
    this.cuts.clear();
    this.lanes.trim(() => []);
  }
}

interface Advances {
  readonly lanes: readonly LaneAdvance[];
  readonly places: readonly LanePlace[];
  readonly missing: readonly BatchName[] | undefined;
  readonly why: string | undefined;
  /** V-3: of the lane that moves by most, as a part of what C-3 allows. */
  readonly farthest: number;
}
