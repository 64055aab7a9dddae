import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";

describe("the seeded generator", () => {
  test("a seed's run is pinned: replays of old seeds depend on it", () => {
    const prng = new core.Prng(42);
    expect([prng.u32(), prng.u32(), prng.u32(), prng.fork("disk").u32(), prng.u64()]).toMatchInlineSnapshot(`
      [
        4074835455,
        457801816,
        1677814445,
        1902110907,
        2413440952808878010n,
      ]
    `);
  });

  test("seeds past 32 bits count, and a bad seed is refused", () => {
    expect(new core.Prng(1).u32()).not.toBe(new core.Prng(1 + 2 ** 32).u32());
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
});
