/**
 * The clauses of the order on which its promises hang, one function each. A research fork may replace them;
 * the simulator's negative controls do (`broken-rules.ts`), to show that its checker would notice.
 */
export interface OrderRules {
  /**
   * O-1: how many of a transaction's stamps, ascending, come before the one that is c. Where there are not
   * more than that many, c is +∞.
   */
  stampsBelow(present: number, f: number): number;
  /** O-2: stamps up to here are ignored. */
  ignoredUpTo(parentHorizon: bigint, ttl: bigint): bigint;
  /** O-2: whether a transaction whose c is within the horizon may be ordered. */
  isInTime(c: bigint, parentHorizon: bigint, validUntil: bigint, ttl: bigint): boolean;
  /** O-2: what is in a block is remembered as long as the horizon is below this. */
  rememberedUntil(validUntil: bigint, ttl: bigint): bigint;
  /** O-4: the consensus time. */
  time(c: bigint, parentHorizon: bigint, previousTime: bigint): bigint;
  /** C-2: how many of the lanes that count may have got less far than the horizon. */
  lanesBehind(lanes: number, f: number): number;
  /** C-2: whether a cut may leave the horizon where it is, and order nothing, while lanes below it catch up. */
  readonly catchesUp: boolean;
  /** C-2: whether a block takes a part of what is due where not even the least horizon lets all of it fit. */
  readonly takesPrefix: boolean;
  /** E-1: whether the sightings of a lane that doesn't count are kept until it does. */
  readonly keepsUncounted: boolean;
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export const FAIR_ORDER: OrderRules = {
  // O-1: f lanes may lie about any stamp, so the f smallest prove nothing.
  stampsBelow: (_present, f) => f,
  // O-2: near the genesis time nothing is that old yet.
  ignoredUpTo: (parentHorizon, ttl) => (parentHorizon > ttl ? parentHorizon - ttl : 0n),
  // O-2: the first clause makes "expired" definite: once the horizon is there, no late stamp brings it back.
  isInTime: (c, parentHorizon, validUntil, ttl) =>
    parentHorizon < validUntil && c <= validUntil && validUntil - c <= ttl,
  // O-2: from then on every stamp that a correct lane may have given it is ignored.
  rememberedUntil: (validUntil, ttl) => validUntil + ttl,
  // O-4: after every timer that ran in the parent's block, and after every transaction before.
  time: (c, parentHorizon, previousTime) => later(c, later(parentHorizon, previousTime) + 1n),
  // C-2: f lanes may be dead for good, and of the n − f others f + 1 are correct.
  lanesBehind: (_lanes, f) => f,
  // C-2: f lanes may have died at the horizon while another one has more to catch up than one cut takes (C-3).
  catchesUp: true,
  // C-2: a slow lane that catches up can make more due below T′ than any block takes.
  takesPrefix: true,
  keepsUncounted: true,
};
