/**
 * What all operations on lots share (B-1, B-2).
 *
 *   register, split, merge → OPEN ⇄ offer, (accept · rescind · ⏱until) OFFERED
 *   OPEN, OFFERED → block → BLOCKED → unblock → OPEN
 *   OPEN → withdraw → WITHDRAWN*; OPEN, BLOCKED → nothing left → EXHAUSTED*
 */
import { equalBytes, type Id, Quantity } from "@touchmark/core";
import { type Context, timer } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { closeObject } from "../identity/guards.ts";
import { offerLapsed } from "./events.ts";
import { type Lot, lotId, lots } from "./records.ts";

export const offerExpires = timer({
  name: "lot.offerExpires",
  number: 300,
  fields: { lot: lotId },
  guard: "OFFERED → OPEN, the owner's as before",
  codes: [],
  events: [offerLapsed],
  run(ctx, { lot: id }) {
    lapse(ctx, id, ctx.need(lots, id));
  },
});

function lapse(ctx: Context, id: Id<"lot">, lot: Lot): Lot {
  const open: Lot = { ...lot, offer: undefined, status: "OPEN" };
  ctx.put(lots, id, open);
  ctx.emit(offerLapsed, { lot: id });
  return open;
}

/**
 * The lot as it is now: an offer that is over is taken off first, where its timer still waits for the next block
 * (L-11). Declare event `offerLapsed`.
 */
export function needLot(ctx: Context, id: Id<"lot">): Lot {
  const lot = ctx.need(lots, id);
  if (lot.offer === undefined || ctx.now <= lot.offer.until) return lot;
  ctx.cancelTimer(offerExpires, lot.offer.until, { lot: id });
  return lapse(ctx, id, lot);
}

/** The same, of the acting participant. */
export function needOwnLot(ctx: Context, id: Id<"lot">): Lot {
  const lot = needLot(ctx, id);
  check(equalBytes(lot.owner, ctx.acting), "NOT_YOURS");
  return lot;
}

export function needOpenLot(ctx: Context, id: Id<"lot">): Lot {
  const lot = needOwnLot(ctx, id);
  if (lot.status !== "OPEN") refuse("WRONG_STATUS", { lot: id });
  return lot;
}

/** Writes a lot of which something went; with nothing left it is EXHAUSTED. */
export function putLot(ctx: Context, id: Id<"lot">, lot: Lot): void {
  if (lot.left > 0) {
    ctx.put(lots, id, lot);
    return;
  }
  ctx.put(lots, id, { ...lot, status: "EXHAUSTED" });
  closeObject(ctx, lot.owner);
}

export function needQuantity(quantity: Quantity): void {
  if (quantity === 0) refuse("QUANTITY_ZERO");
}

/** What isn't reserved is all that may go. */
export function needFree(lot: Lot, quantity: Quantity): void {
  const free = lot.left - lot.reserved;
  if (quantity > free) refuse("QUANTITY_EXCEEDED", { free, quantity });
}

/** a + b, or OVERFLOW: a sum past the largest quantity would lose some. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const sum = a + b;
  return Quantity.is(sum) ? sum : refuse("OVERFLOW");
}

/** a − b, where b was checked to be no more than a. */
export function less(a: Quantity, b: Quantity): Quantity {
  return Quantity.of(a - b);
}
