import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { assertOneChain, factsOf, hashesOf, MS, orderOf, signedTwice, submitMany } from "./cluster-checks.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";

describe("a dead leader", () => {
  test.each([4, 7])("P-4, P-5 of %i costs one view change, and nothing that was sent is lost", (n) => {
    const cluster = new SmallCluster(n);
    submitMany(cluster, 20, T0 + 10n * MS, 3n * MS);
    cluster.run(T0 + 40n * MS);
    cluster.crash(cluster.at(0));
    cluster.run(T0 + 3_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes.slice(1)) {
      expect(factsOf(node, "viewChange").map((it) => it.fact.view)).toEqual([1]);
      expect(factsOf(node, "newView").map((it) => it.fact.view)).toEqual([1]);
      // What only the dead one had got is with everyone: content spreads apart from order.
      expect(orderOf(node).length).toBe(20);
      expect(hashesOf(node)).toEqual(hashesOf(cluster.at(1)));
      expect(signedTwice(node)).toEqual([]);
    }
  });

  test("P-5 one that is dead from the beginning costs a view timeout, and two of 7 in a row cost two views", () => {
    const cluster = new SmallCluster(7);
    cluster.crash(cluster.at(0));
    cluster.crash(cluster.at(1));
    cluster.submit(T0 + 10n * MS, "one", 3);
    cluster.run(T0 + 6_000n * MS);
    for (const node of cluster.nodes.slice(2)) {
      expect(factsOf(node, "viewChange").map((it) => it.fact.view)).toEqual([1, 2]);
      expect(orderOf(node).length).toBe(1);
      const deliveredAt = core.must(node.deliveredAt.get(1), "delivery") - T0;
      // 1 s in view 0, then 2 s for view 1.
      expect(deliveredAt).toBeLessThan(3_200n * MS);
    }
  });
});

describe("slow execution", () => {
  test("P-2, P-5 one that lags by more than W blocks stops the own votes, and changes no view", () => {
    const cluster = new SmallCluster(4);
    const slow = cluster.at(2);
    cluster.execution = (node) => (node === slow ? 300n * MS : 0n);
    submitMany(cluster, 60, T0 + 10n * MS, 10n * MS);
    cluster.run(T0 + 700n * MS);
    const { window } = cluster.config.params;
    const executed = [...slow.deliveredAt].filter(([, at]) => at + 300n * MS <= cluster.now).length;
    expect(cluster.at(0).blocks.size).toBeGreaterThan(executed + window);
    const voted = slow.sent.flatMap(({ message }) => (message.kind === "prepare" ? [message.height] : []));
    expect(Math.max(...voted)).toBeLessThanOrEqual(executed + window);
    cluster.run(T0 + 30_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect(factsOf(node, "viewChange")).toEqual([]);
      if (node !== slow) expect(factsOf(node, "complained")).toEqual([]);
    }
    expect(orderOf(slow).length).toBe(60);
  });

  test("P-2, P-5, P-8 where all of them lag, the window closes and no leader is blamed", () => {
    const cluster = new SmallCluster(4, { execution: 400n * MS });
    submitMany(cluster, 40, T0 + 10n * MS, 20n * MS);
    cluster.run(T0 + 20_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect(orderOf(node).length).toBe(40);
      expect(factsOf(node, "viewChange")).toEqual([]);
      expect(factsOf(node, "complained")).toEqual([]);
    }
  });
});

describe("a restart from the log", () => {
  test.each([1, 4])("P-7, S-3 of one of %i replicas goes on where it was, and signs nothing twice", (n) => {
    const cluster = new SmallCluster(n);
    const node = cluster.at(n - 1);
    submitMany(cluster, 40, T0 + 10n * MS, 5n * MS);
    for (let i = 1; i <= 8; i++) {
      cluster.run(T0 + BigInt(i) * 27n * MS);
      cluster.restart(node);
    }
    cluster.run(T0 + 4_000n * MS);
    assertOneChain(cluster);
    expect(node.halted).toBe(undefined);
    expect(signedTwice(node)).toEqual([]);
    // A content that was in the air at the crash may have come too late for it; n = 1 loses such arrivals.
    for (const other of cluster.nodes) expect(hashesOf(other)).toEqual(hashesOf(cluster.at(0)));
    expect(orderOf(node).length).toBeGreaterThan(30);
  });

  test("P-7 of the leader, at every moment of a height, signs nothing twice and loses no height", () => {
    for (let moment = 0n; moment < 16n; moment++) {
      const cluster = new SmallCluster(4, { delay: 2n * MS });
      submitMany(cluster, 10, T0 + 10n * MS, 2n * MS);
      cluster.run(T0 + 20n * MS + moment * MS);
      cluster.restart(cluster.at(0));
      cluster.run(T0 + 6_000n * MS);
      assertOneChain(cluster);
      for (const node of cluster.nodes) {
        expect(signedTwice(node), `moment ${moment}`).toEqual([]);
        expect(orderOf(node).length, `moment ${moment}`).toBeGreaterThanOrEqual(9);
      }
    }
  });

  test("P-7 of all at once goes on, and what was delivered before stands", () => {
    const cluster = new SmallCluster(4);
    submitMany(cluster, 30, T0 + 10n * MS, 3n * MS);
    cluster.run(T0 + 60n * MS);
    const before = hashesOf(cluster.at(0));
    for (const node of cluster.nodes) cluster.restart(node);
    cluster.run(T0 + 8_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect(hashesOf(node).slice(0, before.length)).toEqual(before);
      expect(hashesOf(node)).toEqual(hashesOf(cluster.at(0)));
      expect(orderOf(node).length).toBeGreaterThan(20);
      expect(signedTwice(node)).toEqual([]);
    }
  });

  test("P-7, S-3 a replica that lost its log follows, signs nothing, and does not spin", () => {
    const cluster = new SmallCluster(4);
    const lost = cluster.at(3);
    submitMany(cluster, 10, T0 + 10n * MS, 5n * MS);
    cluster.run(T0 + 30n * MS);
    lost.records.length = 0;
    const [sent, steps] = [lost.sent.length, lost.steps];
    cluster.restart(lost, true);
    // Virtual time stands still where a replica asks to be woken at once, for ever: hence the small step.
    cluster.run(T0 + 30n * MS + 1_000n);
    expect(lost.steps - steps).toBeLessThan(20);
    cluster.run(T0 + 3_000n * MS);
    expect(hashesOf(lost)).toEqual(hashesOf(cluster.at(0)));
    const kinds = new Set(lost.sent.slice(sent).map((it) => it.message.kind));
    for (const kind of ["batch", "prepare", "commit", "final", "viewChange"])
      expect(kinds).not.toContain(kind);
  });
});

describe("the network's own work", () => {
  test("P-6 one's own messages come back: with n = 1 a replica is its own quorum", () => {
    const cluster = new SmallCluster(1);
    cluster.submit(T0 + 10n * MS, "one");
    cluster.run(T0 + 20n * MS);
    const node = cluster.at(0);
    expect(node.finalAt.size).toBe(1);
    expect(node.sent.map((it) => it.message.kind)).toEqual([
      "batch",
      "preprepare",
      "prepare",
      "commit",
      "final",
    ]);
  });

  test("O-5 an open height makes the leader wait for its pace; none makes it propose at once", () => {
    const cluster = new SmallCluster(4, { delay: 30n * MS });
    submitMany(cluster, 100, T0 + 10n * MS, 3n * MS);
    cluster.run(T0 + 1_000n * MS);
    const leader = cluster.at(0);
    const proposals = factsOf(leader, "proposed").filter((it) => it.fact.height > 0);
    const { proposalInterval } = cluster.config.params;
    for (const [i, { at, fact }] of proposals.entries()) {
      const before = proposals[i - 1];
      const below = leader.deliveredAt.get(fact.height - 1);
      const isOpen = before !== undefined && (below === undefined || below > at);
      if (isOpen) expect(at - before.at).toBeGreaterThanOrEqual(proposalInterval);
    }
    expect(proposals.length).toBeGreaterThan(5);
  });
});
