import { assert, MILLISECOND, MINUTE, Nanos, SECOND } from "@touchmark/core";

/**
 * Every number that the rules name. Those that two correct validators must agree on are part of genesis;
 * a cluster in which they differ does not find agreement.
 */
export interface Params {
  /** S-4 δ: under load a batch goes out this often. */
  readonly batchInterval: Nanos;
  /** S-4: heartbeats in a row before the gap between them doubles. */
  readonly heartbeatsBeforeSlower: number;
  /** S-4: the largest gap between heartbeats while something waits. */
  readonly heartbeatGapMax: Nanos;
  readonly batchSightingsMax: number;
  readonly batchBytesMax: number;
  /** O-2: how long a stamp counts, and the longest that a transaction may stay valid. */
  readonly ttl: Nanos;
  /** C-3: how far a tip may run ahead of the parent's. */
  readonly laneAheadBatches: number;
  readonly laneAheadBytes: number;
  /** S-6: live sightings that one lane may keep. */
  readonly liveMax: number;
  readonly blockTransactionsMax: number;
  readonly blockBytesMax: number;
  readonly transactionBytesMax: number;
  /** V-3: after this long without a block an empty one is useful. */
  readonly idleInterval: Nanos;
  /** S-1: what is unverified for longer counts as never held. */
  readonly verifyHold: Nanos;
  /** S-2 (d): how long content may be missing before it is fetched. */
  readonly fetchAfter: Nanos;
  /** V-2 Λ: what was held and offered for this long must be in a cut. */
  readonly inclusionDelay: Nanos;
  readonly inclusionDelayMax: Nanos;
  /** P-5: how long something useful may wait before the view is given up. */
  readonly viewTimeout: Nanos;
  readonly viewTimeoutMax: Nanos;
  /** V-2, P-5: delays that failures doubled halve after this many delivered heights. */
  readonly calmHeights: number;
  /** P-6 */
  readonly resendInterval: Nanos;
  /** O-5: the leader's pace. */
  readonly proposalInterval: Nanos;
  /** P-2 W: open heights above the last final one. */
  readonly window: number;
  /** S-7: a clock this far ahead of the others stops its lane. */
  readonly clockAheadMax: Nanos;
  readonly clockFresh: Nanos;
  readonly pingInterval: Nanos;
  /** E-1: the fixed end of an epoch. */
  readonly epochHeights: number;
  /** Y-1: at every height divisible by this the live sightings stand under FINAL. */
  readonly snapshotEvery: number;
  /** Y-1: final heights whose batches and content a replica keeps for those that are behind. */
  readonly keptHeights: number;
}

/** The largest set of validators that the formats and the tests cover. */
export const VALIDATORS_MAX = 31;
/** The most sightings that the format of a batch takes. */
export const BATCH_SIGHTINGS_FORMAT_MAX = 1_024;
/** The most open heights that a view change can carry. */
export const WINDOW_FORMAT_MAX = 16;

function largerNanos(a: bigint, b: bigint): Nanos {
  return Nanos.of(a > b ? a : b);
}

/** The defaults for a set of n validators. */
export function defaultParams(n: number): Params {
  const params: Params = {
    batchInterval: largerNanos(5n * MILLISECOND, BigInt(n) * MILLISECOND),
    heartbeatsBeforeSlower: 10,
    heartbeatGapMax: SECOND,
    batchSightingsMax: 1_024,
    batchBytesMax: 64 * 1024,
    ttl: Nanos.of(5n * MINUTE),
    laneAheadBatches: 512,
    laneAheadBytes: 4 * 1024 * 1024,
    liveMax: 32_768,
    blockTransactionsMax: 10_000,
    blockBytesMax: 8 * 1024 * 1024,
    transactionBytesMax: 64 * 1024,
    idleInterval: Nanos.of(60n * SECOND),
    verifyHold: Nanos.of(100n * MILLISECOND),
    fetchAfter: Nanos.of(100n * MILLISECOND),
    inclusionDelay: Nanos.of(250n * MILLISECOND),
    inclusionDelayMax: Nanos.of(16n * SECOND),
    viewTimeout: SECOND,
    viewTimeoutMax: Nanos.of(30n * SECOND),
    calmHeights: 100,
    resendInterval: SECOND,
    proposalInterval: largerNanos(20n * MILLISECOND, 2n * BigInt(n) * MILLISECOND),
    window: 4,
    clockAheadMax: SECOND,
    clockFresh: Nanos.of(10n * SECOND),
    pingInterval: Nanos.of(3n * SECOND),
    epochHeights: 10_000,
    snapshotEvery: 1_000,
    keptHeights: 2_000,
  };
  checkParams(params);
  return params;
}

/** The relations that the rules rely on. */
export function checkParams(params: Params): void {
  assert(params.window <= WINDOW_FORMAT_MAX, "P-4: a view change carries every open height");
  assert(params.batchSightingsMax <= BATCH_SIGHTINGS_FORMAT_MAX, "S-4: the format takes a whole batch");
  assert(params.window >= 1, "P-2: at least one height is open");
  assert(params.viewTimeout >= 4n * params.inclusionDelay, "P-5: a view outlasts four inclusion delays");
  assert(params.viewTimeoutMax >= params.viewTimeout, "P-5: the cap is no less than the first timeout");
  assert(params.inclusionDelayMax >= params.inclusionDelay, "V-2: the cap is no less than the first delay");
  assert(params.blockBytesMax >= params.transactionBytesMax, "C-2: every transaction fits an empty block");
  assert(params.blockTransactionsMax >= 1, "C-2: a block takes a transaction");
  assert(params.laneAheadBytes >= params.batchBytesMax, "C-3: a lane can always move by one batch");
  assert(params.laneAheadBatches >= 4, "V-3: a quarter of LANE_AHEAD is at least one batch");
  assert(params.batchSightingsMax <= params.liveMax, "S-6: a whole batch fits what may be live");
  assert(
    params.ttl > params.verifyHold + params.inclusionDelayMax,
    "O-2: a stamp outlasts its way into a cut",
  );
  assert(params.keptHeights >= 2 * params.window, "Y-1: what P-6 buffers is still there to be fetched");
  assert(
    params.epochHeights > params.window,
    "E-1: an epoch is longer than the window that drains at its end",
  );
}
