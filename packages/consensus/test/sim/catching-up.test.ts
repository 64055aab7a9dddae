import { must } from "@touchmark/core";
import { expect, test } from "vitest";
import { SECONDS } from "../../src/sim/true-time.ts";
import { awayPlan, expectByBlocks, JOINER, LAST, lateJoinerPlan, watch } from "./catching-up.ts";

const SMALL = { snapshotEvery: 10, keptHeights: 12 };

test("Y-1 a validator that was down for 60 heights catches up by blocks, and votes", () => {
  expectByBlocks(60);
});

test("Y-1 a validator that was down for longer than blocks are kept takes a snapshot, and votes", () => {
  // Through the codec, so that what is fetched is made of bytes alone.
  const seen = watch({ ...awayPlan(60, SMALL), encodes: true }, LAST);
  const begun = must(seen.adopted.at(-1), "a snapshot");
  expect(begun).toBeGreaterThan(60);
  expect(seen.delivered.at(-1)).toBe(seen.highest);
  expect(seen.delivered).toContain(begun + 1);
  expect(seen.delivered.filter((height) => height > begun).length).toBeGreaterThan(40);
  expect(seen.prepared).toBeGreaterThan(40);
});

test("Y-1, E-2 a joiner that starts with nothing, epochs later, takes a snapshot, comes into the set, and votes", () => {
  const seen = watch(lateJoinerPlan(8 * SECONDS, { ...SMALL, epochHeights: 40 }), JOINER);
  expect(must(seen.adopted[0], "a snapshot")).toBeGreaterThan(80);
  expect(seen.delivered.at(-1)).toBe(seen.highest);
  expect(seen.prepared).toBeGreaterThan(0);
});
