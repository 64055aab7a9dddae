import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import type { LaneBatch, Tip } from "../../src/messages.ts";
import { BEGINNING, chainOf, laneWorld, placeOf } from "./lane-world.ts";

const START: Tip = { seq: core.Seq.of(0), digest: core.ZERO_DIGEST };
const nth = (chain: readonly LaneBatch[], i: number): LaneBatch => core.must(chain[i], "batch");
const seqs = (path: readonly { readonly batch: LaneBatch }[] | undefined) => path?.map((it) => it.batch.seq);

function forkedWorld() {
  const world = laneWorld();
  const trunk = chainOf(world.signer, 4);
  const branch = chainOf(world.signer, 4, placeOf(nth(trunk, 1)), "other ");
  for (const batch of [...trunk, ...branch]) world.add(batch);
  return { ...world, trunk, branch };
}

describe("paths", () => {
  test("C-1 a path leads along one held chain, ascending", () => {
    const { lane, trunk, branch } = forkedWorld();
    expect(seqs(lane.path(START, placeOf(nth(trunk, 3))))).toEqual([1, 2, 3, 4]);
    expect(seqs(lane.path(placeOf(nth(trunk, 0)), placeOf(nth(branch, 1))))).toEqual([2, 3, 4]);
    expect(seqs(lane.path(placeOf(nth(trunk, 1)), placeOf(nth(branch, 3))))).toEqual([3, 4, 5, 6]);
  });

  test("C-1 a tip that stays has the empty path", () => {
    const { lane, trunk } = forkedWorld();
    expect(lane.path(START, START)).toEqual([]);
    const tip = placeOf(nth(trunk, 2));
    expect(lane.path(tip, tip)).toEqual([]);
  });

  test("C-1 there is none back, across to another branch, through a gap, or under a false number", () => {
    const { lane, trunk, branch } = forkedWorld();
    expect(lane.path(placeOf(nth(trunk, 2)), placeOf(nth(trunk, 1)))).toBe(undefined);
    expect(lane.path(placeOf(nth(trunk, 2)), placeOf(nth(branch, 3)))).toBe(undefined);
    const { digest } = placeOf(nth(trunk, 3));
    for (const seq of [0, 3, 5]) {
      expect(lane.path(START, { seq: core.Seq.of(seq), digest })).toBe(undefined);
      expect(lane.path(placeOf(nth(trunk, 3)), { seq: core.Seq.of(seq), digest })).toBe(undefined);
    }
    const unknown = core.toDigest(new Uint8Array(32).fill(7));
    expect(lane.path(START, { seq: core.Seq.of(2), digest: unknown })).toBe(undefined);
  });
});

describe("what is missing", () => {
  test("S-3 is the first gap on the way back from a tip", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 6);
    for (const i of [0, 1, 4]) world.add(nth(chain, i));
    const name = (i: number) => ({ lane: world.lane.key, ...placeOf(nth(chain, i)) });
    expect(world.lane.need(placeOf(nth(chain, 5)))).toEqual(name(5));
    expect(world.lane.need(placeOf(nth(chain, 2)))).toEqual(name(2));
    expect(world.lane.need(placeOf(nth(chain, 1)))).toBe(undefined);
    expect(world.lane.need(START)).toBe(undefined);
  });

  test("S-3 is nothing of what a delivered cut has ruled out", () => {
    const { lane, lanes, trunk, branch } = forkedWorld();
    lanes.settle(lane.key, placeOf(nth(trunk, 3)));
    expect(lane.need(placeOf(nth(branch, 1)))).toBe(undefined);
  });
});

describe("beyond and newest", () => {
  test("O-5 beyond a place is what is held along the branch of the newest", () => {
    const { lane, trunk } = forkedWorld();
    expect(seqs(lane.beyond(START))).toEqual([1, 2, 3, 4, 5, 6]);
    // The other branch goes farther, so from here on nothing follows.
    expect(lane.beyond(placeOf(nth(trunk, 3)))).toEqual([]);
  });

  test("S-5 where two branches are as far, the first that came is the newest", () => {
    const world = laneWorld();
    const [a, b] = [chainOf(world.signer, 2, BEGINNING, "a"), chainOf(world.signer, 2, BEGINNING, "b")];
    for (const batch of [...a, ...b]) world.add(batch);
    expect(world.lane.newest).toMatchObject(placeOf(nth(a, 1)));
    world.lanes.settle(world.lane.key, placeOf(nth(b, 0)));
    expect(world.lane.newest).toMatchObject(placeOf(nth(b, 1)));
  });

  test("C-1 settling a tip that is not held changes nothing", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 3);
    world.add(nth(chain, 0));
    world.lanes.settle(world.lane.key, placeOf(nth(chain, 2)));
    expect(world.lane.settled.seq).toBe(0);
    expect(world.table.size).toBe(1);
  });
});
