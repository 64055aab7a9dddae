import { Amount } from "@touchmark/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { split } from "../src/split.ts";

function amounts(amount: number, ...weights: readonly number[]): readonly number[] {
  return split(
    Amount.of(amount),
    weights.map((weight, name) => ({ name, weight })),
  ).map((it) => it.amount);
}

test("L-21 the story's numbers: 116 and 233 of 349; 225 of 14,997; 39, 39, 38 of 116", () => {
  expect(amounts(349, 3_333, 6_667)).toEqual([116, 233]);
  expect(amounts(14_997, 150, 9_850)).toEqual([225, 14_772]);
  expect(amounts(116, 3_334, 3_333, 3_333)).toEqual([39, 39, 38]);
  expect(amounts(1_000, 2_500, 3_333, 4_167)).toEqual([250, 333, 417]);
});

test("L-21 equal remainders go to those that are written first", () => {
  expect(amounts(1, 5_000, 5_000)).toEqual([1, 0]);
  expect(amounts(5, 1, 1, 1)).toEqual([2, 2, 1]);
});

test("L-21 a weight of nothing gets nothing, and an amount of nothing is shared as nothing", () => {
  expect(amounts(7, 0, 10_000)).toEqual([0, 7]);
  expect(amounts(0, 1, 2)).toEqual([0, 0]);
});

test("L-21 the parts add up, and each is within one unit of its exact share, up to the largest amounts", () => {
  const weights = fc
    .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 40 })
    .filter((it) => it.some((weight) => weight > 0));
  fc.assert(
    fc.property(fc.maxSafeNat(), weights, (amount, given) => {
      const parts = amounts(amount, ...given);
      const whole = given.reduce((sum, weight) => sum + BigInt(weight), 0n);
      expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(amount));
      for (const [i, part] of parts.entries()) {
        // |part − amount·weight/whole| < 1, without division.
        const off = BigInt(part) * whole - BigInt(amount) * BigInt(given[i] ?? 0);
        expect(off > -whole && off < whole).toBe(true);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("L-21 a unit that is left never goes to a smaller remainder before a larger one", () => {
  fc.assert(
    fc.property(
      fc.nat(100_000),
      fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 2, maxLength: 9 }),
      (amount, given) => {
        const whole = given.reduce((sum, weight) => sum + weight, 0);
        const parts = amounts(amount, ...given).map((part, i) => {
          const product = amount * (given[i] ?? 0);
          return { i, remainder: product % whole, got: part - Math.floor(product / whole) };
        });
        const ranked = [...parts].sort((a, b) => b.remainder - a.remainder || a.i - b.i).map((it) => it.got);
        expect(ranked).toEqual([...ranked].sort((a, b) => b - a));
      },
    ),
    { numRuns: 200, seed: 1 },
  );
});

test("L-21 a split without weights is a bug of ours", () => {
  expect(() => amounts(5, 0, 0)).toThrow("has weights");
});
