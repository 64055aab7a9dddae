import { test } from "vitest";
import { printCosts } from "./order-cost.ts";

test("O-3 what merging lanes costs is printed, and judged by nobody", () => {
  printCosts();
});
