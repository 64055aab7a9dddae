import { expect, test } from "vitest";
import { measureOrder } from "./order-cost.ts";

test("O-3 what merging lanes costs, in microseconds for each transaction (printed, not judged)", () => {
  for (const lanes of [4, 31]) {
    for (const transactions of [1_000, 10_000]) {
      const plan = { lanes, transactions, cuts: lanes === 4 ? 24 : 10, depth: 4 };
      // The first run warms the compiler up.
      measureOrder(plan, 1);
      const { mean, bestExtend, bestSettle } = measureOrder(plan, 2);
      const figures = `${mean.toFixed(2)}; best cut ${bestExtend.toFixed(2)} + ${bestSettle.toFixed(2)}`;
      console.log(`${transactions} transactions × ${lanes} lanes: ${figures}`);
      expect(mean).toBeGreaterThan(0);
    }
  }
});
