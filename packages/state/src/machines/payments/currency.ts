/**
 * Currencies: money that an issuer owes against reserves that somebody else attests.
 *
 *   (proposal) → licensed ⇄ paused (proposal)
 *   mint raises the supply up to what is attested and in date; burn and honour lower it
 *   redeem → hold → honour: the issuer has paid · or ⏱redemptionTerm: returned, and the default is on record
 */
import { Amount, addNanos, digestSchema, equalBytes, type Id, idSchema, Nanos } from "@touchmark/core";
import { type Context, operation } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { closeObject, needIndependent, needRole, tie } from "../identity/guards.ts";
import { acct } from "../identity/records.ts";
import { currencyCode } from "./currency-code.ts";
import { attested, burned, honoured, licensed, minted, paused, resumed } from "./events.ts";
import { addAmounts, burnHold, credit, DEBIT_CODES, debit } from "./money.ts";
import { type Currency, currencies, holds } from "./records.ts";
import { redemptionExpires } from "./redemption.ts";

function needIssuer(ctx: Context, code: string): Currency {
  const currency = ctx.need(currencies, code);
  check(equalBytes(currency.issuer, ctx.acting), "NOT_YOURS");
  needRole(ctx, ctx.acting, "issuer");
  return currency;
}

export const attest = operation({
  name: "currency.attest",
  number: 500,
  fields: { currency: currencyCode, amount: Amount.schema, until: Nanos.schema, digest: digestSchema },
  who: "the currency's attestor",
  guard:
    "role attestor; independent of the issuer; now < until ≤ now + attestationMax → attested, attestedUntil",
  codes: [],
  events: [attested],
  by: ["key"],
  since: 1,
  run(ctx, { currency: code, amount, until, digest }) {
    const currency = ctx.need(currencies, code);
    check(equalBytes(currency.attestor, ctx.acting), "NOT_YOURS");
    needRole(ctx, ctx.acting, "attestor");
    needIndependent(ctx, currency.issuer, ctx.acting);
    check(until > ctx.now, "DEADLINE_PASSED");
    check(until <= addNanos(ctx.now, ctx.parameter("attestationMax")), "DEADLINE_OUT_OF_BOUNDS");
    // Less than the supply may be attested: that is the truth then, and nothing is minted.
    ctx.put(currencies, code, { ...currency, attested: amount, attestedUntil: until });
    ctx.emit(attested, { currency: code, amount, until, digest });
  },
});

export const mint = operation({
  name: "currency.mint",
  number: 501,
  fields: { currency: currencyCode, to: acct, amount: Amount.schema },
  who: "issuer",
  guard: "not paused; supply + amount ≤ attested, and now ≤ attestedUntil → free of `to` and supply rise",
  codes: ["AMOUNT_ZERO", "CURRENCY_PAUSED", "ATTESTATION_EXPIRED", "RESERVES_EXCEEDED"],
  events: [minted],
  by: ["key"],
  since: 1,
  run(ctx, { currency: code, to, amount }) {
    const currency = needIssuer(ctx, code);
    check(amount > 0, "AMOUNT_ZERO");
    check(!currency.paused, "CURRENCY_PAUSED");
    check(ctx.now <= currency.attestedUntil, "ATTESTATION_EXPIRED");
    const supply = addAmounts(currency.supply, amount);
    if (supply > currency.attested) refuse("RESERVES_EXCEEDED", { supply, attested: currency.attested });
    ctx.put(currencies, code, { ...currency, supply });
    credit(ctx, to, code, amount);
    ctx.emit(minted, { currency: code, to, amount });
  },
});

export const burn = operation({
  name: "currency.burn",
  number: 502,
  fields: { currency: currencyCode, amount: Amount.schema },
  who: "issuer",
  guard: "the issuer's own free money → gone, supply falls",
  codes: DEBIT_CODES,
  events: [burned],
  by: ["key"],
  since: 1,
  run(ctx, { currency: code, amount }) {
    needIssuer(ctx, code);
    debit(ctx, ctx.acting, code, amount);
    lowerSupply(ctx, code, amount);
    ctx.emit(burned, { currency: code, amount });
  },
});

export const honour = operation({
  name: "currency.honour",
  number: 503,
  fields: { hold: idSchema("hold") },
  who: "issuer",
  guard: "a redemption, now ≤ its until: paid outside → its money is gone, supply falls",
  codes: ["HOLD_OWNED"],
  events: [honoured],
  exitSet: true,
  by: ["key"],
  since: 1,
  run(ctx, { hold: id }) {
    const { payer, currency, owner, until } = ctx.need(holds, id);
    if (owner.kind !== "redemption" || until === undefined) return refuse("HOLD_OWNED");
    check(equalBytes(owner.issuer, ctx.acting), "NOT_YOURS");
    check(ctx.now <= until, "DEADLINE_PASSED");
    const amount = burnHold(ctx, id);
    lowerSupply(ctx, currency, amount);
    closeObject(ctx, payer);
    ctx.cancelTimer(redemptionExpires, until, { hold: id });
    ctx.emit(honoured, { currency, amount, hold: id, holder: payer });
  },
});

function lowerSupply(ctx: Context, code: string, amount: Amount): void {
  const currency = ctx.need(currencies, code);
  ctx.put(currencies, code, { ...currency, supply: Amount.of(currency.supply - amount) });
}

/** For governance (2b §11): a currency begins, without supply and without reserves. Declare event `licensed`. */
export function licenseCurrency(
  ctx: Context,
  {
    code,
    issuer,
    attestor,
    decimals,
  }: {
    readonly code: string;
    readonly issuer: Id<"acct">;
    readonly attestor: Id<"acct">;
    readonly decimals: number;
  },
): void {
  check(ctx.get(currencies, code) === undefined, "DUPLICATE");
  needRole(ctx, issuer, "issuer");
  needRole(ctx, attestor, "attestor");
  needIndependent(ctx, issuer, attestor);
  for (const id of [issuer, attestor]) tie(ctx, id);
  ctx.put(currencies, code, newCurrency(issuer, attestor, decimals));
  ctx.emit(licensed, { currency: code, issuer, attestor });
}

export function newCurrency(issuer: Id<"acct">, attestor: Id<"acct">, decimals: number): Currency {
  const none = Amount.of(0);
  return {
    issuer,
    decimals,
    supply: none,
    attested: none,
    attestedUntil: Nanos.of(0n),
    attestor,
    paused: false,
  };
}

/** For governance: no minting and no debits of free money. Declare event `paused`. */
export function pauseCurrency(ctx: Context, code: string): void {
  const currency = ctx.need(currencies, code);
  check(!currency.paused, "WRONG_STATUS");
  ctx.put(currencies, code, { ...currency, paused: true });
  ctx.emit(paused, { currency: code });
}

/** For governance. Declare event `resumed`. */
export function resumeCurrency(ctx: Context, code: string): void {
  const currency = ctx.need(currencies, code);
  check(currency.paused, "WRONG_STATUS");
  ctx.put(currencies, code, { ...currency, paused: false });
  ctx.emit(resumed, { currency: code });
}
