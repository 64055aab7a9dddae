import type { Machine } from "../../machine.ts";
import { block, unblock } from "./blocks.ts";
import { offerExpires } from "./lot.ts";
import { accept, offer, rescind } from "./offers.ts";
import { lose, register, withdraw } from "./register.ts";
import { merge, split } from "./shape.ts";

/** Lots of material and their mass balance (2b §3). */
export const materials = {
  name: "materials",
  operations: {
    "lot.register": register,
    "lot.split": split,
    "lot.merge": merge,
    "lot.offer": offer,
    "lot.accept": accept,
    "lot.rescind": rescind,
    "lot.lose": lose,
    "lot.withdraw": withdraw,
    "lot.block": block,
    "lot.unblock": unblock,
  },
  timers: [offerExpires],
} as const satisfies Machine;
