import { expect, test } from "vitest";
import { defaultParams } from "../../src/params.ts";
import { Replica } from "../../src/replica.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import type { Submission } from "../../src/sim/plan.ts";
import { quietPlan } from "../../src/sim/quiet-plan.ts";
import { MILLIS, SECONDS, toDuration } from "../../src/sim/true-time.ts";

/** Valid for a millisecond: long enough for the machine that a client gives it to, and for no other. */
function shortLived(turn: number): Submission {
  return {
    at: SECONDS + turn * 2 * MILLIS,
    to: [turn % 4],
    validFor: MILLIS,
    bytes: 200,
    sender: "known",
    isJunk: false,
  };
}

test("S-6, C-3 transactions that expire before anybody shares them fill no lane for good", () => {
  const params = {
    ...defaultParams(4),
    liveMax: 64,
    batchSightingsMax: 16,
    inclusionDelayMax: toDuration(2 * SECONDS),
    ttl: toDuration(5 * SECONDS),
    idleInterval: toDuration(2 * SECONDS),
  };
  const plan = quietPlan({ seed: 5, validators: 4, params, transactions: 300 });
  const flood = Array.from({ length: 1_000 }, (_, turn) => shortLived(turn));
  const submissions = [...plan.submissions, ...flood].sort((a, b) => a.at - b.at);
  const cluster = new Cluster({
    plan: { ...plan, submissions },
    createReplica: (config, rules) => new Replica(config, rules),
  });
  const delivered: number[] = [];
  cluster.listen({
    kinds: new Set(["delivered"]),
    observe: (event) => {
      if (event.kind === "delivered" && event.machine === 0) delivered.push(cluster.now);
    },
  });
  cluster.run(15 * SECONDS);
  expect(cluster.failures).toEqual([]);
  // The flood is over after 3 s, and what it left is ignored one TTL later, and an idle block after that.
  expect(delivered.filter((at) => at > 11 * SECONDS).length).toBeGreaterThan(50);
});
