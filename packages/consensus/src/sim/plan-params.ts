import type { Nanos, Prng } from "@touchmark/core";
import { checkParams, defaultParams, type Params } from "../params.ts";
import { MILLIS, SECONDS, type TrueTime, toDuration } from "./true-time.ts";

/** Part of the runs that have the very numbers a chain would have; the others have limits that are soon reached. */
const DEFAULT_SHARE = 0.25;
const CHANGE_SHARE = 0.35;

function nanosBetween(prng: Prng, least: TrueTime, most: TrueTime): Nanos {
  const step = MILLIS;
  return toDuration(prng.between(Math.floor(least / step), Math.floor(most / step)) * step);
}

/** Limits that a short run reaches: small blocks, short lanes, quick idle blocks. */
function tightened(prng: Prng, params: Params): Params {
  const maybe = <T>(value: () => T, otherwise: T): T => (prng.chance(CHANGE_SHARE) ? value() : otherwise);
  const limited = {
    ...params,
    ttl: maybe(() => nanosBetween(prng, 20 * SECONDS, 60 * SECONDS), params.ttl),
    idleInterval: maybe(() => nanosBetween(prng, SECONDS, 5 * SECONDS), params.idleInterval),
    // S-4: between distant machines every batch interval fills a run with heartbeats.
    batchInterval: maybe(() => params.batchInterval, nanosBetween(prng, 10 * MILLIS, 40 * MILLIS)),
    blockTransactionsMax: maybe(() => prng.between(4, 16), params.blockTransactionsMax),
    batchSightingsMax: maybe(() => prng.between(2, 16), params.batchSightingsMax),
    laneAheadBatches: maybe(() => prng.between(8, 64), params.laneAheadBatches),
    liveMax: maybe(() => prng.between(1_024, 2_048), params.liveMax),
    calmHeights: maybe(() => prng.between(5, 20), params.calmHeights),
    snapshotEvery: maybe(() => prng.between(5, 15), params.snapshotEvery),
  };
  // Y-1: in half of the runs with frequent snapshots blocks are kept no longer than two of them.
  const keepsFew = limited.snapshotEvery % 2 === 1;
  return keepsFew ? { ...limited, keptHeights: Math.max(2 * params.window, limited.snapshotEvery) } : limited;
}

/** E-1: epochs that end within a run, and a TTL after which a joiner is ready within it (E-2). */
function withShortEpochs(prng: Prng, params: Params): Params {
  return {
    ...params,
    ttl: toDuration(3 * SECONDS),
    inclusionDelayMax: toDuration(2 * SECONDS),
    epochHeights: prng.between(params.window + 6, params.window + 16),
  };
}

export function planParams(prng: Prng, n: number, window: number | undefined, hasEpochs: boolean): Params {
  const defaults = defaultParams(n);
  const windowed = window === undefined ? defaults : { ...defaults, window };
  const limited = prng.chance(DEFAULT_SHARE) ? windowed : tightened(prng, windowed);
  const params = hasEpochs ? withShortEpochs(prng, limited) : limited;
  checkParams(params);
  return params;
}
