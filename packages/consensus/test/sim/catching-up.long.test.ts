import { test } from "vitest";
import { expectByBlocks } from "./catching-up.ts";

test("Y-1 a validator that was down for 1,000 heights catches up by blocks, and votes", () => {
  expectByBlocks(1_000);
});
