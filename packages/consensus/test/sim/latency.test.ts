import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { assertOneChain, factsOf, MS } from "../agreement/cluster-checks.ts";
import { SmallCluster, T0 } from "../agreement/small-cluster.ts";
import { type Arrival, proposalTimes } from "./latency-model.ts";

/** From a moment to delivery and to the finality certificate, at each validator that lives. */
function latencies(cluster: SmallCluster, txid: core.Txid, sentAt: bigint): readonly string[] {
  return cluster.nodes
    .filter((node) => !node.isDown)
    .map((node) => {
      const holds = [...node.blocks.values()].find((block) =>
        block.transactions.some((it) => core.equalBytes(it.txid, txid)),
      );
      const height = core.must(holds, "a block with the transaction").height;
      const delivered = core.must(node.deliveredAt.get(height), "delivery") - sentAt;
      const final = core.must(node.finalAt.get(height), "finality") - sentAt;
      return `${delivered} ${final}`;
    });
}

function isSame(all: readonly string[], delivered: bigint, final: bigint): void {
  expect(all).toEqual(all.map(() => `${delivered} ${final}`));
}

const SENT_AT = T0 + 50n * MS;

describe("an idle chain", () => {
  const cases = [4, 7].flatMap((n) =>
    [1n, 10n, 73n].flatMap((md) => [0, 1, n - 1].map((entry) => ({ n, md: md * MS, entry }))),
  );
  test.each(cases)(
    "of $n delivers after 5 md and is final after 6 md exactly (md $md, sent to validator $entry)",
    ({ n, md, entry }) => {
      const cluster = new SmallCluster(n, { delay: md });
      const txid = cluster.submit(SENT_AT, "one", entry);
      cluster.run(SENT_AT + 20n * md + 100n * MS);
      isSame(latencies(cluster, txid, SENT_AT), 5n * md, 6n * md);
    },
  );
});

describe("a loaded chain", () => {
  const cases = [4, 7].flatMap((n) =>
    [1_013_000n, 7_117_000n, 9_973_000n, 23_003_000n].map((md) => ({ n, md })),
  );
  test.each(cases)("of $n proposes when the model of O-5 says, and is final 4 md later (md $md)", (run) => {
    const { n, md } = run;
    const cluster = new SmallCluster(n, { delay: md });
    const { batchInterval, proposalInterval } = cluster.config.params;
    const arrivals: Arrival[] = [];
    const txids: core.Txid[] = [];
    const send = (at: bigint, entry: number): void => {
      txids.push(cluster.submit(at, `transaction ${txids.length}`, entry));
      arrivals.push({ at, entry });
    };
    // Each lane begins with a transaction of its own, so that no two of them keep the same time.
    for (let entry = 0; entry < n; entry++) send(SENT_AT + BigInt(entry) * 131_000n, entry);
    for (let i = 0; i < 150; i++) send(SENT_AT + 1_777_000n + BigInt(i) * 771_000n, (i * 3) % n);
    cluster.run(SENT_AT + 1_000n * MS);
    assertOneChain(cluster);
    const proposed = proposalTimes({ n, md, batchInterval, proposalInterval }, arrivals);
    expect(proposed.length).toBe(arrivals.length);
    arrivals.forEach(({ at }, i) => {
      const proposedAt = core.must(proposed[i], "a proposal");
      const txid = core.must(txids[i], "a transaction");
      isSame(latencies(cluster, txid, at), proposedAt + 3n * md - at, proposedAt + 4n * md - at);
    });
  });
});

/** Up to the horizon the lane of the validator that a client sent it to has to speak once more (S-4, C-2). */
function untilNextBatch(md: bigint, batchInterval: bigint): bigint {
  return ((md + batchInterval - 1n) / batchInterval) * batchInterval;
}

describe("with a dead validator that doesn't lead", () => {
  const cases = [1n, 5n, 12n, 48n].flatMap((md) => [0, 1].map((entry) => ({ md: md * MS, entry })));

  test.each(cases)("4 wait for n − f heads past c, and for nothing else (md $md, sent to $entry)", (run) => {
    const { md, entry } = run;
    const cluster = new SmallCluster(4, { delay: md });
    cluster.crash(cluster.at(3));
    const txid = cluster.submit(SENT_AT, "one", entry);
    cluster.run(SENT_AT + 20n * md + 100n * MS);
    // C-2: all three lanes that live are needed, also the one whose first batch is older than c.
    const again = untilNextBatch(md, cluster.config.params.batchInterval);
    const ready = entry === 0 ? again : again + md;
    const proposed = ready > 2n * md ? ready : 2n * md;
    isSame(latencies(cluster, txid, SENT_AT), proposed + 3n * md, proposed + 4n * md);
    for (const node of cluster.nodes) expect(factsOf(node, "viewChange")).toEqual([]);
  });

  test.each(cases)("7 lose nothing: 5 md and 6 md exactly (md $md, sent to $entry)", ({ md, entry }) => {
    const cluster = new SmallCluster(7, { delay: md });
    cluster.crash(cluster.at(6));
    const txid = cluster.submit(SENT_AT, "one", entry);
    cluster.run(SENT_AT + 20n * md + 100n * MS);
    isSame(latencies(cluster, txid, SENT_AT), 5n * md, 6n * md);
    for (const node of cluster.nodes) expect(factsOf(node, "viewChange")).toEqual([]);
  });
});

describe("with a dead first leader", () => {
  test.each([4, 7])("P-5 %i change the view once in each epoch, and all else is as fast as before", (n) => {
    const md = 10n * MS;
    // P-5: a timeout that was doubled halves after so many heights; epochs of 10,000 leave time for that.
    const params = { epochHeights: 8, calmHeights: 4 };
    const cluster = new SmallCluster(n, { delay: md, params });
    cluster.crash(cluster.at(0));
    const sent = Array.from({ length: 40 }, (_, i) => {
      const at = SENT_AT + BigInt(i) * 200n * MS;
      return { at, txid: cluster.submit(at, `transaction ${i}`, 1 + (i % (n - 1))) };
    });
    cluster.run(SENT_AT + 12_000n * MS);
    assertOneChain(cluster);
    const witness = cluster.at(1);
    const epochs = new Set([...witness.blocks.values()].map((block) => block.epoch));
    expect(epochs.size).toBeGreaterThan(2);
    for (const node of cluster.nodes.slice(1)) {
      expect(factsOf(node, "viewChange").map(({ fact }) => fact.view)).toEqual([...epochs].map(() => 1));
      expect(factsOf(node, "newView").map(({ fact }) => fact.view)).toEqual([...epochs].map(() => 1));
    }
    // Seen by all after 2 md, the timer, VIEW-CHANGE; NEW-VIEW and PRE-PREPARE in one; then as ever.
    const change = core.SECOND + 7n * md;
    const firsts = factsOf(witness, "newView").map(({ at }) => at - core.SECOND - 4n * md + md);
    const isCaught = (at: bigint): boolean =>
      firsts.some((first) => at >= first && at < first + core.SECOND + 2n * md);
    for (const { at, txid } of sent) {
      const all = latencies(cluster, txid, at);
      if (firsts.includes(at)) isSame(all, change - md, change);
      // δ divides md for 4, and 7 need not wait for every head: the lanes' next batches cost nothing.
      else if (!isCaught(at)) isSame(all, 5n * md, 6n * md);
    }
    const slow = sent.filter(({ at }) => isCaught(at));
    expect(sent.filter(({ at }) => firsts.includes(at)).length).toBe(epochs.size);
    expect(slow.length).toBeLessThan(sent.length / 2);
  });
});
