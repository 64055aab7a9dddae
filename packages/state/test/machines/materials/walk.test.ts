import { test } from "vitest";
import { walkThrough } from "./walk.ts";

test.each([undefined, 0])(
  "B-1, B-2, B-3, B-4, Q-3 the ledger does what the slow model does (timers a block: %s)",
  (blockTimersMax) => {
    walkThrough(1, 8, { ops: 500, blockTimersMax });
  },
);
