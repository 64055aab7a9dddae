import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { batchDigest } from "../../src/index.ts";
import { assertOneChain, factsOf, hashesOf, MS, orderOf, signedTwice, submitMany } from "./cluster-checks.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";
import { CHAIN, type SmallNode } from "./small-node.ts";

/** A second first batch of that node's lane. */
function otherBatch(owner: SmallNode) {
  const head = core.Nanos.of(T0 + 1n);
  const body = {
    epoch: core.Epoch.of(0),
    lane: owner.key,
    seq: core.Seq.of(1),
    prev: core.ZERO_DIGEST,
    head,
    sightings: [],
  };
  const signature = owner.signer.sign(batchDigest(CHAIN, body));
  return { kind: "batch" as const, batch: { ...body, signature } };
}

describe("across epochs", () => {
  test("E-1 the pipeline drains at each end, and the order goes on", () => {
    const cluster = new SmallCluster(4, { params: { epochHeights: 6 } });
    submitMany(cluster, 60, T0 + 10n * MS, 10n * MS);
    cluster.run(T0 + 2_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect(orderOf(node).length).toBe(60);
      expect(node.blocks.size).toBeGreaterThan(12);
      expect(hashesOf(node)).toEqual(hashesOf(cluster.at(0)));
      expect(factsOf(node, "viewChange")).toEqual([]);
      for (const block of node.blocks.values()) expect(block.epoch).toBe(Math.floor((block.height - 1) / 6));
    }
  });

  test("E-1, P-7 a replica that restarts in a later epoch gets there again from its log, and signs nothing twice", () => {
    const cluster = new SmallCluster(4, { params: { epochHeights: 6 } });
    submitMany(cluster, 60, T0 + 10n * MS, 10n * MS);
    for (let i = 1; i <= 6; i++) {
      cluster.run(T0 + BigInt(i) * 97n * MS);
      cluster.restart(cluster.at(i % 4));
    }
    cluster.run(T0 + 8_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect(node.halted).toBe(undefined);
      expect(orderOf(node).length).toBeGreaterThanOrEqual(58);
      expect(signedTwice(node)).toEqual([]);
    }
  });

  test("S-5, E-1 what only one replica knows of a lane's owner changes nothing about the order", () => {
    const cluster = new SmallCluster(4, { params: { epochHeights: 6 } });
    const [witness, liar] = [cluster.at(1), cluster.at(3)];
    cluster.drops = (from, to, message) => message.kind === "evidence" && from !== to;
    submitMany(cluster, 60, T0 + 10n * MS, 10n * MS);
    cluster.run(T0 + 12n * MS + 1n);
    cluster.inject(liar, witness, otherBatch(liar));
    cluster.run(T0 + 3_000n * MS);
    expect(factsOf(witness, "equivocation").length).toBe(1);
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect([node.index, node.halted]).toEqual([node.index, undefined]);
      expect(orderOf(node).length).toBe(60);
    }
  });
});
