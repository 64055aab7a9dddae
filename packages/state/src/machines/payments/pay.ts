/**
 * Payments between participants.
 *
 *   transfer: free → free, at once
 *   hold → post (whole or in parts) · void · ⏱until: the rest goes back
 *   freeze ⇄ unfreeze: by the issuer, with the digest of the order that demands it
 */
import { Amount, addNanos, digestSchema, equalBytes, idSchema, Nanos } from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { closeObject, needRole, openObject, tie, untie } from "../identity/guards.ts";
import { acct, participants } from "../identity/records.ts";
import { currencyCode } from "./currency-code.ts";
import { frozen, held, posted, released, transferred, unfrozen } from "./events.ts";
import * as money from "./money.ts";
import { type Balance, currencies, type Hold, type HoldOwner, holds } from "./records.ts";

export const transfer = operation({
  name: "pay.transfer",
  number: 520,
  fields: { to: acct, currency: currencyCode, amount: Amount.schema },
  who: "holder",
  guard: "free ≥ amount > 0, not frozen, currency not paused, not to oneself → free of `to`",
  codes: [...money.DEBIT_CODES, "SAME_PARTY"],
  events: [transferred],
  since: 1,
  run(ctx, { to, currency, amount }) {
    const from = ctx.acting;
    if (equalBytes(from, to)) refuse("SAME_PARTY");
    money.transfer(ctx, { from, to, currency, amount });
    ctx.emit(transferred, { currency, amount, from, to });
  },
});

const holdId = idSchema("hold");

export const holdExpires = timer({
  name: "pay.holdExpires",
  number: 500,
  fields: { hold: holdId },
  guard: "what is left → back to the payer",
  codes: [],
  events: [released],
  run(ctx, { hold: id }) {
    giveBack(ctx, id, ctx.need(holds, id));
  },
});

function giveBack(
  ctx: Context,
  id: Parameters<typeof money.releaseHold>[1],
  { payer, currency, owner }: Hold,
): void {
  const amount = money.releaseHold(ctx, id);
  closeObject(ctx, payer);
  if (owner.kind === "parties") untie(ctx, owner.payee);
  ctx.emit(released, { currency, amount, hold: id, payer });
}

export const hold = operation({
  name: "pay.hold",
  number: 521,
  fields: {
    currency: currencyCode,
    amount: Amount.schema,
    releaser: acct,
    payee: acct,
    until: Nanos.schema,
  },
  who: "payer",
  guard: "free ≥ amount > 0; payee isn't the payer; now < until ≤ now + holdMax → held; ⏱until gives back",
  codes: [...money.DEBIT_CODES, "SAME_PARTY"],
  events: [held],
  since: 1,
  run(ctx, { currency, amount, releaser, payee, until }) {
    const payer = ctx.acting;
    check(!equalBytes(payer, payee), "SAME_PARTY");
    ctx.need(participants, releaser);
    tie(ctx, payee);
    check(until <= addNanos(ctx.now, ctx.parameter("holdMax")), "DEADLINE_OUT_OF_BOUNDS");
    openObject(ctx, payer);
    const owner = { kind: "parties", releaser, payee } as const;
    const id = money.takeHold(ctx, { payer, currency, amount, owner, until });
    ctx.setTimer(holdExpires, until, { hold: id });
    ctx.emit(held, { currency, amount, hold: id, payer, payee, until });
  },
});

interface PartiesHold extends Hold {
  readonly owner: Extract<HoldOwner, { kind: "parties" }>;
  readonly until: Nanos;
}

/** A hold of `pay.hold`; what belongs to a thing or waits for an issuer moves by its own rules only. */
function needParties(ctx: Context, id: Parameters<typeof money.releaseHold>[1]): PartiesHold {
  const record = ctx.need(holds, id);
  const { owner, until } = record;
  if (owner.kind !== "parties" || until === undefined) return refuse("HOLD_OWNED");
  return { ...record, owner, until };
}

export const post = operation({
  name: "pay.post",
  number: 522,
  fields: { hold: holdId, amount: Amount.schema },
  who: "releaser",
  guard: "now ≤ until; 0 < amount ≤ left → free of the payee; with the last unit the hold is gone",
  codes: ["HOLD_OWNED", "NOT_RELEASER", "AMOUNT_ZERO", "INSUFFICIENT_FUNDS"],
  events: [posted],
  exitSet: true,
  objects: (fields) => [fields.hold],
  since: 1,
  run(ctx, { hold: id, amount }) {
    const { owner, until, currency, left, payer } = needParties(ctx, id);
    check(equalBytes(owner.releaser, ctx.acting), "NOT_RELEASER");
    check(ctx.now <= until, "DEADLINE_PASSED");
    check(amount > 0, "AMOUNT_ZERO");
    money.postHold(ctx, id, owner.payee, amount);
    if (amount === left) {
      closeObject(ctx, payer);
      untie(ctx, owner.payee);
      ctx.cancelTimer(holdExpires, until, { hold: id });
    }
    ctx.emit(posted, { currency, amount, hold: id, payee: owner.payee });
  },
});

/** The word itself is the language's. */
export const voidHold = operation({
  name: "pay.void",
  number: 523,
  fields: { hold: holdId },
  who: "releaser or payee; the payer after until",
  guard: "what is left → back to the payer",
  codes: ["HOLD_OWNED", "NOT_RELEASER", "HOLD_NOT_DUE"],
  events: [released],
  exitSet: true,
  objects: (fields) => [fields.hold],
  since: 1,
  run(ctx, { hold: id }) {
    const record = needParties(ctx, id);
    const { owner, until, payer } = record;
    const isTheirs = equalBytes(owner.releaser, ctx.acting) || equalBytes(owner.payee, ctx.acting);
    if (!isTheirs) {
      check(equalBytes(payer, ctx.acting), "NOT_RELEASER");
      // Its timer may wait for the next block; until then the payer needs nobody either.
      check(ctx.now > until, "HOLD_NOT_DUE");
    }
    ctx.cancelTimer(holdExpires, until, { hold: id });
    giveBack(ctx, id, record);
  },
});

function needIssuersAccount(
  ctx: Context,
  code: string,
  account: Parameters<typeof money.balanceOf>[1],
): Balance {
  check(equalBytes(ctx.need(currencies, code).issuer, ctx.acting), "NOT_YOURS");
  needRole(ctx, ctx.acting, "issuer");
  check(ctx.need(participants, account).status !== "CLOSED", "CLOSED");
  return money.balanceOf(ctx, account, code);
}

export const freeze = operation({
  name: "pay.freeze",
  number: 525,
  fields: { currency: currencyCode, account: acct, order: digestSchema },
  who: "issuer",
  guard: "not frozen yet → no debits of the account's free money; credits and holds run on",
  codes: ["FROZEN"],
  events: [frozen],
  by: ["key"],
  since: 1,
  run(ctx, { currency, account, order }) {
    const balance = needIssuersAccount(ctx, currency, account);
    check(balance.frozen === undefined, "FROZEN");
    money.putBalance(ctx, { account, currency }, balance, { ...balance, frozen: order });
    ctx.emit(frozen, { currency, account, order });
  },
});

export const unfreeze = operation({
  name: "pay.unfreeze",
  number: 526,
  fields: { currency: currencyCode, account: acct },
  who: "issuer",
  guard: "frozen → debits again",
  codes: ["NOT_FROZEN"],
  events: [unfrozen],
  by: ["key"],
  since: 1,
  run(ctx, { currency, account }) {
    const balance = needIssuersAccount(ctx, currency, account);
    check(balance.frozen !== undefined, "NOT_FROZEN");
    money.putBalance(ctx, { account, currency }, balance, { ...balance, frozen: undefined });
    ctx.emit(unfrozen, { currency, account });
  },
});
