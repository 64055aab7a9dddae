import { expect, test } from "vitest";
import { assertOneChain, factsOf, hashesOf, MS } from "./cluster-checks.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";

test("P-6 COMMITs of a view that a replica has left are counted, where the others wait for its FINALs", () => {
  const cluster = new SmallCluster(4);
  const [leaver, silent] = [cluster.at(0), cluster.at(1)];
  cluster.crash(cluster.at(3));
  // All else arrives: the others deliver W heights, which without this replica can't become final.
  cluster.drops = (from, to, message) => message.kind === "commit" && from === silent && to === leaver;
  for (let i = 0; i < 8; i++) cluster.submit(T0 + BigInt(10 + 30 * i) * MS, `transaction ${i}`, i % 3);
  cluster.run(T0 + 1_900n * MS);
  expect(factsOf(leaver, "viewChange").length).toBe(1);
  expect(leaver.blocks.size).toBe(0);
  expect(silent.blocks.size).toBe(cluster.config.params.window);
  cluster.drops = () => false;
  cluster.run(T0 + 8_000n * MS);
  assertOneChain(cluster);
  expect(leaver.blocks.size).toBeGreaterThan(cluster.config.params.window);
  expect(hashesOf(leaver)).toEqual(hashesOf(silent));
});
