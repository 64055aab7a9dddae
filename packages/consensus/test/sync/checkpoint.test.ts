import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import type { DurableRecord } from "../../src/index.ts";
import { assertOneChain, MS, orderOf, signedTwice, submitMany } from "../agreement/cluster-checks.ts";
import { SmallCluster, T0 } from "../agreement/small-cluster.ts";
import type { SmallNode } from "../agreement/small-node.ts";

const PARAMS = { snapshotEvery: 3, keptHeights: 40 };
const COUNT = 14;
const SUBMITTED_BY = T0 + 10n * MS + BigInt(COUNT) * 10n * MS;

function clusterOf(params: { readonly epochHeights?: number } = {}): SmallCluster {
  const cluster = new SmallCluster(4, { params: { ...PARAMS, ...params } });
  submitMany(cluster, COUNT, T0 + 10n * MS, 10n * MS);
  return cluster;
}

/** Y-1: what the shell may delete is deleted. */
function truncate(node: SmallNode): void {
  const newest = node.records.findLastIndex((it) => it.kind === "checkpoint");
  if (newest > 0) node.records.splice(0, newest);
}

function kindsOf(records: readonly DurableRecord[]): ReadonlySet<string> {
  return new Set(records.map((it) => (it.kind === "sent" ? it.message.kind : it.kind)));
}

/** The log of a run without faults, as long as the crashes below are tried. */
function recordsOf(index: number): readonly DurableRecord[] {
  const cluster = clusterOf();
  cluster.run(SUBMITTED_BY + 100n * MS);
  return cluster.at(index).records;
}

describe("a start behind a checkpoint", () => {
  test("Y-1 every height that is divisible makes one, and it keeps the log short", () => {
    const records = recordsOf(0);
    const heights = records.flatMap((it) =>
      it.kind === "checkpoint" ? [it.checkpoint.finality.height] : [],
    );
    expect(heights.length).toBeGreaterThan(2);
    expect(heights).toEqual(heights.map((_, i) => core.Height.of(3 * (i + 1))));
    const [, second] = records.filter((it) => it.kind === "checkpoint");
    const kept = second?.kind === "checkpoint" ? second.checkpoint.kept : [];
    const before = records.indexOf(core.must(second, "checkpoint"));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(before / 2);
  });

  test.each([
    ["the leader", 0],
    ["a follower", 1],
  ])(
    "P-7, S-3 after a crash of %s between any two records signs nothing twice and comes to the same chain",
    (_, index) => {
      const records = recordsOf(index);
      const from = records.findIndex((it) => it.kind === "checkpoint");
      const tried = new Set<string>();
      // All boundaries of two periods: each kind of record is once the last that is durable.
      for (let last = from + 1; last < Math.min(records.length, from + 30); last++) {
        const cluster = clusterOf();
        const node = cluster.at(index);
        node.crashAt = last;
        cluster.run(SUBMITTED_BY);
        expect(node.isDown).toBe(true);
        expect(node.records.length).toBe(last);
        for (const kind of kindsOf(node.records.slice(-1))) tried.add(kind);
        truncate(node);
        node.crashAt = undefined;
        cluster.restart(node);
        cluster.run(SUBMITTED_BY + 2_500n * MS);
        assertOneChain(cluster);
        expect([last, node.halted, signedTwice(node)]).toEqual([last, undefined, []]);
        const others = cluster.at((index + 1) % 4);
        expect(orderOf(others).length).toBe(COUNT);
        expect(Math.max(...node.blocks.keys())).toBe(Math.max(...others.blocks.keys()));
        expect(node.adopted).toEqual([Math.min(...node.blocks.keys()) - 1]);
      }
      for (const kind of [
        "batch",
        "content",
        "prepare",
        "commit",
        "final",
        "cut",
        "certificate",
        "finality",
      ]) {
        expect(tried).toContain(kind);
      }
    },
    60_000,
  );

  test("Y-1 a checkpoint whose state was lost is passed over, and the one before it serves", () => {
    const cluster = clusterOf();
    const node = cluster.at(2);
    cluster.run(SUBMITTED_BY);
    cluster.crash(node);
    const heights = node.records.flatMap((it) =>
      it.kind === "checkpoint" ? [it.checkpoint.finality.height as number] : [],
    );
    const [before, newest] = heights.slice(-2);
    for (const height of node.executed.keys()) if (height >= (newest ?? 0)) node.executed.delete(height);
    cluster.restart(node);
    cluster.run(SUBMITTED_BY + 2_500n * MS);
    expect(node.adopted).toEqual([before]);
    assertOneChain(cluster);
    expect([node.halted, signedTwice(node)]).toEqual([undefined, []]);
    expect(Math.max(...node.blocks.keys())).toBe(Math.max(...cluster.at(0).blocks.keys()));
  });

  test("Y-1, E-1 all of them restart with short logs in one epoch after another", () => {
    const cluster = clusterOf({ epochHeights: 6 });
    for (let turn = 1; turn <= 8; turn++) {
      cluster.run(T0 + BigInt(turn) * 23n * MS);
      const node = cluster.at(turn % 4);
      truncate(node);
      cluster.restart(node);
    }
    cluster.run(SUBMITTED_BY);
    for (const node of cluster.nodes) {
      truncate(node);
      cluster.restart(node);
    }
    cluster.run(SUBMITTED_BY + 200n * MS);
    for (let i = 0; i < COUNT; i++)
      cluster.submit(SUBMITTED_BY + BigInt(210 + 30 * i) * MS, `later ${i}`, i % 4);
    cluster.run(SUBMITTED_BY + 4_000n * MS);
    assertOneChain(cluster);
    const highest = Math.max(...cluster.at(0).blocks.keys());
    expect(cluster.at(0).blocks.get(highest)?.epoch).toBeGreaterThan(1);
    for (const node of cluster.nodes) {
      expect([node.halted, signedTwice(node)]).toEqual([undefined, []]);
      expect(node.adopted.length).toBeGreaterThan(0);
      expect(Math.max(...node.blocks.keys())).toBe(highest);
    }
  });

  test("P-7, S-3 the newest own batch goes out again, though it had left nobody before the crash", () => {
    const cluster = clusterOf();
    const node = cluster.at(1);
    cluster.run(T0 + 45n * MS);
    // The next own batch is the last thing in the log.
    let own = node.records.length;
    cluster.drops = (from) => from === node;
    cluster.run(T0 + 52n * MS);
    own = node.records.findIndex(
      (it, i) => i >= own && it.kind === "batch" && core.equalBytes(it.batch.lane, node.key),
    );
    expect(own).toBeGreaterThan(0);
    const record = core.must(node.records[own], "record");
    cluster.crash(node);
    node.records.length = own + 1;
    cluster.drops = () => false;
    const sent = node.sent.length;
    cluster.restart(node);
    cluster.run(T0 + 53n * MS);
    const again = node.sent
      .slice(sent)
      .flatMap(({ message }) => (message.kind === "batch" ? [message.batch] : []));
    expect(record.kind === "batch" && again.includes(record.batch)).toBe(true);
  });
});
