import { bytesToHex, must, utf8ToBytes } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { LeaderOrdered } from "../../src/leader-ordered/leader-ordered.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { planOfSeed } from "../../src/sim/plan-of-seed.ts";
import { PROTOCOLS } from "../../src/sim/protocols.ts";
import { quietPlan } from "../../src/sim/quiet-plan.ts";
import { runSeed } from "../../src/sim/run.ts";
import { simHasher } from "../../src/sim/sim-hasher.ts";
import { eventToText } from "../../src/sim/trace.ts";
import { MILLIS, SECONDS } from "../../src/sim/true-time.ts";

const NO_EPOCHS = { epochs: false };

/** A digest over everything that was seen. */
function fingerprint(plan: Plan): string {
  const cluster = new Cluster({ plan, createReplica: (config) => new LeaderOrdered(config) });
  const lines: string[] = [];
  cluster.listen({ kinds: "all", observe: (event) => lines.push(eventToText(event)) });
  cluster.runToEnd();
  expect(cluster.failures).toEqual([]);
  expect(lines.length).toBeGreaterThan(500);
  return bytesToHex(simHasher.sha256(utf8ToBytes(lines.join("\n"))));
}

function runBaseline(plan: Plan): Cluster {
  const cluster = new Cluster({ plan, createReplica: (config) => new LeaderOrdered(config) });
  cluster.runToEnd();
  return cluster;
}

describe("a run", () => {
  test("follows from its seed, event by event; another seed gives another run", () => {
    const prints = [11, 12, 13].map((seed) => fingerprint(planOfSeed(seed, NO_EPOCHS)));
    expect([11, 12, 13].map((seed) => fingerprint(planOfSeed(seed, NO_EPOCHS)))).toEqual(prints);
    expect(new Set(prints).size).toBe(3);
  });

  test("is the same whether somebody listens or not", () => {
    const plan = planOfSeed(14, NO_EPOCHS);
    const silent = runBaseline(plan);
    const watched = new Cluster({ plan, createReplica: (config) => new LeaderOrdered(config) });
    watched.listen({ kinds: "all", observe: () => undefined });
    watched.runToEnd();
    expect(watched.now).toBe(silent.now);
    expect(watched.world.scheduler.count).toBe(silent.world.scheduler.count);
  });

  test("comes to the same blocks when messages go through the codec", () => {
    const plan = quietPlan({ seed: 3, validators: 4 });
    const [shared, encoded] = [plan, { ...plan, encodes: true }].map(runBaseline);
    expect(encoded?.failures).toEqual([]);
    expect(encoded?.machines.map((it) => it.executor.newest.root)).toEqual(
      shared?.machines.map((it) => it.executor.newest.root),
    );
  });
});

describe("a run that wants heights", () => {
  const quiet = quietPlan({ seed: 5, validators: 4 });
  const failuresOf = (plan: Partial<Plan>): readonly string[] =>
    runBaseline({ ...quiet, ...plan }).failures.map(({ property, detail }) => `${property}: ${detail}`);

  test("has failed if it had its time and they aren't there", () => {
    expect(failuresOf({ heightsWanted: 30, deadline: SECONDS })).toEqual([
      expect.stringMatching(/^progress: its final height is \d+, where 30 were wanted$/u),
    ]);
    expect(failuresOf({ heightsWanted: 30, deadline: 30 * SECONDS })).toEqual([]);
  });

  test("has not where it ended before its healing, or where too few machines are left to vote", () => {
    const early = { heightsWanted: 30, deadline: SECONDS };
    expect(failuresOf({ ...early, healedAt: 2 * SECONDS })).toEqual([]);
    const faults: Plan["faults"] = [{ kind: "crash", machines: [2, 3], at: 100 * MILLIS }];
    expect(failuresOf({ ...early, faults })).toEqual([]);
    const one: Plan["faults"] = [{ kind: "crash", machines: [3], at: 100 * MILLIS }];
    expect(failuresOf({ ...early, faults: one })).toHaveLength(1);
  });
});

describe("leader-ordered PBFT, the baseline", () => {
  const quiet = { ...quietPlan({ seed: 5, validators: 4 }), heightsWanted: 30 };

  test("reaches its heights where nothing goes wrong, without a view change", () => {
    const cluster = runBaseline(quiet);
    expect(cluster.lowestFinal).toBeGreaterThanOrEqual(30);
    expect(cluster.failures).toEqual([]);
    expect(cluster.now).toBeLessThan(5 * SECONDS);
  });

  test.each([
    ["a follower", 2],
    ["the leader", 0],
  ])("goes on without %s, which catches up when it is back", (_who, machine) => {
    const cluster = runBaseline({
      ...quiet,
      healedAt: 4 * SECONDS,
      deadline: 30 * SECONDS,
      faults: [
        { kind: "crash", machines: [machine], at: 700 * MILLIS },
        { kind: "restart", machines: [machine], at: 4 * SECONDS },
      ],
    });
    expect(cluster.failures).toEqual([]);
    const heights = cluster.machines.map((it) => it.finalHeight);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(30);
    expect(new Set(heights).size).toBe(1);
    expect(cluster.now).toBeLessThan(10 * SECONDS);
  });

  test("keeps its promises over a mix of faults and adversaries", () => {
    const protocol = must(PROTOCOLS.get("leader-ordered"), "the baseline");
    for (let seed = 100; seed < 130; seed++) {
      const { violations, counts } = runSeed(seed, { protocol, plan: NO_EPOCHS });
      expect([seed, violations]).toEqual([seed, []]);
      expect([seed, counts.heights >= 30]).toEqual([seed, true]);
    }
  });
});
