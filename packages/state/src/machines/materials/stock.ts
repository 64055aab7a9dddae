/**
 * For fabrication (B-4): a job reserves of a lot, then consumes what it reserved, and gives the rest back. Nothing is
 * consumed that wasn't reserved, so two jobs never take the same gram, in whatever order they come.
 */
import { equalBytes, type Id, type Quantity } from "@touchmark/core";
import type { RefusalCode } from "../../codes.ts";
import type { Context } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { consumed, offerLapsed, released, reserved } from "./events.ts";
import { addQuantities, less, needFree, needLot, needQuantity, putLot } from "./lot.ts";
import { lots } from "./records.ts";

/** What the functions here refuse with, beside the common ones, and the events they emit. */
export const STOCK_CODES: readonly RefusalCode[] = ["QUANTITY_ZERO", "QUANTITY_EXCEEDED"];
export const STOCK_EVENTS = [reserved, released, consumed, offerLapsed] as const;

interface Taken {
  readonly lot: Id<"lot">;
  readonly quantity: Quantity;
}

/** Of an OPEN lot of this owner: left stays, reserved rises. */
export function reserveLot(
  ctx: Context,
  { lot: id, quantity, owner }: Taken & { readonly owner: Id<"acct"> },
): void {
  const lot = needLot(ctx, id);
  check(equalBytes(lot.owner, owner), "NOT_YOURS");
  check(lot.status === "OPEN", "WRONG_STATUS");
  needQuantity(quantity);
  needFree(lot, quantity);
  ctx.put(lots, id, { ...lot, reserved: addQuantities(lot.reserved, quantity) });
  ctx.emit(reserved, { lot: id, owner, quantity });
}

/** Back from a job. Also of a blocked lot, and also in a timer: it never refuses what was reserved. */
export function releaseLot(ctx: Context, { lot: id, quantity }: Taken): void {
  if (quantity === 0) return;
  const lot = ctx.need(lots, id);
  if (quantity > lot.reserved) refuse("QUANTITY_EXCEEDED", { reserved: lot.reserved, quantity });
  ctx.put(lots, id, { ...lot, reserved: less(lot.reserved, quantity) });
  ctx.emit(released, { lot: id, owner: lot.owner, quantity });
}

/** Of what was reserved: left and reserved fall, consumed rises. A blocked lot isn't consumed. */
export function consumeLot(ctx: Context, { lot: id, quantity }: Taken): void {
  const lot = ctx.need(lots, id);
  check(lot.status === "OPEN", "WRONG_STATUS");
  needQuantity(quantity);
  if (quantity > lot.reserved) refuse("QUANTITY_EXCEEDED", { reserved: lot.reserved, quantity });
  putLot(ctx, id, {
    ...lot,
    left: less(lot.left, quantity),
    reserved: less(lot.reserved, quantity),
    consumed: addQuantities(lot.consumed, quantity),
  });
  ctx.emit(consumed, { lot: id, owner: lot.owner, quantity });
}
