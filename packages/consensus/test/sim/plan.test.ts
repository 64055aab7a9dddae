import { describe, expect, test } from "vitest";
import { ADVERSARIES, TWINS } from "../../src/sim/adversaries/all.ts";
import { planOfSeed } from "../../src/sim/plan-of-seed.ts";

const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);

describe("the plan of a seed", () => {
  const plans = SEEDS.map((seed) => planOfSeed(seed, { epochs: true }));

  test("is always the same", () => {
    expect(SEEDS.slice(0, 40).map((seed) => planOfSeed(seed, { epochs: true }))).toEqual(plans.slice(0, 40));
  });

  test("has no more faulty validators than the protocol bears, wiped ones among them", () => {
    for (const plan of plans) {
      const hostile = plan.machines.filter((it) => it.adversary !== undefined).map((it) => it.key);
      const wiped = plan.faults.flatMap((fault) => (fault.kind === "wipe" ? [fault.machine] : []));
      const faulty = new Set([...hostile, ...wiped]);
      expect(faulty.size).toBeLessThanOrEqual(Math.floor((plan.validators - 1) / 3));
    }
  });

  test("gives twins, and nobody else, a second machine", () => {
    for (const { machines } of plans) {
      const seconds = machines.filter((it) => it.place === 1);
      const twins = machines.filter((it) => it.place === 0 && it.adversary === TWINS);
      expect(seconds.map((it) => it.key)).toEqual(twins.map((it) => it.key));
    }
  });

  test("has its faults and submissions in the order of time, and heals last", () => {
    for (const { faults, submissions, healedAt } of plans) {
      expect(faults.at(-1)).toEqual({ kind: "heal", at: healedAt });
      for (const events of [faults, submissions]) {
        const times = events.map((it) => it.at);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }
    }
  });

  test("covers every size, every kind of fault and every adversary", () => {
    expect(new Set(plans.map((it) => it.validators))).toEqual(new Set([1, 2, 3, 4, 5, 7, 10]));
    const kinds = new Set(plans.flatMap((plan) => plan.faults.map((it) => it.kind)));
    expect([...kinds].sort()).toEqual([
      "bias",
      "clockJump",
      "crash",
      "cut",
      "heal",
      "mend",
      "restart",
      "slowDisk",
      "slowExecution",
      "slowLinks",
      "unbias",
      "wipe",
    ]);
    const adversaries = new Set(plans.flatMap((plan) => plan.machines.flatMap((it) => it.adversary ?? [])));
    expect(adversaries).toEqual(new Set(ADVERSARIES.keys()));
    expect(plans.some((it) => it.setChanges.length > 0)).toBe(true);
    expect(plans.some((it) => it.encodes)).toBe(true);
  });

  test("keeps to what was asked for", () => {
    for (const seed of SEEDS.slice(0, 50)) {
      const plan = planOfSeed(seed, { epochs: false, validators: 7, adversary: "slow", window: 1 });
      expect([plan.validators, plan.params.window, plan.setChanges.length]).toEqual([7, 1, 0]);
      const names = new Set(plan.machines.flatMap((it) => it.adversary ?? []));
      expect([...names]).toEqual(["slow"]);
    }
  });
});
