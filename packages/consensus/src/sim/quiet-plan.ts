import { defaultParams, type Params } from "../params.ts";
import type { Plan, Submission } from "./plan.ts";
import { MICROS, MILLIS, SECONDS, toTrueTime } from "./true-time.ts";

export interface QuietPlanOptions {
  readonly seed: number;
  readonly validators: number;
  readonly params?: Params;
  /** How many transactions clients make, one every 50 ms. */
  readonly transactions?: number;
}

const SUBMIT_EVERY = 50 * MILLIS;
const TRANSACTIONS = 40;
const BYTES = 200;

/** A plan in which nothing goes wrong, to begin from: links of 1 to 2 ms, faultless clocks, quick disks. */
export function quietPlan(options: QuietPlanOptions): Plan {
  const { seed, validators } = options;
  const params = options.params ?? defaultParams(validators);
  const numbers = Array.from({ length: validators }, (_, number) => number);
  const count = options.transactions ?? TRANSACTIONS;
  const submissions = Array.from({ length: count }, (_, turn): Submission => {
    const at = (turn + 1) * SUBMIT_EVERY;
    const validFor = Math.floor(toTrueTime(params.ttl) / 2);
    return { at, to: [turn % validators], validFor, bytes: BYTES, sender: "known", isJunk: false };
  });
  return {
    seed,
    params,
    validators,
    joiners: 0,
    machines: numbers.map((key) => ({
      key,
      place: 0,
      adversary: undefined,
      clock: { offset: 0, driftPpm: 0 },
      disk: { least: 100 * MICROS, spread: 100 * MICROS },
      execution: { least: 100 * MICROS, spread: 100 * MICROS, perTransaction: 0 },
      content: { checkLeast: 100 * MICROS, checkSpread: 100 * MICROS, forwardTo: 0 },
    })),
    links: {
      least: numbers.map(() => numbers.map(() => MILLIS)),
      spread: MILLIS,
      loss: 0,
      duplication: 0,
      reorders: false,
    },
    setChanges: [],
    faults: [],
    submissions,
    healedAt: 0,
    deadline: (count + 1) * SUBMIT_EVERY + 20 * SECONDS,
    heightsWanted: 1,
    encodes: false,
  };
}
