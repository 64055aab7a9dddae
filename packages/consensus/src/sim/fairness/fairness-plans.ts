import { Prng } from "@touchmark/core";
import type { Plan, Submission } from "../plan.ts";
import { quietPlan } from "../quiet-plan.ts";
import { MILLIS, SECONDS, type TrueTime } from "../true-time.ts";

/** One message delay of all these runs. */
export const MD: TrueTime = 10 * MILLIS;

/** A later transaction comes before the earlier one is delivered, which takes about so many md. */
const CONCURRENT_WITHIN = 5;
/** From one pair to the next: each is over by then, so no pair is another's accident. */
const PAIR_EVERY = 300 * MILLIS;
const TRANSACTION_BYTES = 200;
const VALID_FOR = 60 * SECONDS;
const LOAD_PER_SECOND = 1_000;

function faultsOf(validators: number): number {
  return Math.floor((validators - 1) / 3);
}

interface PlanBase {
  readonly seed: number;
  readonly validators: number;
  /** Messages take one md and up to this much more, mostly far less. */
  readonly spread: TrueTime;
  readonly submissions: readonly Submission[];
}

function planOf({ seed, validators, spread, submissions }: PlanBase): Plan {
  const quiet = quietPlan({ seed, validators });
  const instant = { least: 0, spread: 0 };
  return {
    ...quiet,
    machines: quiet.machines.map((traits) => ({
      ...traits,
      disk: instant,
      execution: { ...instant, perTransaction: 0 },
      content: { checkLeast: 0, checkSpread: 0, forwardTo: 0 },
    })),
    links: { ...quiet.links, least: quiet.links.least.map((row) => row.map(() => MD)), spread },
    submissions,
    // No transaction but these: a pair must not be torn.
    heightsWanted: 0,
    deadline: (submissions.at(-1)?.at ?? 0) + 30 * SECONDS,
  };
}

function submit(at: TrueTime, to: number): Submission {
  return { at, to: [to], validFor: VALID_FOR, bytes: TRANSACTION_BYTES, sender: "known", isJunk: false };
}

/**
 * Pairs of concurrent transactions, one after the other: the first goes to one correct validator, the second,
 * less than 5 md later, to another. Validators 0 to f − 1, whose number 0 leads, are those that may be hostile.
 */
export function pairsPlan(seed: number, validators: number, pairs: number): Plan {
  const prng = new Prng(seed).fork("pairs");
  const hostile = faultsOf(validators);
  const correct = Array.from({ length: validators - hostile }, (_, at) => hostile + at);
  const submissions = Array.from({ length: pairs }, (_, pair) => {
    const [first = hostile, second = hostile] = prng.shuffle(correct);
    const at = (pair + 1) * PAIR_EVERY;
    const gap = 1 + prng.below(CONCURRENT_WITHIN * MD);
    return [submit(at, first), submit(at + gap, second)];
  }).flat();
  return planOf({ seed, validators, spread: MD, submissions });
}

/** One transaction through each validator, on an idle chain and links that all take one md. */
export function singlesPlan(seed: number, validators: number): Plan {
  const submissions = Array.from({ length: validators }, (_, at) => submit((at + 1) * PAIR_EVERY, at));
  return planOf({ seed, validators, spread: 0, submissions });
}

/** A thousand transactions a second, for as long as that many of them take. */
export function loadPlan(seed: number, validators: number, transactions: number): Plan {
  const every = SECONDS / LOAD_PER_SECOND;
  const submissions = Array.from({ length: transactions }, (_, at) =>
    submit(PAIR_EVERY + at * every, at % validators),
  );
  return planOf({ seed, validators, spread: MD, submissions });
}
