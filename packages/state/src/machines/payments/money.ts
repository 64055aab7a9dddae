/**
 * L-22: how money moves. Every operation of every machine that touches money goes through these functions; no other
 * code writes balances and holds. So money is conserved by reading one page:
 *
 *   debit   free of an account falls    credit  free of an account rises
 *   take    free → held of the payer    post    held of the payer → free of the payee
 *   release held → free of the payer
 *
 * Guards that all debits of free money share: the currency is not paused, the account not frozen, the money there,
 * and, within a session or delegation, its limit. Credits and what is held already run on.
 */
import { Amount, equalBytes, type Id, type Nanos } from "@touchmark/core";
import type { RefusalCode } from "../../codes.ts";
import type { StateView } from "../../keyspace.ts";
import type { Context } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { participants } from "../identity/records.ts";
import { type Balance, balances, currencies, type Hold, type HoldOwner, holds } from "./records.ts";

/** What a debit of free money can be refused with: `codes: [...DEBIT_CODES, …]`. */
export const DEBIT_CODES: readonly RefusalCode[] = [
  "INSUFFICIENT_FUNDS",
  "FROZEN",
  "CURRENCY_PAUSED",
  "AMOUNT_ZERO",
];

const EMPTY: Balance = { free: Amount.of(0), held: Amount.of(0), frozen: undefined };

export function balanceOf(state: StateView, account: Id<"acct">, currency: string): Balance {
  return state.get(balances, { account, currency }) ?? EMPTY;
}

/**
 * From `before`, as `balanceOf` gave it, to `after`. No leaf where all is zero; a participant knows how many leaves it
 * has (I-12).
 */
export function putBalance(
  ctx: Context,
  at: { readonly account: Id<"acct">; readonly currency: string },
  before: Balance,
  after: Balance,
): void {
  const isEmpty = after.free === 0 && after.held === 0 && after.frozen === undefined;
  if (isEmpty) ctx.remove(balances, at);
  else ctx.put(balances, at, after);
  const change = Number(!isEmpty) - Number(before !== EMPTY);
  if (change === 0) return;
  const participant = ctx.need(participants, at.account);
  ctx.put(participants, at.account, { ...participant, balances: participant.balances + change });
}

/** a + b, or OVERFLOW: a sum past the largest amount would lose units. */
export function addAmounts(a: number, b: number): Amount {
  const sum = a + b;
  return Amount.is(sum) ? sum : refuse("OVERFLOW");
}

function debitable(ctx: Context, account: Id<"acct">, currency: string, amount: Amount): Balance {
  if (ctx.need(currencies, currency).paused) refuse("CURRENCY_PAUSED");
  const balance = balanceOf(ctx, account, currency);
  if (balance.frozen !== undefined) refuse("FROZEN");
  if (balance.free < amount) refuse("INSUFFICIENT_FUNDS", { free: balance.free, amount });
  // L-8: what a timer or another party's operation moves was agreed to before.
  if (ctx.via !== "timer" && equalBytes(ctx.acting, account)) ctx.spend(currency, amount);
  return balance;
}

/** Takes free money out of an account; the caller puts it somewhere in the same operation. */
export function debit(ctx: Context, account: Id<"acct">, currency: string, amount: Amount): void {
  if (amount === 0) refuse("AMOUNT_ZERO");
  const balance = debitable(ctx, account, currency, amount);
  putBalance(ctx, { account, currency }, balance, { ...balance, free: Amount.of(balance.free - amount) });
}

/** Puts free money into an account of an existing participant. Nothing happens for an amount of 0. */
export function credit(ctx: Context, account: Id<"acct">, currency: string, amount: Amount): void {
  if (amount === 0) return;
  check(ctx.need(participants, account).status !== "CLOSED", "CLOSED");
  const balance = balanceOf(ctx, account, currency);
  putBalance(ctx, { account, currency }, balance, { ...balance, free: addAmounts(balance.free, amount) });
}

/** Free money of one to another. */
export function transfer(
  ctx: Context,
  payment: {
    readonly from: Id<"acct">;
    readonly to: Id<"acct">;
    readonly currency: string;
    readonly amount: Amount;
  },
): void {
  debit(ctx, payment.from, payment.currency, payment.amount);
  credit(ctx, payment.to, payment.currency, payment.amount);
}

export interface NewHold {
  readonly payer: Id<"acct">;
  readonly currency: string;
  readonly amount: Amount;
  readonly owner: HoldOwner;
  readonly until?: Nanos;
}

/** Free → held. For a thing of another machine: `owner: { kind: "object", id }`; that machine keeps the id. */
export function takeHold(ctx: Context, { payer, currency, amount, owner, until }: NewHold): Id<"hold"> {
  if (amount === 0) refuse("AMOUNT_ZERO");
  const balance = debitable(ctx, payer, currency, amount);
  const free = Amount.of(balance.free - amount);
  putBalance(ctx, { account: payer, currency }, balance, {
    ...balance,
    free,
    held: addAmounts(balance.held, amount),
  });
  const id = ctx.newId("hold");
  ctx.put(holds, id, { payer, currency, left: amount, owner, until });
  return id;
}

/** More into a hold of an object. */
export function addToHold(ctx: Context, id: Id<"hold">, amount: Amount): void {
  if (amount === 0) return;
  const hold = ctx.need(holds, id);
  const { payer: account, currency } = hold;
  const balance = debitable(ctx, account, currency, amount);
  const free = Amount.of(balance.free - amount);
  const held = addAmounts(balance.held, amount);
  putBalance(ctx, { account, currency }, balance, { ...balance, free, held });
  ctx.put(holds, id, { ...hold, left: addAmounts(hold.left, amount) });
}

/** Held → out: the hold has so much less, and is gone with its last unit. */
function drawHold(ctx: Context, id: Id<"hold">, amount: Amount): Hold {
  const hold = ctx.need(holds, id);
  if (amount > hold.left) refuse("INSUFFICIENT_FUNDS", { left: hold.left, amount });
  const { payer: account, currency } = hold;
  const balance = balanceOf(ctx, account, currency);
  const held = Amount.of(balance.held - amount);
  putBalance(ctx, { account, currency }, balance, { ...balance, held });
  const left = Amount.of(hold.left - amount);
  if (left === 0) ctx.remove(holds, id);
  else ctx.put(holds, id, { ...hold, left });
  return hold;
}

/** Held of the payer → free of the payee. Nothing happens for an amount of 0. */
export function postHold(ctx: Context, id: Id<"hold">, to: Id<"acct">, amount: Amount): void {
  if (amount === 0) return;
  const { currency } = drawHold(ctx, id, amount);
  credit(ctx, to, currency, amount);
}

/** Held → free of the payer: all of it, or so much. Gives how much that was. */
export function releaseHold(ctx: Context, id: Id<"hold">, amount?: Amount): Amount {
  const back = amount ?? ctx.need(holds, id).left;
  if (back === 0) return back;
  const { payer, currency } = drawHold(ctx, id, back);
  const balance = balanceOf(ctx, payer, currency);
  putBalance(ctx, { account: payer, currency }, balance, {
    ...balance,
    free: addAmounts(balance.free, back),
  });
  return back;
}

/** Held → nothing: the issuer has paid it out. The caller lowers the supply. */
export function burnHold(ctx: Context, id: Id<"hold">): Amount {
  const { left } = ctx.need(holds, id);
  drawHold(ctx, id, left);
  return left;
}
