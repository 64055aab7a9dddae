import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { assertOneChain, hashesOf, MS, signedTwice } from "../agreement/cluster-checks.ts";
import { SmallCluster } from "../agreement/small-cluster.ts";
import type { SmallNode } from "../agreement/small-node.ts";

const PARAMS = { snapshotEvery: 4, keptHeights: 8 };

function clusterOf(params: { readonly epochHeights?: number } = {}): SmallCluster {
  return new SmallCluster(4, { params: { ...PARAMS, ...params } });
}

/** So many heights, one for each transaction. */
function order(cluster: SmallCluster, count: number, entry = 0): void {
  const from = cluster.now;
  for (let i = 0; i < count; i++) cluster.submit(from + BigInt(30 * i + 1) * MS, `${from} ${i}`, entry);
  cluster.run(from + BigInt(30 * count + 20) * MS);
}

function highestOf(node: SmallNode): number {
  return Math.max(0, ...node.blocks.keys());
}

function votesOf(node: SmallNode, since: bigint): number {
  return node.sent.filter(({ at, message }) => at >= since && message.kind === "prepare").length;
}

/** The blocks that both have. */
function shared(node: SmallNode, other: SmallNode): number {
  const both = [...node.blocks.keys()].filter((height) => other.blocks.has(height));
  for (const height of both) {
    const [a, b] = [node, other].map((it) => core.must(it.blocks.get(height), "block").blockHash);
    expect(a).toEqual(b);
  }
  return both.length;
}

describe("a replica that blocks don't help", () => {
  test("Y-1 was away for longer than blocks are kept, takes a snapshot, delivers what the others do, and votes", () => {
    const cluster = clusterOf();
    const away = cluster.at(3);
    order(cluster, 5);
    cluster.crash(away);
    order(cluster, 20);
    expect(highestOf(cluster.at(0)) - highestOf(away)).toBeGreaterThan(PARAMS.keptHeights);
    cluster.restart(away);
    order(cluster, 5);
    cluster.run(cluster.now + 2_000n * MS);
    const back = cluster.now;
    order(cluster, 12);
    cluster.run(cluster.now + 1_000n * MS);
    assertOneChain(cluster);
    const begun = core.must(away.adopted.at(-1), "height");
    expect(begun).toBeGreaterThan(12);
    expect(Math.min(...[...away.blocks.keys()].filter((it) => it > begun))).toBe(begun + 1);
    expect(shared(away, cluster.at(0))).toBeGreaterThan(10);
    expect(highestOf(away)).toBe(highestOf(cluster.at(0)));
    expect(votesOf(away, back)).toBeGreaterThan(5);
    for (const node of cluster.nodes) expect([node.halted, signedTwice(node)]).toEqual([undefined, []]);
  });

  test("Y-1 was away for less, and gets the blocks alone", () => {
    const cluster = clusterOf();
    const away = cluster.at(3);
    order(cluster, 2);
    cluster.crash(away);
    order(cluster, 6);
    cluster.restart(away);
    order(cluster, 6);
    cluster.run(cluster.now + 2_000n * MS);
    expect(away.adopted).toEqual([]);
    expect(hashesOf(away)).toEqual(hashesOf(cluster.at(0)));
  });

  test("Y-1, S-3 begins with nothing, in a later epoch than it knows, and signs nothing", () => {
    const cluster = clusterOf({ epochHeights: 6 });
    const lost = cluster.at(2);
    order(cluster, 2);
    cluster.crash(lost);
    order(cluster, 20);
    lost.records = [];
    lost.executed.clear();
    const sent = lost.sent.length;
    cluster.restart(lost, true);
    cluster.run(cluster.now + 8_000n * MS);
    order(cluster, 10);
    cluster.run(cluster.now + 1_000n * MS);
    assertOneChain(cluster);
    expect(lost.adopted.length).toBeGreaterThan(0);
    expect(highestOf(lost)).toBe(highestOf(cluster.at(0)));
    const kinds = new Set(lost.sent.slice(sent).map(({ message }) => message.kind));
    for (const kind of ["batch", "prepare", "commit", "final", "viewChange"])
      expect(kinds).not.toContain(kind);
  });

  test("Y-1, P-7 crashes while it begins behind a snapshot, before its state is there, and begins again", () => {
    const cluster = clusterOf();
    const away = cluster.at(3);
    order(cluster, 5);
    cluster.crash(away);
    order(cluster, 20);
    cluster.restart(away);
    order(cluster, 3);
    for (
      let i = 0;
      i < 8_000 && !away.records.some((it) => it.kind === "checkpoint" && it.checkpoint.finality.height > 12);
      i++
    ) {
      cluster.run(cluster.now + MS / 4n);
    }
    const begun = core.must(away.adopted.at(-1), "height");
    cluster.crash(away);
    // What was installed was not on the disk yet.
    for (const height of away.executed.keys()) if (height >= begun) away.executed.delete(height);
    cluster.restart(away);
    order(cluster, 12);
    cluster.run(cluster.now + 2_000n * MS);
    order(cluster, 4);
    assertOneChain(cluster);
    expect(highestOf(away)).toBe(highestOf(cluster.at(0)));
    expect([away.halted, signedTwice(away)]).toEqual([undefined, []]);
  });

  test("P-6, Y-1 costs each of the others no more than a ration a second, whatever it asks for", () => {
    const cluster = clusterOf();
    order(cluster, 12);
    const [asker, asked] = [cluster.at(3), cluster.at(0)];
    const sent = asked.sent.length;
    for (let i = 0; i < 200; i++) {
      cluster.inject(asker, asked, {
        kind: "askSnapshot",
        epoch: core.Epoch.of(0),
        height: core.Height.of(0),
      });
    }
    cluster.run(cluster.now + 500n * MS);
    const answers = asked.sent.slice(sent).map(({ message }) => message.kind);
    expect(answers.filter((it) => it === "snapshot").length).toBe(1);
    expect(answers.filter((it) => it === "finality").length).toBeLessThanOrEqual(2);
  });
});
