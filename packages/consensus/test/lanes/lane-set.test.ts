import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Lane, UNLINKED_MAX } from "../../src/lanes/lane.ts";
import { keepsPromises } from "../../src/lanes/lane-set.ts";
import type { LaneBatch } from "../../src/messages.ts";
import {
  BEGINNING,
  batchOf,
  chainOf,
  type LaneWorld,
  laneWorld,
  placeOf,
  signerOf,
  T0,
  txidOf,
} from "./lane-world.ts";

const key = (batch: LaneBatch): string => core.bytesToKey(placeOf(batch).digest);
const BEGINNING_TIP = { seq: core.Seq.of(0), digest: core.ZERO_DIGEST };
const nth = (chain: readonly LaneBatch[], i: number): LaneBatch => core.must(chain[i], "batch");
const seqsHeld = (world: LaneWorld): number[] => world.held.map((it) => it.batch.seq);

describe("linking", () => {
  test("S-3 batches that come in order are held at once", () => {
    const world = laneWorld();
    for (const batch of chainOf(world.signer, 5)) expect(world.add(batch).kind).toBe("held");
    expect(seqsHeld(world)).toEqual([1, 2, 3, 4, 5]);
    expect(world.lane.newest.seq).toBe(5);
    expect(world.lanes.version).toBe(5);
  });

  test("S-3 one with a gap before it waits, and the lowest gap is what is to be fetched", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 5);
    const gapAt = (i: number) => ({ lane: nth(chain, i).lane, ...placeOf(nth(chain, i)) });
    expect(world.add(nth(chain, 4))).toEqual({ kind: "unlinked", lane: world.lane });
    expect(world.lane.lowestGap()).toEqual(gapAt(3));
    expect(world.add(nth(chain, 0)).kind).toBe("held");
    expect(world.add(nth(chain, 2)).kind).toBe("unlinked");
    expect(world.lane.lowestGap()).toEqual(gapAt(1));
    expect(world.add(nth(chain, 3)).kind).toBe("unlinked");
    expect(seqsHeld(world)).toEqual([1]);
    expect(world.add(nth(chain, 1)).kind).toBe("held");
    expect(world.lane.lowestGap()).toBe(undefined);
    expect(seqsHeld(world)).toEqual([1, 2, 3, 4, 5]);
  });

  test("S-3 in any order of arrival, and however often, the same chain is held", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const prng = new core.Prng(seed);
      const world = laneWorld();
      const chain = chainOf(world.signer, 30);
      for (const batch of prng.shuffle([...chain, ...chain])) world.add(batch);
      expect(seqsHeld(world)).toEqual(chain.map((it) => it.seq));
      expect(world.evidence).toEqual([]);
    }
  });

  test("S-3 a batch that is held or already settled is known", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 3);
    for (const batch of chain) world.add(batch);
    expect(world.add(nth(chain, 1)).kind).toBe("known");
    world.lanes.settle(world.lane.key, placeOf(nth(chain, 1)));
    expect(world.add(nth(chain, 1)).kind).toBe("known");
  });

  test("S-3 what waits for a batch before it is bounded, and the farthest goes first", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, UNLINKED_MAX + 12);
    for (const batch of chain.slice(1)) world.add(batch);
    world.add(nth(chain, 0));
    // Eleven too many: each pushed out the farthest that waited before it.
    expect(world.lane.newest.seq).toBe(UNLINKED_MAX);
    for (const batch of chain) world.add(batch);
    expect(world.lane.newest.seq).toBe(chain.length);
  });

  test("S-3 a batch of no lane here, or of an epoch far ahead, is not kept", () => {
    const world = laneWorld();
    const stranger = batchOf(signerOf(9), BEGINNING, 10);
    expect(world.add(stranger)).toEqual({ kind: "invalid", why: "UNKNOWN_LANE" });
    const early = batchOf(world.signer, BEGINNING, 10, [], core.Epoch.of(2));
    expect(world.add(early)).toEqual({ kind: "invalid", why: "LATER_EPOCH" });
    expect(world.add(batchOf(world.signer, BEGINNING, 10, [], core.Epoch.of(1))).kind).toBe("held");
  });

  test("S-1 a batch that does not follow the one that it names is not held", () => {
    const world = laneWorld();
    const first = batchOf(world.signer, BEGINNING, 100, [["a", 50]]);
    world.add(first);
    const place = placeOf(first);
    const wrongSeq = batchOf(world.signer, { seq: 2, digest: place.digest }, 200);
    const headStands = batchOf(world.signer, place, 100);
    const stampTooLow = batchOf(world.signer, place, 200, [["b", 100]]);
    for (const batch of [wrongSeq, headStands, stampTooLow])
      expect(world.add(batch)).toEqual({ kind: "invalid", why: "DOES_NOT_FOLLOW" });
    expect(world.lane.newest.seq).toBe(1);
    expect(world.add(batchOf(world.signer, place, 200, [["b", 101]])).kind).toBe("held");
  });

  test("S-1 nothing is at or below the genesis time", () => {
    const world = laneWorld();
    expect(world.add(batchOf(world.signer, BEGINNING, 0)).kind).toBe("invalid");
    expect(world.add(batchOf(world.signer, BEGINNING, 10, [["a", 0]])).kind).toBe("invalid");
    expect(world.add(batchOf(world.signer, BEGINNING, 1, [["a", 1]])).kind).toBe("held");
  });
});

describe("evidence", () => {
  test.each([0, 1])(
    "S-5 two batches of one number are evidence once, whichever comes first (%i)",
    (order) => {
      const world = laneWorld();
      const chain = chainOf(world.signer, 3);
      const place = placeOf(nth(chain, 0));
      const other = batchOf(world.signer, place, 25, [["other", 15]]);
      const pair = order === 0 ? [nth(chain, 1), other] : [other, nth(chain, 1)];
      world.add(nth(chain, 0));
      for (const batch of [...pair, nth(chain, 2), batchOf(world.signer, place, 26)]) world.add(batch);
      expect(world.evidence).toEqual([{ first: pair[0], second: pair[1] }]);
      expect(world.lane.forked).toBe(true);
      // Until one is committed any version may be: both branches are held.
      expect(world.lane.find(key(other))).not.toBe(undefined);
      expect(world.lane.find(key(nth(chain, 2)))).not.toBe(undefined);
    },
  );

  test("S-5 a batch that breaks its promise by itself is evidence, and is not held", () => {
    const past = (signer: core.Signer) => batchOf(signer, BEGINNING, 10, [["a", 11]]);
    const back = (signer: core.Signer) =>
      batchOf(signer, BEGINNING, 50, [
        ["a", 30],
        ["b", 20],
      ]);
    const same = (signer: core.Signer) =>
      batchOf(signer, BEGINNING, 50, [
        ["a", 30],
        ["b", 30],
      ]);
    for (const make of [past, back, same]) {
      const world = laneWorld();
      const batch = make(world.signer);
      expect(keepsPromises(batch)).toBe(false);
      expect(world.add(batch)).toEqual({ kind: "invalid", why: "BREAKS_ITS_PROMISE" });
      expect(world.evidence).toEqual([{ first: batch, second: undefined }]);
      world.add(batch);
      expect(world.evidence.length).toBe(1);
      expect(world.lane.find(key(batch))).toBe(undefined);
    }
  });

  test("S-5 two of one number are evidence even where the batch before them is not held", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 3);
    const other = batchOf(world.signer, placeOf(nth(chain, 1)), 35, [["other", 25]]);
    expect(world.add(nth(chain, 2)).kind).toBe("unlinked");
    world.add(other);
    expect(world.evidence).toEqual([{ first: nth(chain, 2), second: other }]);
  });

  test("S-5 evidence stands for itself: for a number that is settled here, and where nothing links", () => {
    const settled = laneWorld();
    const chain = chainOf(settled.signer, 3);
    for (const batch of chain) settled.add(batch);
    settled.lanes.settle(settled.lane.key, placeOf(nth(chain, 2)));
    const other = batchOf(settled.signer, placeOf(nth(chain, 0)), 25);
    for (const world of [settled, laneWorld()]) {
      world.lanes.accuse({ first: nth(chain, 1), second: other });
      world.lanes.accuse({ first: other, second: nth(chain, 1) });
      expect(world.evidence).toEqual([{ first: nth(chain, 1), second: other }]);
    }
  });

  test("S-5 a late batch that contradicts a settled one is evidence, as long as its height is kept", () => {
    const heights = 2;
    const world = laneWorld({ batches: 100, bytes: 100_000, heights });
    const chain = chainOf(world.signer, 6);
    for (const batch of chain) {
      world.add(batch);
      world.lanes.settle(world.lane.key, placeOf(batch));
    }
    const late = (i: number) => batchOf(world.signer, placeOf(nth(chain, i - 1)), i * 10 + 7);
    for (const batch of chain) expect(world.add(batch).kind).toBe("known");
    expect(world.add(late(3)).kind).toBe("known");
    expect(world.evidence).toEqual([]);
    expect(world.add(late(4)).kind).toBe("known");
    expect(world.evidence).toEqual([{ first: nth(chain, 4), second: late(4) }]);
    expect(world.lane.settled).toMatchObject(placeOf(nth(chain, 5)));
  });

  test("S-5 the branches of a hostile lane fill no more than its room, and what a cut needs is held nonetheless", () => {
    const world = laneWorld({ batches: 20, bytes: 1_000_000, heights: 10 });
    const chain = chainOf(world.signer, 30);
    for (const batch of chain.slice(0, 10)) world.add(batch);
    for (let i = 0; i < 50; i++) world.add(batchOf(world.signer, BEGINNING, 1_000 + i));
    expect(world.held.length).toBe(20);
    expect(world.add(nth(chain, 10))).toEqual({ kind: "invalid", why: "NO_ROOM" });
    // V-1: a cut goes up to the thirtieth. From behind, each that comes makes the one before it needed.
    for (const batch of chain.slice(10).reverse()) {
      expect(world.lane.need(placeOf(nth(chain, 29)))).toEqual({ lane: batch.lane, ...placeOf(batch) });
      const { version } = world.lanes;
      world.add(batch);
      expect(world.lanes.version).toBeGreaterThan(version);
    }
    expect(world.lane.need(placeOf(nth(chain, 29)))).toBe(undefined);
    expect(world.lane.path(BEGINNING_TIP, placeOf(nth(chain, 29)))?.length).toBe(30);
    world.lanes.settle(world.lane.key, placeOf(nth(chain, 29)));
    expect(world.table.size).toBe(0);
    expect(world.add(batchOf(world.signer, placeOf(nth(chain, 29)), 5_000)).kind).toBe("held");
  });

  test("S-5 the bytes of a lane are bounded too, held ones and waiting ones, but never those signed here", () => {
    const world = laneWorld({ batches: 1_000, bytes: 2_000, heights: 10 });
    const chain = chainOf(world.signer, 40);
    for (const batch of chain) world.add(batch);
    const held = world.held.length;
    expect(held).toBeGreaterThan(5);
    expect(world.held.reduce((sum, it) => sum + it.bytes, 0)).toBeLessThanOrEqual(2_000);
    for (const batch of chain) world.lanes.add(batch, core.Epoch.of(0), T0, true);
    expect(world.held.length).toBe(40);
    const waiting = laneWorld({ batches: 1_000, bytes: 2_000, heights: 10 });
    for (const batch of chain.slice(1)) waiting.add(batch);
    waiting.add(nth(chain, 0));
    expect(waiting.held.length).toBeGreaterThan(2);
    expect(waiting.held.length).toBeLessThanOrEqual(held);
  });

  test("S-5 of many branches only those on the settled tip are left, each batch and record once", () => {
    const world = laneWorld();
    const trunk = chainOf(world.signer, 4);
    for (const batch of trunk) world.add(batch);
    const branches = trunk.flatMap((batch, i) =>
      [0, 1].map((turn) => chainOf(world.signer, 3, placeOf(batch), `${i}/${turn} `)),
    );
    for (const batch of branches.flat()) world.add(batch);
    world.lanes.settle(world.lane.key, placeOf(nth(trunk, 1)));
    const isHeld = (batch: LaneBatch) => world.lane.find(key(batch)) !== undefined;
    expect(trunk.map(isHeld)).toEqual([false, false, true, true]);
    // Those on the second, the third and the fourth stay, those on the first are gone.
    expect(branches.map((branch) => branch.filter(isHeld).length)).toEqual([0, 0, 3, 3, 3, 3, 3, 3]);
    world.lanes.settle(world.lane.key, placeOf(nth(core.must(branches[4], "branch"), 2)));
    expect(world.table.size).toBe(0);
  });

  test("S-5 a batch that a cut needs takes the place of another that waits behind the same one", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 3);
    const other = batchOf(world.signer, placeOf(nth(chain, 0)), 27);
    world.add(other);
    expect(world.lane.need(placeOf(nth(chain, 1)))).toMatchObject(placeOf(nth(chain, 1)));
    world.add(nth(chain, 1));
    expect(world.lane.need(placeOf(nth(chain, 1)))).toMatchObject(placeOf(nth(chain, 0)));
    world.add(other);
    world.add(nth(chain, 0));
    expect(world.lane.newest).toMatchObject(placeOf(nth(chain, 1)));
  });

  test("S-5 what a forked lane held for cuts that came to nothing goes, down to its room", () => {
    const world = laneWorld({ batches: 8, bytes: 1_000_000, heights: 10 });
    const [line, branch] = [chainOf(world.signer, 6), chainOf(world.signer, 12, BEGINNING, "b")];
    for (const batch of line) world.add(batch);
    const needAll = (batches: readonly LaneBatch[]) => {
      for (const batch of [...batches].reverse()) {
        world.lane.need(placeOf(nth(batches, batches.length - 1)));
        world.add(batch);
      }
    };
    needAll(branch);
    expect(world.held.length).toBe(18);
    // A cut up to the tenth of the branch is open still.
    world.lanes.trim(() => [placeOf(nth(branch, 9))]);
    const isHeld = (batch: LaneBatch) => world.lane.find(key(batch)) !== undefined;
    expect(branch.map(isHeld)).toEqual([...new Array(10).fill(true), false, false]);
    expect(world.lane.path(BEGINNING_TIP, placeOf(nth(branch, 9)))?.length).toBe(10);
    world.lanes.trim(() => []);
    expect(branch.filter(isHeld).length).toBe(8);
    expect(line.filter(isHeld).length).toBe(0);
    expect(world.table.size).toBe(8);
    expect(world.lane.newest.seq).toBe(8);
    // It has all that it may have; what a cut needs comes back.
    expect(world.add(nth(branch, 8))).toEqual({ kind: "invalid", why: "NO_ROOM" });
    needAll(branch.slice(8));
    expect(world.lane.path(BEGINNING_TIP, placeOf(nth(branch, 11)))?.length).toBe(12);
    world.lanes.settle(world.lane.key, placeOf(nth(branch, 11)));
    expect(world.table.size).toBe(0);
  });

  test("E-1 a dead lane is proven by the chain, and nothing more of it is held", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 2);
    world.add(nth(chain, 0));
    world.lane.dead = true;
    expect(world.lane.forked).toBe(true);
    expect(world.add(nth(chain, 1))).toEqual({ kind: "invalid", why: "DEAD_LANE" });
  });

  test("S-5 what proves nothing accuses nobody", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 3);
    const stranger = chainOf(signerOf(9), 2);
    const innocent = [
      { first: nth(chain, 0), second: undefined },
      { first: nth(chain, 0), second: nth(chain, 0) },
      { first: nth(chain, 0), second: nth(chain, 1) },
      { first: nth(chain, 0), second: nth(stranger, 0) },
      { first: nth(stranger, 0), second: batchOf(signerOf(9), BEGINNING, 77) },
    ];
    for (const evidence of innocent) world.lanes.accuse(evidence);
    expect(world.evidence).toEqual([]);
    expect(world.lane.forked).toBe(false);
  });
});

describe("records", () => {
  test("O-2 every use of a transaction's record ends when its batch is settled or ruled out", () => {
    const world = laneWorld();
    const chain = chainOf(world.signer, 6);
    const branch = chainOf(world.signer, 3, placeOf(nth(chain, 1)), "other ");
    for (const batch of [...chain, ...branch]) world.add(batch);
    expect(world.table.size).toBe(9);
    world.lanes.settle(world.lane.key, placeOf(nth(chain, 3)));
    expect(world.lane.settled).toMatchObject(placeOf(nth(chain, 3)));
    expect(world.table.size).toBe(2);
    expect(world.lane.find(key(nth(branch, 2)))).toBe(undefined);
    expect(world.lane.beyond(world.lane.settled).map((it) => it.batch.seq)).toEqual([5, 6]);
    world.lanes.settle(world.lane.key, placeOf(nth(chain, 5)));
    expect(world.table.size).toBe(0);
    expect(world.lane.newest.seq).toBe(6);
  });

  test("O-2 one that several batches name has as many uses", () => {
    const world = laneWorld();
    const first = batchOf(world.signer, BEGINNING, 10, [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ]);
    const second = batchOf(world.signer, placeOf(first), 20, [["a", 11]]);
    for (const batch of [first, second]) world.add(batch);
    expect(world.table.find(txidOf("a"))?.uses).toBe(2);
    world.lanes.settle(world.lane.key, placeOf(first));
    expect(world.table.find(txidOf("a"))?.uses).toBe(1);
    expect(world.table.find(txidOf("b"))).toBe(undefined);
  });

  test("S-5 after a fork is settled the other branch is dead, and the chosen one goes on", () => {
    const world = laneWorld();
    const [a, b] = [chainOf(world.signer, 4, BEGINNING, "a"), chainOf(world.signer, 4, BEGINNING, "b")];
    for (const batch of [...a.slice(0, 3), ...b.slice(0, 3)]) world.add(batch);
    world.lanes.settle(world.lane.key, placeOf(nth(b, 1)));
    expect(world.lane.newest).toMatchObject(placeOf(nth(b, 2)));
    expect(world.add(nth(b, 3)).kind).toBe("held");
    expect(world.add(nth(a, 3)).kind).not.toBe("held");
    expect(world.lane.beyond(world.lane.settled).map((it) => it.key)).toEqual([
      key(nth(b, 2)),
      key(nth(b, 3)),
    ]);
  });
});

describe("a lane that is admitted again", () => {
  test("E-1 stays as it is", () => {
    const world = laneWorld();
    for (const batch of chainOf(world.signer, 2)) world.add(batch);
    expect(world.lanes.admit(world.lane.key, Lane.beginning(T0))).toBe(world.lane);
    expect(world.lane.newest.seq).toBe(2);
  });
});
