import { Prng } from "@touchmark/core";
import { expect, test } from "vitest";
import {
  FORGETS_AT_VALID_UNTIL,
  JOINER_RESIGHTS,
  LITERAL_TTL,
  PRESENT_MEDIAN,
  TIME_BEFORE_TIMER,
} from "../../src/order/broken-rules.ts";
import { FAIR_ORDER, type OrderRules } from "../../src/order/rules.ts";
import { Difference, drawShape, RandomWorld, type WorldShape } from "./random-world.ts";

const WORLDS = 600;
const WORLDS_FOR_A_FLAW = 100;

type ShapeOf = (drawn: WorldShape) => WorldShape;

/** How often each kind of thing happened in the worlds of these seeds; fails with the seed of the first difference. */
function runWorlds(from: number, count: number, shapeOf: ShapeOf): ReadonlyMap<string, number> {
  const seen = new Map<string, number>();
  for (let seed = from; seed < from + count; seed++) {
    const world = new RandomWorld(seed, FAIR_ORDER, shapeOf(drawShape(new Prng(seed))));
    try {
      world.run();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error}`, { cause: error });
    }
    for (const [what, times] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times);
  }
  return seen;
}

test("O-1 to O-4, C-2, C-3, S-6, V-1 and Y-1: random trees of cuts are ordered as the oracle orders them", () => {
  const seen = runWorlds(0, WORLDS, (drawn) => ({ ...drawn, epochs: false }));
  for (const what of [
    "several",
    "full",
    "still due",
    "expired",
    "missing",
    "from memory",
    "dropped",
    "rejected",
  ]) {
    expect([what, (seen.get(what) ?? 0) > 10]).toEqual([what, true]);
  }
});

test("E-1 and so are they while lanes join, count, die and leave", () => {
  const seen = runWorlds(WORLDS, WORLDS, (drawn) => ({ ...drawn, epochs: true }));
  for (const what of ["joiner", "joiner counts", "lane dies", "lane leaves"]) {
    expect([what, (seen.get(what) ?? 0) > 50]).toEqual([what, true]);
  }
});

test("S-6, O-2 under S-2, dropping what is dead and forgetting what is ordered changes no block", () => {
  const seen = runWorlds(2 * WORLDS, WORLDS, (drawn) => ({ ...drawn, epochs: false, keepsS2: true }));
  expect(seen.get("ordered") ?? 0).toBeGreaterThan(1_000);
});

test.each<[string, OrderRules]>([
  ["O-1 PRESENT_MEDIAN", PRESENT_MEDIAN],
  ["O-2 FORGETS_AT_VALID_UNTIL", FORGETS_AT_VALID_UNTIL],
  ["O-2 LITERAL_TTL", LITERAL_TTL],
  ["O-4 TIME_BEFORE_TIMER", TIME_BEFORE_TIMER],
  ["E-1 JOINER_RESIGHTS", JOINER_RESIGHTS],
])("%s: the oracle catches the flaw", (_, rules) => {
  const caught = Array.from({ length: WORLDS_FOR_A_FLAW }, (__, seed) => {
    try {
      new RandomWorld(seed, rules).run();
      return false;
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      return true;
    }
  });
  expect(caught.filter(Boolean).length).toBeGreaterThan(1);
});
