import { bytesToKey, must } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import type { Block } from "../../src/block.ts";
import { Replica } from "../../src/replica.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import type { RunListener } from "../../src/sim/event-log.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { PROTOCOLS } from "../../src/sim/protocols.ts";
import { quietPlan } from "../../src/sim/quiet-plan.ts";
import { runPlan } from "../../src/sim/run.ts";

const HOSTILE = 1;

/** Machine 1's lane forks; all the rest is faultless. */
function hostilePlan(seed: number, validators: number): Plan {
  const plan = quietPlan({ seed, validators, transactions: 60 });
  const machines = plan.machines.map((it, number) =>
    number === HOSTILE ? { ...it, adversary: "equivocating-lane" } : it,
  );
  return { ...plan, machines };
}

/** What the state says of the hostile lane, and what machine 0 delivers. */
class Watch implements RunListener {
  readonly kinds = new Set(["executed", "delivered"] as const);
  /** The first height whose state has the lane suspended. */
  suspendedAt: number | undefined;
  readonly blocks = new Map<number, Block>();
  private readonly accused: string;

  constructor(accused: Uint8Array) {
    this.accused = bytesToKey(accused);
  }

  observe(event: Parameters<RunListener["observe"]>[0]): void {
    if (event.kind === "delivered" && event.machine === 0) this.blocks.set(event.block.height, event.block);
    if (event.kind !== "executed" || this.suspendedAt !== undefined) return;
    const { suspended, suspends, height } = event.executed;
    if (!suspended.some((key) => bytesToKey(key) === this.accused)) return;
    expect(suspends).toBe(true);
    this.suspendedAt = height;
  }
}

describe("a lane that forks", () => {
  test.each([
    [1, 4],
    [2, 4],
    [3, 7],
  ])(
    "S-5, E-1 is suspended by its evidence, dead from the next epoch on, and the chain goes on (seed %i, n = %i)",
    (seed, n) => {
      const plan = hostilePlan(seed, n);
      const protocol = must(PROTOCOLS.get("touchmark"), "protocol");
      const world = new Cluster({ plan, createReplica: (config, rules) => new Replica(config, rules) }).world;
      const watch = new Watch(world.keyAt(HOSTILE));
      const { violations } = runPlan(plan, { protocol, listeners: [watch] });
      expect(violations).toEqual([]);
      const suspendedAt = must(watch.suspendedAt, "the height of the suspension");
      const last = suspendedAt + plan.params.window;
      const tipAt = (height: number) => must(watch.blocks.get(height), "block").cut.tips[HOSTILE]?.seq ?? -1;
      expect([watch.blocks.get(last)?.epoch, watch.blocks.get(last + 1)?.epoch]).toEqual([0, 1]);
      const heights = [...watch.blocks.keys()].filter((height) => height > last);
      expect(heights.length).toBeGreaterThan(5);
      for (const height of heights) expect(tipAt(height)).toBe(tipAt(last));
      // Everybody else's transactions are ordered without it.
      const ordered = heights.reduce((sum, it) => sum + (watch.blocks.get(it)?.transactions.length ?? 0), 0);
      expect(ordered).toBeGreaterThan(5);
    },
  );
});
