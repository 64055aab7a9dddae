import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import {
  assertOneChain,
  factsOf,
  hashesOf,
  MS,
  orderOf,
  sentKinds,
  signedTwice,
  submitMany,
} from "./cluster-checks.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";

describe("a perfect network", () => {
  const cases = [1, 4, 7].flatMap((n) => [1, 4].map((window) => ({ n, window, count: 40, gap: 3n * MS })));
  const all = [...cases, { n: 31, window: 4, count: 6, gap: 20n * MS }];
  test.each(all)("P-1, O-3 $n replicas with a window of $window deliver everything in one order", (run) => {
    const cluster = new SmallCluster(run.n, { params: { window: run.window } });
    const txids = submitMany(cluster, run.count, T0 + 10n * MS, run.gap);
    cluster.run(T0 + 10n * MS + BigInt(run.count) * run.gap + 200n * MS);
    assertOneChain(cluster);
    const want = txids.map(core.bytesToHex);
    for (const node of cluster.nodes) {
      // O-3: what arrives a gap apart, everywhere, is ordered as it came.
      expect(orderOf(node)).toEqual(want);
      expect(hashesOf(node)).toEqual(hashesOf(cluster.at(0)));
      expect(node.finalAt.size).toBe(node.blocks.size);
      expect(factsOf(node, "viewChange")).toEqual([]);
      expect(factsOf(node, "refusedCut")).toEqual([]);
      expect(signedTwice(node)).toEqual([]);
      expect(node.halted).toBe(undefined);
    }
  });

  test("P-1, P-2 with W = 4 heights overlap, with W = 1 none does", () => {
    const overlaps = [1, 4].map((window) => {
      const cluster = new SmallCluster(4, { params: { window }, delay: 20n * MS });
      submitMany(cluster, 40, T0 + 10n * MS, 5n * MS);
      cluster.run(T0 + 1_000n * MS);
      assertOneChain(cluster);
      expect(orderOf(cluster.at(3)).length).toBe(40);
      const leader = cluster.at(0);
      return factsOf(leader, "proposed").filter(({ at, fact }) => {
        const below = leader.finalAt.get(fact.height - 1);
        return fact.height > 1 && (below === undefined || below > at);
      }).length;
    });
    expect(overlaps[0]).toBe(0);
    expect(overlaps[1]).toBeGreaterThan(2);
  });
});

describe("latency without failures", () => {
  test.each([4, 7])("section 2: with %i replicas delivery takes 5 md, finality 6 md and at most δ", (n) => {
    const md = 10n * MS;
    const cluster = new SmallCluster(n, { delay: md });
    const sentAt = T0 + 50n * MS;
    cluster.submit(sentAt, "one", 1);
    cluster.run(sentAt + 200n * MS);
    const { batchInterval } = cluster.config.params;
    for (const node of cluster.nodes) {
      const height = [...node.blocks.values()].find((block) => block.transactions.length > 0)?.height ?? 0;
      const delivered = core.must(node.deliveredAt.get(height), "delivery") - sentAt;
      const final = core.must(node.finalAt.get(height), "finality") - sentAt;
      // content 1, batch 1, PRE-PREPARE 1, PREPARE 1, COMMIT 1; then FINAL 1.
      expect(delivered).toBeGreaterThanOrEqual(5n * md);
      expect(delivered).toBeLessThanOrEqual(5n * md + batchInterval);
      expect(final).toBeGreaterThanOrEqual(6n * md);
      expect(final).toBeLessThanOrEqual(6n * md + batchInterval);
    }
  });
});

describe("an idle network", () => {
  test("P-5, V-3 sends pings alone and changes no view, then makes one idle block after 60 s", () => {
    const cluster = new SmallCluster(4);
    cluster.run(T0 + 59_000n * MS);
    for (const node of cluster.nodes) {
      expect([...sentKinds(node, T0, cluster.now)].sort()).toEqual(["ping", "pong"]);
      expect(node.blocks.size).toBe(0);
      expect(node.steps).toBeLessThan(1_000);
    }
    cluster.run(T0 + 61_500n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect(node.blocks.size).toBe(1);
      expect(node.blocks.get(1)?.transactions).toEqual([]);
      expect(factsOf(node, "viewChange")).toEqual([]);
    }
    cluster.run(T0 + 110_000n * MS);
    for (const node of cluster.nodes) {
      expect(node.blocks.size).toBe(1);
      expect([...sentKinds(node, T0 + 65_000n * MS, cluster.now)].sort()).toEqual(["ping", "pong"]);
    }
    cluster.run(T0 + 123_000n * MS);
    for (const node of cluster.nodes) {
      expect(node.blocks.size).toBe(2);
      expect(factsOf(node, "viewChange")).toEqual([]);
    }
  });
});
