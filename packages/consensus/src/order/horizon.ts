import { assert, must } from "@touchmark/core";
import type { LaneAdvance } from "./order-point.ts";
import type { OrderRules } from "./rules.ts";

/** C-2: what a block takes. */
export interface BlockLimits {
  readonly blockTransactionsMax: number;
  readonly blockBytesMax: number;
}

/** C-2: up to here at least n − f lanes are complete, and f slow or dead ones don't hold it back. */
export function horizonOf(lanes: readonly LaneAdvance[], f: number, rules: OrderRules): bigint {
  const heads = new BigUint64Array(lanes.filter(({ counts }) => counts).map(({ head }) => head));
  assert(heads.length > f, "C-2: more lanes count than may be faulty");
  return must(heads.sort()[rules.lanesBehind(heads.length, f)], "head");
}

/** What is due at the horizon of the tips, by ascending c. */
export interface DueList {
  readonly length: number;
  stampAt(place: number): bigint;
  bytesAt(place: number): number;
}

export interface HorizonChoice {
  readonly horizon: bigint;
  /** How many of the list, from its beginning, are due at that horizon. */
  readonly due: number;
  readonly full: boolean;
}

/** How many, from the first, fit a block. */
export function prefixThatFits(
  length: number,
  bytesAt: (place: number) => number,
  limits: BlockLimits,
): number {
  let bytes = 0;
  for (let place = 0; place < length; place++) {
    bytes += bytesAt(place);
    if (place >= limits.blockTransactionsMax || bytes > limits.blockBytesMax) return place;
  }
  return length;
}

/**
 * C-2: the horizon is not the leader's to choose. If all that is due fits, it is that of the tips; else the
 * largest one at which what is due fits; and if already at parent + 1 too much is due, that one, and the
 * block takes what fits in the order of O-3.
 */
export function chooseHorizon(
  list: DueList,
  parentHorizon: bigint,
  ofTips: bigint,
  limits: BlockLimits,
): HorizonChoice {
  const fits = prefixThatFits(list.length, (place) => list.bytesAt(place), limits);
  if (fits === list.length) {
    return { horizon: ofTips, due: list.length, full: false };
  }
  // The first stamp at which it is too much. What shares it with the last that fit stays out with it.
  const tooMuchAt = list.stampAt(fits);
  const least = parentHorizon + 1n;
  if (tooMuchAt > least) {
    return { horizon: tooMuchAt - 1n, due: countBelow(list, tooMuchAt), full: true };
  }
  return { horizon: least, due: countBelow(list, least + 1n), full: true };
}

function countBelow(list: DueList, stamp: bigint): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list.stampAt(middle) < stamp) low = middle + 1;
    else high = middle;
  }
  return low;
}
