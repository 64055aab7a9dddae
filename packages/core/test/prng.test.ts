import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";

describe("the seeded generator", () => {
  // Computed apart from the code, with Python's integers.
  test.each([
    [0, [2_069_697_080, 998_401_461, 1_001_187_455, 2_700_214_702, 11_403_006_983_383_387_920n]],
    [1, [2_864_718_319, 382_396_905, 3_862_504_874, 398_337_732, 8_933_345_116_710_921_042n]],
    [42, [1_962_818_870, 1_222_316_584, 3_741_832_822, 627_371_124, 16_377_055_391_691_481_186n]],
  ])("the run of seed %d is pinned: replays of old seeds depend on it", (seed, run) => {
    const prng = new core.Prng(seed);
    expect([prng.u32(), prng.u32(), prng.u32(), prng.fork("disk").u32(), prng.u64()]).toEqual(run);
  });

  /** Enough draws to tell two states apart. */
  const runOf = (prng: core.Prng): string => Array.from({ length: 4 }, () => prng.u32()).join();

  test("both halves of a seed count, each in its own place", () => {
    const halves = [0, 1, 2, 3, 5, 7, 100, 2 ** 21 - 1];
    const seeds = halves.flatMap((high) => [
      ...halves.map((low) => high * 2 ** 32 + low),
      // Each of these was once the same run as another: mirrored halves, and halves that cancel out.
      ...(high === 0 ? [] : [(high - 1) * 2 ** 32 + high, high * 2 ** 32 + high + 1]),
    ]);
    const distinct = new Set(seeds);
    expect(new Set([...distinct].map((seed) => runOf(new core.Prng(seed)))).size).toBe(distinct.size);
  });

  test("neighbouring seeds differ from their first draw on, and none starts among zeros", () => {
    const firsts = Array.from({ length: 10_000 }, (_, seed) => new core.Prng(seed).u32());
    expect(new Set(firsts).size).toBeGreaterThan(9_990);
    for (const seed of [0, 1, 2 ** 32, 2 ** 32 + 1]) {
      const prng = new core.Prng(seed);
      expect(Array.from({ length: 4 }, () => prng.u32())).not.toContain(0);
    }
  });

  test("a bad seed is refused", () => {
    expect(() => new core.Prng(-1)).toThrow("seed");
    expect(() => new core.Prng(0.5)).toThrow("seed");
  });

  test("every value below an end turns up about as often as the others", () => {
    const prng = new core.Prng(7);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const drawn = prng.below(10);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(() => prng.below(0)).toThrow("end");
  });

  test("between includes both ends, a shuffle keeps every item, a pick comes from the list", () => {
    const prng = new core.Prng(9);
    const drawn = new Set(Array.from({ length: 200 }, () => prng.between(3, 5)));
    expect([...drawn].sort()).toEqual([3, 4, 5]);
    const items = Array.from({ length: 50 }, (_, i) => i);
    const shuffled = prng.shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
    expect(items).toContain(prng.pick(items));
    expect(() => prng.pick([])).toThrow("nothing to pick");
    expect(prng.chance(1)).toBe(true);
    expect(prng.chance(0)).toBe(false);
    expect(prng.bytes(5)).toHaveLength(5);
  });

  test("forks with different labels differ, and drawing in one doesn't move the other", () => {
    const a = new core.Prng(3);
    const b = new core.Prng(3);
    const forkOfA = a.fork("network");
    const forkOfB = b.fork("network");
    for (let i = 0; i < 10; i++) forkOfA.u32();
    expect(a.u32()).toBe(b.u32());
    expect(forkOfB.u32()).not.toBe(new core.Prng(3).fork("disk").u32());
  });

  test("a fork takes two draws of its parent, so that a second fork of one label is another", () => {
    const forked = new core.Prng(3);
    const first = runOf(forked.fork("disk"));
    const drawn = new core.Prng(3);
    drawn.u64();
    expect(runOf(forked.fork("disk"))).toBe(runOf(drawn.fork("disk")));
    expect(runOf(new core.Prng(3).fork("disk"))).toBe(first);
    expect(runOf(new core.Prng(3).fork("disk"))).not.toBe(runOf(drawn.fork("disk")));
  });
});
