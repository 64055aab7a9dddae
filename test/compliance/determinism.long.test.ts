import { test } from "vitest";
import { expectOneHistory } from "./determinism.ts";

test("L-1 5,000 blocks give the same roots from memory and from disk, with any cache and after a restart", () =>
  expectOneHistory(3, 5_000, [100, 1_000_000]));
