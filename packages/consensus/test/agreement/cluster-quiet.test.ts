import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { SmallCluster, T0 } from "./small-cluster.ts";
import type { SmallNode } from "./small-node.ts";

const MS = core.MILLISECOND;

function kindsSent(node: SmallNode, since: bigint): readonly string[] {
  return [...new Set(node.sent.filter(({ at }) => at >= since).map(({ message }) => message.kind))]
    .filter((kind) => kind !== "askSnapshot") // Y-1: whoever gets no further asks now and then.
    .toSorted();
}

describe("P-6 a network that has become quiet", () => {
  test("P-6 who missed the end of what happened is told, though nothing waits anywhere", () => {
    const cluster = new SmallCluster(4);
    const late = cluster.at(3);
    cluster.submit(T0 + MS, "a");
    cluster.crash(late);
    cluster.run(T0 + 2_000n * MS);
    for (const index of [0, 1, 2]) expect(cluster.at(index).finalAt.has(1)).toBe(true);
    cluster.restart(late);
    cluster.run(T0 + 8_000n * MS);
    expect(late.blocks.has(1)).toBe(true);
    expect(late.finalAt.has(1)).toBe(true);
    // Once everyone is up to date nothing but pings and their answers is sent.
    const since = cluster.now;
    cluster.run(since + 20_000n * MS);
    for (const node of cluster.nodes) expect(kindsSent(node, since + MS)).toEqual(["ping", "pong"]);
  });

  test("P-6 trace (q): who missed a NEW-VIEW is told by whoever hears its ping", () => {
    const cluster = new SmallCluster(4);
    const late = cluster.at(3);
    cluster.crash(cluster.at(0));
    cluster.drops = (_, to, message) => message.kind === "newView" && to === late;
    cluster.submit(T0 + MS, "a", 1);
    cluster.run(T0 + 4_000n * MS);
    const entered = (node: SmallNode) => node.facts.some(({ fact }) => fact.kind === "newView");
    cluster.restart(late);
    cluster.run(T0 + 5_000n * MS);
    expect([entered(cluster.at(1)), entered(late)]).toEqual([true, false]);
    cluster.drops = () => false;
    cluster.run(T0 + 12_000n * MS);
    expect(entered(late)).toBe(true);
  });
});

test("P-5 a replica that only hears of lanes and of how far the others are doesn't blame their leader while they get on", () => {
  const cluster = new SmallCluster(4, { params: { viewTimeout: core.Nanos.of(3_000n * MS) } });
  const late = cluster.at(3);
  const heard = new Set(["finality", "batch"]);
  cluster.drops = (from, to, message) => from !== to && to === late && !heard.has(message.kind);
  for (let i = 0; i < 80; i++) cluster.submit(T0 + MS + BigInt(i) * 100n * MS, `t${i}`);
  cluster.run(T0 + 8_000n * MS);
  const left = (node: SmallNode) => node.facts.some(({ fact }) => fact.kind === "viewChange");
  expect([late.blocks.size, left(late)]).toEqual([0, false]);
  // Once there is no progress anywhere it does.
  heard.clear();
  cluster.run(T0 + 12_000n * MS);
  expect(left(late)).toBe(true);
});
