import type { Prng } from "@touchmark/core";
import type { Submission } from "./plan.ts";
import type { SenderKind } from "./transaction-pool.ts";
import { MILLIS, SECONDS, type TrueTime } from "./true-time.ts";

export interface Workload {
  readonly validators: number;
  /** O-2: the longest that a transaction may stay valid. */
  readonly ttl: TrueTime;
  readonly until: TrueTime;
  /** C-2: what a block takes; more than a few blocks' worth at once would only measure a queue. */
  readonly blockTransactionsMax: number;
}

const FIRST_AT = 60 * MILLIS;
const MOMENTS = 45;
const BURST_MAX = 40;
const BURST_BLOCKS_MAX = 3;
const BYTES_MAX = 2_000;
/** Clocks are ahead of true time by no more than this part of the TTL, so that validUntil is within stamp + TTL. */
const VALID_SHARE = 0.9;

function createSubmission(prng: Prng, workload: Workload, at: TrueTime): Submission {
  const drawn = prng.fraction();
  const machines = prng.shuffle(Array.from({ length: workload.validators }, (_, machine) => machine));
  // Most clients know one machine, some a few, some all of them.
  const known = drawn < 0.6 ? 1 : drawn < 0.85 ? Math.min(2, machines.length) : machines.length;
  const sender = prng.fraction();
  const kind: SenderKind = sender < 0.92 ? "known" : sender < 0.97 ? "known later" : "unknown";
  const longest = Math.floor(workload.ttl * VALID_SHARE);
  const validFor = prng.chance(0.88) ? longest : Math.min(longest, prng.between(200, 4_000) * MILLIS);
  return {
    at,
    to: machines.slice(0, known),
    validFor,
    bytes: prng.between(100, BYTES_MAX),
    sender: kind,
    isJunk: prng.chance(0.03),
  };
}

/** What clients do in a run, ascending: a steady trickle, and bursts in one moment. */
export function planSubmissions(prng: Prng, workload: Workload): readonly Submission[] {
  const submissions: Submission[] = [];
  const span = workload.until - FIRST_AT;
  for (let moment = 0; moment < MOMENTS; moment++) {
    const at = FIRST_AT + Math.floor((span * moment) / MOMENTS) + prng.below(20 * MILLIS);
    submissions.push(createSubmission(prng, workload, at));
  }
  const bursts = prng.below(3);
  const burstMax = Math.min(BURST_MAX, BURST_BLOCKS_MAX * workload.blockTransactionsMax);
  for (let burst = 0; burst < bursts; burst++) {
    const at = FIRST_AT + Math.floor(span * prng.fraction());
    const size = prng.between(3, burstMax);
    for (let i = 0; i < size; i++)
      submissions.push(createSubmission(prng, workload, at + prng.below(3 * MILLIS)));
  }
  return submissions.sort((a, b) => a.at - b.at);
}

/** How long after healing clients go on. */
export const AFTER_HEALING = SECONDS;
