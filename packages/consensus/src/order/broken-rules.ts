import { FAIR_ORDER, type OrderRules } from "./rules.ts";

/** Rules that are wrong on purpose. Nothing but negative controls may use them; each breaks a named promise. */

/** Without O-1's minimum: the lower median of the stamps that happen to be there. One liar moves it. */
export const PRESENT_MEDIAN: OrderRules = {
  ...FAIR_ORDER,
  stampsBelow: (present) => (present - 1) >> 1,
};

/** O-2 with the memory cut short: what is in a block is forgotten when it expires. */
export const FORGETS_AT_VALID_UNTIL: OrderRules = {
  ...FAIR_ORDER,
  rememberedUntil: (validUntil) => validUntil,
};

/**
 * O-2 by the letter of a time to live: forgotten when it expires, and judged by its own stamps alone. Then
 * "expired" is not definite: what a late lane brings up is ordered after all.
 */
export const LITERAL_TTL: OrderRules = {
  ...FORGETS_AT_VALID_UNTIL,
  isInTime: (c, _parentHorizon, validUntil, ttl) => c <= validUntil && validUntil - c <= ttl,
};

/** O-4 without the parent's horizon: a late transaction gets a time before timers that have run. */
export const TIME_BEFORE_TIMER: OrderRules = {
  ...FAIR_ORDER,
  time: (c, _parentHorizon, previousTime) => (c > previousTime ? c : previousTime + 1n),
};

/** E-1: a joiner's lane starts empty with its first epoch. */
export const JOINER_RESIGHTS: OrderRules = { ...FAIR_ORDER, keepsUncounted: false };

/** O-2 without its memory: what a lane sights late is ordered once more. */
export const NO_MEMORY: OrderRules = { ...FAIR_ORDER, rememberedUntil: () => 0n };

/** C-2: where not even the least horizon lets what is due fit, no block takes any of it. */
export const ALL_OR_NOTHING: OrderRules = { ...FAIR_ORDER, takesPrefix: false };

/** C-2 with a horizon through which only 2f lanes are complete: f of them may hide what the others haven't told. */
export const SHORT_QUORUM: OrderRules = {
  ...FAIR_ORDER,
  lanesBehind: (lanes, f) => Math.min(lanes - 1, lanes - 2 * f),
};

/** C-2 where every cut must move the horizon: a lane that is further below it than one cut takes never comes back. */
export const NO_CATCHING_UP: OrderRules = { ...FAIR_ORDER, catchesUp: false };
