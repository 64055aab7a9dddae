import type { Machine } from "../../machine.ts";
import { attest, burn, honour, mint } from "./currency.ts";
import { freeze, hold, holdExpires, post, transfer, unfreeze, voidHold } from "./pay.ts";
import { redeem, redemptionExpires } from "./redemption.ts";

/** Money: currencies, transfers, two-phase holds (2b §5). */
export const payments = {
  name: "payments",
  operations: {
    "currency.attest": attest,
    "currency.mint": mint,
    "currency.burn": burn,
    "currency.honour": honour,
    "pay.transfer": transfer,
    "pay.hold": hold,
    "pay.post": post,
    "pay.void": voidHold,
    "pay.redeem": redeem,
    "pay.freeze": freeze,
    "pay.unfreeze": unfreeze,
  },
  timers: [holdExpires, redemptionExpires],
} as const satisfies Machine;
