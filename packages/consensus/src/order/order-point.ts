import type { Height, Nanos, Rejection } from "@touchmark/core";
import type { OrderedTransaction } from "../block.ts";
import type { ValidatorKey } from "../committee.ts";
import type { HeldBatch } from "../lanes/held-batch.ts";
import type { Tip } from "../messages.ts";
import type { TransactionRecord } from "../transactions.ts";

/** Of a batch, what the order looks at. */
export type SightedBatch = Pick<HeldBatch, "records" | "stamps">;

/** What a cut adds of one lane. */
export interface LaneAdvance {
  readonly key: ValidatorKey;
  /** The cut's tip of that lane. */
  readonly tip: Tip;
  /** The head of the tip's batch; of a lane that hasn't begun, the genesis time. */
  readonly head: Nanos;
  /** The batches after the parent's tip up to this tip, ascending. */
  readonly batches: readonly SightedBatch[];
  /** E-1: false for a joiner's lane before its epoch, and for a dead one: neither c nor the horizon sees it. */
  readonly counts: boolean;
}

/** A cut without its horizon, which follows from the rest (C-2). */
export interface CutAdvance {
  readonly height: Height;
  /** O-3: the digest of the parent cut, with which ties are broken. */
  readonly parentDigest: Uint8Array;
  /** How many lanes may be faulty. */
  readonly f: number;
  /** A lane that stood in the parent and isn't here has left: what it sighted counts no more. */
  readonly lanes: readonly LaneAdvance[];
}

/** A point of the order: after one cut of the chain. It never changes. */
export interface OrderPoint {
  readonly height: Height;
  /** C-2: T. */
  readonly horizon: Nanos;
  readonly parentHorizon: Nanos;
  /** C-2: more was due than the block takes, so the horizon stayed behind, or due ones wait for the next. */
  readonly full: boolean;
  /** O-3, O-4: the block. */
  readonly transactions: readonly OrderedTransaction[];
  /** O-4: the time of the last transaction of the chain. */
  readonly lastTime: Nanos;
  /** O-4: timers due up to here run in this block. */
  readonly timersUntil: Nanos;
  /** Transactions that are due after this point, and in no block yet; 0 where a memory, or genesis, led here. */
  readonly stillDue: number;
  /** C-3, for each lane of the cut: its live sightings up to its tip, judged in the parent's state. */
  readonly liveCounts: readonly number[];
  /** S-6, for each lane of the cut: its live sightings after this point. */
  readonly liveAfter: readonly number[];
}

/** V-1: what the order hangs on and isn't held here. Worth another try once each of these has its facts. */
export interface MissingContent {
  readonly missing: readonly TransactionRecord[];
}

type ExtendCode =
  /** C-1, C-2: the lanes don't reach past the parent's horizon. */
  | "HORIZON_NOT_LATER"
  /** The parent hangs on a cut that another one, delivered since, has ruled out. */
  | "PARENT_GONE";

export type Extension = OrderPoint | MissingContent | Rejection<ExtendCode>;
