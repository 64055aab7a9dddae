import { bytesToKey, Seq } from "@touchmark/core";
import { expect, test } from "vitest";
import type { LaneBatch } from "../../src/index.ts";
import { batchDigest } from "../../src/signing.ts";
import { MS, submitMany } from "./cluster-checks.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";
import { CHAIN } from "./small-node.ts";

test("S-3 who names every batch of a gap gets each of them once, in the lane's order", () => {
  const cluster = new SmallCluster(4);
  const [owner, asker] = [cluster.at(0), cluster.at(1)];
  submitMany(cluster, 30, T0 + 10n * MS, 10n * MS);
  cluster.run(T0 + 500n * MS);
  const lane = new Map<number, LaneBatch>();
  for (const { message } of owner.sent) {
    if (message.kind === "batch" && message.batch.lane === owner.key)
      lane.set(message.batch.seq, message.batch);
  }
  expect(lane.size).toBeGreaterThan(20);
  const batches = [...lane.values()].map((batch) => ({
    above: Seq.of(0),
    name: { lane: owner.key, seq: batch.seq, digest: batchDigest(CHAIN, batch) },
  }));
  const before = owner.sent.length;
  cluster.inject(asker, owner, { kind: "askBatches", batches });
  cluster.run(cluster.now + 2n * MS);
  const served = owner.sent
    .slice(before)
    .flatMap(({ message }) => (message.kind === "batch" ? [message.batch] : []));
  expect(served.map((it) => it.seq)).toEqual([...lane.keys()]);
  expect(new Set(served.map((it) => bytesToKey(batchDigest(CHAIN, it)))).size).toBe(lane.size);
});
