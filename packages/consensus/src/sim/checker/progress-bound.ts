import { MILLISECOND, Nanos } from "@touchmark/core";
import type { Params } from "../../params.ts";
import { earliest } from "./bigints.ts";
import type { ProgressBound, RunSetup } from "./setup.ts";

/** What a healed cluster needs when its first leader is correct: resends, fetches, catching up. */
const SETTLING = 10_000n * MILLISECOND;
/** Resends in a row that a machine may miss at the end of a run. */
const RESENDS = 5n;

/**
 * The bound where a run names none; for a run whose faults lasted `outage` in all, if that is given.
 * - views: f + 2: one that timers are in the middle of, one for each faulty leader, and the one that works.
 * - within: 10 s of settling; those views' timers, each twice the one before and none above the cap (P-5),
 *   the first at most its beginning plus the outage, in which all before it ran out; 1.25 Λ, which a hostile
 *   leader can delay a transaction without being replaced, with Λ doubled for every view of the outage and
 *   after it, and capped (V-2); and twice the clocks' error, by which a horizon may lag behind a stamp.
 * - lag: five resend intervals (P-6).
 */
export function defaultProgress(setup: RunSetup, outage?: Nanos): ProgressBound {
  const { params, genesis, clockErrorMax } = setup;
  const views = Math.floor((genesis.validators.length - 1) / 3) + 2;
  const lasted = outage ?? params.viewTimeoutMax;
  const delay = inclusionDelayAfter(params, views, lasted);
  const within = SETTLING + sumOfTimers(params, views, lasted) + (5n * delay) / 4n + 2n * clockErrorMax;
  return { views, within: Nanos.of(within), lag: Nanos.of(RESENDS * params.resendInterval) };
}

function sumOfTimers({ viewTimeout, viewTimeoutMax }: Params, views: number, outage: bigint): bigint {
  let sum = 0n;
  for (let view = 0; view < views; view++) {
    sum += earliest(viewTimeoutMax, (viewTimeout + outage) << BigInt(view));
  }
  return sum;
}

/** After k views of an outage their timers add up to viewTimeout · (2^k − 1), and Λ is Λ0 · 2^k. */
function inclusionDelayAfter(params: Params, views: number, outage: bigint): bigint {
  const { inclusionDelay, inclusionDelayMax, viewTimeout } = params;
  return earliest(inclusionDelayMax, (inclusionDelay * (outage / viewTimeout + 1n)) << BigInt(views));
}
