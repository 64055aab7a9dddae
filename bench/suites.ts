import type { Bench } from "./figure.ts";
import { codecBenches } from "./micro/codec.ts";
import { executeBenches } from "./micro/execute.ts";
import { hashBenches } from "./micro/hash.ts";
import { orderBenches } from "./micro/order.ts";
import { replicaBenches } from "./micro/replica.ts";
import { signBenches } from "./micro/sign.ts";
import { treeBenches } from "./micro/tree.ts";
import { verifyBenches } from "./micro/verify.ts";

/** Every suite by its name on the command line. */
export const SUITES: ReadonlyMap<string, readonly Bench[]> = new Map([
  [
    "micro",
    [
      ...codecBenches,
      ...hashBenches,
      ...verifyBenches,
      ...signBenches,
      ...orderBenches,
      ...replicaBenches,
      ...treeBenches,
      ...executeBenches,
    ],
  ],
]);
