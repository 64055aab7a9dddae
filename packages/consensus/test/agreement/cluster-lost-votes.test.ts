import { describe, expect, test } from "vitest";
import { assertOneChain, factsOf, MS, orderOf, signedTwice, submitMany } from "./cluster-checks.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";

/**
 * A height that one replica has delivered, and the others have only prepared, when the leader dies: whoever
 * has delivered must help the others to get there in the next view, since no quorum is there without it.
 */
describe("a height that one replica alone has delivered, without a leader", () => {
  test.each([1, 2, 3])(
    "P-4 is proposed, prepared and delivered again with replica %i the only one ahead",
    (ahead) => {
      const cluster = new SmallCluster(4);
      const leader = cluster.at(0);
      cluster.drops = (from, to, message) =>
        message.kind === "commit" && message.view === 0 && to.index !== ahead && from !== to;
      submitMany(cluster, 3, T0 + 10n * MS, MS);
      cluster.run(T0 + 60n * MS);
      expect(cluster.nodes.map((node) => node.blocks.size > 0)).toEqual([0, 1, 2, 3].map((i) => i === ahead));
      // The COMMITs of view 0 never come, however often they are sent again: the view has failed by then.
      cluster.crash(leader);
      cluster.run(T0 + 20_000n * MS);
      assertOneChain(cluster);
      for (const node of cluster.nodes.slice(1)) {
        expect(orderOf(node).length, `node ${node.index}`).toBe(3);
        expect(node.finalAt.size).toBe(node.blocks.size);
        expect(signedTwice(node)).toEqual([]);
      }
    },
  );

  test("P-6 trace (i): the FINALs of W heights are lost, and all goes on once they are sent again", () => {
    const cluster = new SmallCluster(4);
    cluster.drops = (from, to, message) =>
      (message.kind === "final" || message.kind === "finality") && from !== to;
    submitMany(cluster, 40, T0 + 10n * MS, 10n * MS);
    cluster.run(T0 + 900n * MS);
    for (const node of cluster.nodes) {
      expect(node.blocks.size).toBe(cluster.config.params.window);
      expect(node.finalAt.size).toBe(0);
    }
    cluster.drops = () => false;
    cluster.run(T0 + 5_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect(orderOf(node).length).toBe(40);
      expect(factsOf(node, "viewChange")).toEqual([]);
    }
  });

  test("P-1, P-4 trace (b): one commits h + 1 before it holds PC(h), and a delivered height is never lost", () => {
    const cluster = new SmallCluster(4, { delay: 5n * MS });
    // Replica 3 gets no PREPARE of odd heights, replica 2 none of the leader's; then the leader dies.
    cluster.drops = (from, to, message) =>
      message.kind === "prepare" &&
      from !== to &&
      ((to.index === 3 && message.height % 2 === 1) || (to.index === 2 && from.index === 0));
    submitMany(cluster, 30, T0 + 10n * MS, 2n * MS);
    cluster.run(T0 + 85n * MS);
    cluster.crash(cluster.at(0));
    cluster.run(T0 + 200n * MS);
    cluster.drops = () => false;
    cluster.run(T0 + 8_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes.slice(1)) expect(orderOf(node).length).toBe(30);
  });

  test("P-6 trace (q): a NEW-VIEW that is lost to one replica is sent again", () => {
    const cluster = new SmallCluster(4);
    const deaf = cluster.at(3);
    cluster.crash(cluster.at(0));
    cluster.drops = (_, to, message) => to === deaf && message.kind === "newView";
    cluster.submit(T0 + 10n * MS, "one", 1);
    cluster.run(T0 + 1_300n * MS);
    cluster.drops = () => false;
    cluster.run(T0 + 3_000n * MS);
    for (const node of cluster.nodes.slice(1)) {
      expect(orderOf(node).length).toBe(1);
      expect(factsOf(node, "newView").map((it) => it.fact.view)).toEqual([1]);
    }
  });

  test("P-5 trace (h): one that was cut off far behind the others' view joins them in one step", () => {
    const cluster = new SmallCluster(4);
    const away = cluster.at(3);
    cluster.drops = (from, to) => from === away || to === away;
    // Views fail, since every PREPARE is lost among the others too.
    const cut = cluster.drops;
    cluster.drops = (from, to, message) =>
      cut(from, to, message) || (message.kind === "prepare" && from !== to);
    cluster.submit(T0 + 10n * MS, "one", 1);
    cluster.run(T0 + 20_000n * MS);
    const reached = Math.max(
      ...cluster.nodes.slice(0, 3).flatMap((node) => factsOf(node, "newView").map((it) => it.fact.view)),
    );
    expect(reached).toBeGreaterThanOrEqual(3);
    cluster.drops = () => false;
    cluster.run(T0 + 60_000n * MS);
    assertOneChain(cluster);
    for (const node of cluster.nodes) expect(orderOf(node).length).toBe(1);
  });
});
