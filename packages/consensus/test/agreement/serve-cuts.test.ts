import { Height, must } from "@touchmark/core";
import { expect, test } from "vitest";
import { MS, submitMany } from "./cluster-checks.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";

test("P-6 who is epochs behind gets the cut that it asks for, as one of its own epoch", () => {
  const cluster = new SmallCluster(4, { params: { epochHeights: 6 } });
  const [server, asker] = [cluster.at(0), cluster.at(1)];
  submitMany(cluster, 60, T0 + 10n * MS, 10n * MS);
  cluster.run(T0 + 2_000n * MS);
  const block = must(server.blocks.get(3), "a block of the first epoch");
  expect(must([...server.blocks.values()].at(-1), "the newest block").epoch).toBeGreaterThan(block.epoch);
  const ask = (digest: typeof block.digest) => {
    const before = server.sent.length;
    cluster.inject(asker, server, { kind: "askCut", height: Height.of(3), digest });
    cluster.run(cluster.now + 2n * MS);
    return server.sent.slice(before).flatMap(({ message }) => (message.kind === "cut" ? [message] : []));
  };
  expect(ask(block.digest)).toEqual([{ kind: "cut", epoch: block.epoch, cut: block.cut }]);
  expect(ask(must(server.blocks.get(4), "another block").digest)).toEqual([]);
});
