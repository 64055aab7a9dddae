/**
 * A lot to another owner, against money or not (B-3): price and goods change hands in one step, or neither does. Who
 * accepts says what for, so that nothing can be changed between the look and the word.
 */
import { addNanos, equalBytes, Nanos, Quantity } from "@touchmark/core";
import { operation } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { closeObject, openObject } from "../identity/guards.ts";
import { acct, participants } from "../identity/records.ts";
import { transferred } from "../payments/events.ts";
import { DEBIT_CODES, transfer } from "../payments/money.ts";
import { currencies } from "../payments/records.ts";
import { accepted, offered, offerLapsed, rescinded } from "./events.ts";
import { needLot, needOpenLot, offerExpires } from "./lot.ts";
import { lotId, lots, type Price, priceSchema } from "./records.ts";

export const offer = operation({
  name: "lot.offer",
  number: 303,
  fields: { lot: lotId, to: acct, price: priceSchema, until: Nanos.schema },
  who: "owner",
  guard:
    "OPEN, nothing reserved; the receiver is another and not CLOSED; a price is > 0; now < until ≤ now + deadlineMax → OFFERED; ⏱until",
  codes: ["LOT_RESERVED", "SAME_PARTY", "AMOUNT_ZERO"],
  events: [offered, offerLapsed],
  objects: (fields) => [fields.lot],
  since: 1,
  run(ctx, { lot: id, to, price, until }) {
    const lot = needOpenLot(ctx, id);
    check(lot.reserved === 0, "LOT_RESERVED");
    check(!equalBytes(to, ctx.acting), "SAME_PARTY");
    check(ctx.need(participants, to).status !== "CLOSED", "CLOSED");
    if (price !== undefined) {
      check(price.amount > 0, "AMOUNT_ZERO");
      ctx.need(currencies, price.currency);
    }
    check(until <= addNanos(ctx.now, ctx.parameter("deadlineMax")), "DEADLINE_OUT_OF_BOUNDS");
    ctx.setTimer(offerExpires, until, { lot: id });
    ctx.put(lots, id, { ...lot, offer: { to, price, until }, status: "OFFERED" });
    ctx.emit(offered, { lot: id, owner: lot.owner, to, quantity: lot.left, price, until });
  },
});

function isSamePrice(a: Price, b: Price): boolean {
  return a?.currency === b?.currency && a?.amount === b?.amount;
}

export const accept = operation({
  name: "lot.accept",
  number: 304,
  fields: { lot: lotId, quantity: Quantity.schema, price: priceSchema },
  who: "receiver",
  guard:
    "OFFERED, now ≤ until; quantity and price are those of the offer → the price to the owner and the lot to the receiver, at once",
  // A price of nothing was refused with the offer.
  codes: ["TERMS_CHANGED", ...DEBIT_CODES.filter((it) => it !== "AMOUNT_ZERO")],
  events: [accepted, transferred, offerLapsed],
  objects: (fields) => [fields.lot],
  since: 1,
  run(ctx, { lot: id, quantity, price }) {
    const lot = needLot(ctx, id);
    const { offer: terms, owner: from } = lot;
    if (terms === undefined) return refuse("WRONG_STATUS");
    const to = ctx.acting;
    check(equalBytes(terms.to, to), "NOT_YOURS");
    check(quantity === lot.left && isSamePrice(price, terms.price), "TERMS_CHANGED");
    if (price !== undefined) {
      transfer(ctx, { from: to, to: from, ...price });
      ctx.emit(transferred, { ...price, from: to, to: from });
    }
    closeObject(ctx, from);
    openObject(ctx, to);
    ctx.cancelTimer(offerExpires, terms.until, { lot: id });
    ctx.put(lots, id, { ...lot, owner: to, transferred: true, offer: undefined, status: "OPEN" });
    ctx.emit(accepted, { lot: id, from, to, quantity, price });
  },
});

export const rescind = operation({
  name: "lot.rescind",
  number: 305,
  fields: { lot: lotId },
  who: "owner, receiver",
  guard: "OFFERED → OPEN, the owner's as before",
  codes: [],
  events: [rescinded, offerLapsed],
  objects: (fields) => [fields.lot],
  since: 1,
  run(ctx, { lot: id }) {
    const lot = needLot(ctx, id);
    const { offer: terms, owner } = lot;
    if (terms === undefined) return refuse("WRONG_STATUS");
    const by = ctx.acting;
    check(equalBytes(owner, by) || equalBytes(terms.to, by), "NOT_YOURS");
    ctx.cancelTimer(offerExpires, terms.until, { lot: id });
    ctx.put(lots, id, { ...lot, offer: undefined, status: "OPEN" });
    ctx.emit(rescinded, { lot: id, by });
  },
});
