import { test } from "vitest";
import { RandomWorld } from "./random-world.ts";

const WORLDS = 100_000;

test("O-1 to O-4, C-2, C-3, S-6, V-1, Y-1 and E-1 in a hundred thousand random trees of cuts", () => {
  for (let seed = 0; seed < WORLDS; seed++) {
    try {
      new RandomWorld(seed).run();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error}`, { cause: error });
    }
  }
});
