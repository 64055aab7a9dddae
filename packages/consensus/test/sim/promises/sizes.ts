import { expect, test } from "vitest";
import { quietPlan } from "../../../src/sim/quiet-plan.ts";
import { judge } from "./plans.ts";

const HEIGHTS = 5;

/** Every size that the formats allow works; nothing goes wrong in these runs but what goes wrong by itself. */
export function sizeTests(sizes: readonly number[]): void {
  test.each(sizes)(
    "P-4, P-5 %i validators agree on height after height, and never change the view",
    (validators) => {
      const plan = {
        ...quietPlan({ seed: validators, validators, transactions: HEIGHTS }),
        heightsWanted: HEIGHTS,
      };
      const { violations, counts } = judge(plan);
      expect(violations).toEqual([]);
      expect(counts.viewChanges).toBe(0);
      expect(counts.transactions).toBeGreaterThanOrEqual(HEIGHTS);
      expect(counts.heights).toBeGreaterThanOrEqual(HEIGHTS);
    },
  );
}
