import { must, Prng } from "@touchmark/core";
import { expect, test } from "vitest";
import { ADVERSARIES } from "../../../src/sim/adversaries/all.ts";
import type { Fault } from "../../../src/sim/fault.ts";
import type { Plan } from "../../../src/sim/plan.ts";
import type { RunResult } from "../../../src/sim/run.ts";
import { MILLIS, SECONDS } from "../../../src/sim/true-time.ts";
import { hostilePlan, judge, range } from "./plans.ts";

const KINDS: readonly string[] = [...ADVERSARIES.keys()];
const TRANSACTIONS = 30;
const HEIGHTS = 15;
const CRASH_AT = 600 * MILLIS;
const BACK_AT = 1_600 * MILLIS;

/** Which machines are faulty: the first leaders, or any. */
function faultyOf(seed: number, validators: number): readonly number[] {
  const f = Math.floor((validators - 1) / 3);
  const machines = range(validators);
  return seed % 2 === 0 ? machines.slice(0, f) : new Prng(seed).shuffle(machines).slice(0, f);
}

/** f hostile validators, and one correct one that goes down for a second in every third run. */
function planOf(seed: number, validators: number, kindOf: (place: number) => string): Plan {
  const faulty = faultyOf(seed, validators);
  const adversaries = new Map(faulty.map((machine, place) => [machine, kindOf(place)]));
  const plan = hostilePlan({ seed, validators, adversaries, transactions: TRANSACTIONS });
  const correct = range(validators).filter((machine) => !faulty.includes(machine));
  const victims = [must(correct[seed % correct.length], "a correct machine")];
  const faults: readonly Fault[] =
    seed % 3 !== 0
      ? []
      : [
          { kind: "crash", machines: victims, at: CRASH_AT },
          { kind: "restart", machines: victims, at: BACK_AT },
        ];
  return { ...plan, faults, healedAt: BACK_AT, heightsWanted: HEIGHTS, deadline: BACK_AT + 60 * SECONDS };
}

function expectGood({ violations, counts }: RunResult): void {
  expect(violations).toEqual([]);
  expect(counts.heights).toBeGreaterThanOrEqual(HEIGHTS);
  expect(counts.transactions).toBeGreaterThanOrEqual(TRANSACTIONS / 2);
}

/** All f of one kind. */
export function faultyTests(sizes: readonly number[], seeds: readonly number[]): void {
  const cases = sizes.flatMap((validators) => KINDS.map((kind) => ({ validators, kind })));
  test.each(cases)(
    "all f of n = $validators validators $kind: nothing is violated, and heights come",
    ({ validators, kind }) => {
      let acts = 0;
      for (const seed of seeds) {
        const result = judge(planOf(seed, validators, () => kind));
        expectGood(result);
        acts += result.counts.acts.get(kind) ?? 0;
      }
      expect(acts).toBeGreaterThan(0);
    },
  );
}

/** Every faulty one of a kind of its own. */
export function mixedTests(sizes: readonly number[], seeds: readonly number[]): void {
  test.each(sizes)(
    "f different adversaries among %i validators: nothing is violated, and heights come",
    (validators) => {
      for (const seed of seeds) {
        const kinds = new Prng(seed).fork("kinds").shuffle(KINDS);
        expectGood(judge(planOf(seed, validators, (place) => must(kinds[place % kinds.length], "a kind"))));
      }
    },
  );
}
