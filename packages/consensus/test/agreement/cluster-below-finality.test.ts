import { expect, test } from "vitest";
import { assertOneChain, MS, orderOf, signedTwice } from "./cluster-checks.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";

test("P-1 trace (t): nobody votes below a certificate that the NEW-VIEW carried, so three restarts make no fork", () => {
  const cluster = new SmallCluster(4, { delay: 10n * MS });
  const knowing = 3;
  // All deliver two heights; one alone learns that the second is final, and then the others restart.
  cluster.drops = (_from, to, message) => {
    switch (message.kind) {
      case "final":
        return to.index !== knowing || message.height !== 2;
      case "finality":
      case "viewChange":
      case "newView":
        return true;
      default:
        return message.kind === "preprepare" && message.cut.height > 2;
    }
  };
  cluster.submit(T0 + 50n * MS, "one");
  cluster.submit(T0 + 120n * MS, "two");
  cluster.run(T0 + 400n * MS);
  expect(cluster.nodes.map((node) => node.blocks.size)).toEqual([2, 2, 2, 2]);
  cluster.submit(T0 + 500n * MS, "three");
  cluster.run(T0 + 2_000n * MS);
  // Of the one that knows, only its VIEW-CHANGE gets out; the leader hears no other third one.
  cluster.drops = (from, to, message) => {
    if (message.kind === "final" && cluster.now < T0 + 4_000n * MS) return true;
    if (from.index === knowing && to.index !== knowing) return message.kind !== "viewChange";
    return message.kind === "viewChange" && from.index === 0 && to.index === 1;
  };
  for (const index of [0, 1, 2]) cluster.restart(cluster.at(index));
  cluster.run(T0 + 6_000n * MS);
  assertOneChain(cluster);
  for (const node of cluster.nodes) {
    expect(node.halted).toBeUndefined();
    expect(orderOf(node).length).toBe(3);
    expect(signedTwice(node)).toEqual([]);
  }
});
