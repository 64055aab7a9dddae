/** Back to the issuer for what the money stands for; in state it is a hold that only the issuer ends. */
import { Amount, addNanos, digestSchema, idSchema } from "@touchmark/core";
import { operation, timer } from "../../machine.ts";
import { closeObject, openObject } from "../identity/guards.ts";
import { currencyCode } from "./currency-code.ts";
import { issuerDefaulted, redeeming } from "./events.ts";
import { DEBIT_CODES, releaseHold, takeHold } from "./money.ts";
import { currencies, holds } from "./records.ts";

export const redemptionExpires = timer({
  name: "pay.redemptionExpires",
  number: 501,
  fields: { hold: idSchema("hold") },
  guard: "not honoured by then → back to the holder, and the issuer's default is on record",
  codes: [],
  events: [issuerDefaulted],
  run(ctx, { hold }) {
    const { payer, currency } = ctx.need(holds, hold);
    const amount = releaseHold(ctx, hold);
    closeObject(ctx, payer);
    ctx.emit(issuerDefaulted, { currency, amount, hold, holder: payer });
  },
});

export const redeem = operation({
  name: "pay.redeem",
  number: 524,
  fields: { currency: currencyCode, amount: Amount.schema, payout: digestSchema },
  who: "holder",
  guard: "free money → held for the issuer; ⏱redemptionTerm: returned, issuer's default on record",
  codes: DEBIT_CODES,
  events: [redeeming],
  exitSet: true,
  since: 1,
  run(ctx, { currency, amount, payout }) {
    const { issuer } = ctx.need(currencies, currency);
    const until = addNanos(ctx.now, ctx.parameter("redemptionTerm"));
    const holder = ctx.acting;
    openObject(ctx, holder);
    const owner = { kind: "redemption", issuer, payout } as const;
    const hold = takeHold(ctx, { payer: holder, currency, amount, owner, until });
    ctx.setTimer(redemptionExpires, until, { hold });
    ctx.emit(redeeming, { currency, amount, hold, holder, until });
  },
});
