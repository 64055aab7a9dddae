import * as core from "@touchmark/core";
import { expect, test } from "vitest";
import { batchDigest, type LaneBatch } from "../../src/index.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";
import { CHAIN, type SmallNode } from "./small-node.ts";

const MS = core.MILLISECOND;

function evidenceSent(node: SmallNode, since: bigint) {
  return node.sent.filter(({ at, message }) => at >= since && message.kind === "evidence");
}

/** A cluster that has delivered something, and a second version of node 3's first batch. */
function forkedLate(): { cluster: SmallCluster; first: LaneBatch; other: LaneBatch } {
  const cluster = new SmallCluster(4);
  cluster.submit(T0 + MS, "a");
  cluster.run(T0 + 500n * MS);
  const hostile = cluster.at(3);
  const batches = hostile.sent.flatMap(({ message }) => (message.kind === "batch" ? [message.batch] : []));
  const first = core.must(
    batches.find((it) => it.seq === 1),
    "first batch",
  );
  const body = { ...first, sightings: [] };
  return { cluster, first, other: { ...body, signature: hostile.signer.sign(batchDigest(CHAIN, body)) } };
}

test("S-5 a fork below the settled tip is proven with what was settled, and the proof goes to everyone", () => {
  const { cluster, first, other } = forkedLate();
  expect(cluster.at(0).blocks.size).toBeGreaterThan(0);
  cluster.inject(cluster.at(3), cluster.at(0), { kind: "batch", batch: other });
  cluster.run(T0 + 600n * MS);
  expect(cluster.at(0).sent.map(({ message }) => message)).toContainEqual({
    kind: "evidence",
    first,
    second: other,
  });
  for (const node of cluster.nodes) expect(evidenceSent(node, T0).length).toBe(1);
});

test("S-5 a restart reports evidence again, for the chain may not have it, and keeps one record of it", () => {
  const { cluster, other } = forkedLate();
  const node = cluster.at(0);
  cluster.inject(cluster.at(3), node, { kind: "batch", batch: other });
  cluster.run(T0 + 600n * MS);
  cluster.restart(node);
  cluster.run(T0 + 900n * MS);
  expect(evidenceSent(node, T0 + 600n * MS).length).toBe(1);
  expect(node.records.filter((it) => it.kind === "evidence").length).toBe(1);
});

test("S-5, S-3 a gap is served oldest first, of a forked lane newest first: each needs the one before it", () => {
  const cluster = new SmallCluster(4);
  for (let i = 0; i < 4; i++) cluster.submit(T0 + MS + BigInt(i) * 20n * MS, `t${i}`);
  cluster.run(T0 + 300n * MS);
  const [node, asker] = [cluster.at(0), cluster.at(1)];
  const batchesOf = (index: number) =>
    cluster.at(index).sent.flatMap(({ message }) => (message.kind === "batch" ? [message.batch] : []));
  const served = (index: number) => {
    const batch = core.must(batchesOf(index).at(-1), "batch");
    const name = { lane: batch.lane, seq: batch.seq, digest: batchDigest(CHAIN, batch) };
    const since = cluster.now;
    cluster.inject(asker, node, { kind: "askBatches", batches: [{ above: core.Seq.of(0), name }] });
    cluster.run(since + 10n * MS);
    const sent = node.sent.filter(({ at, message }) => at >= since && message.kind === "batch");
    return sent.flatMap(({ message }) =>
      message.kind === "batch" && core.equalBytes(message.batch.lane, batch.lane) ? [message.batch.seq] : [],
    );
  };
  const first = core.must(batchesOf(3)[0], "batch");
  const body = { ...first, sightings: [] };
  const other = { ...body, signature: cluster.at(3).signer.sign(batchDigest(CHAIN, body)) };
  cluster.inject(cluster.at(3), node, { kind: "evidence", first, second: other });
  cluster.run(cluster.now + 10n * MS);
  const [sound, forked] = [served(2), served(3)];
  expect(sound.length).toBeGreaterThan(2);
  expect(sound).toEqual(sound.toSorted((a, b) => a - b));
  expect(forked.length).toBeGreaterThan(2);
  expect(forked).toEqual(forked.toSorted((a, b) => b - a));
});
