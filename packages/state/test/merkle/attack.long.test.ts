import { describe, expect, test } from "vitest";
import { attack } from "./attack.ts";

describe("forged proofs, for long", () => {
  test("T-7 T-8 of a hundred thousand forgeries none shows what isn't so", () => {
    let refused = 0;
    for (let seed = 2; seed < 12; seed++) {
      for (const count of attack(seed, 10_000).refused.values()) refused += count;
    }
    expect(refused).toBeGreaterThan(70_000);
  });
});
