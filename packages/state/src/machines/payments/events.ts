import { Amount, digestSchema, idSchema, Nanos } from "@touchmark/core";
import { event } from "../../machine.ts";
import { acct } from "../identity/records.ts";
import { currencyCode } from "./currency-code.ts";

const money = { currency: currencyCode, amount: Amount.schema } as const;
const hold = idSchema("hold");

export const attested = event("currency.attested", 500, {
  ...money,
  until: Nanos.schema,
  digest: digestSchema,
});
export const minted = event("currency.minted", 501, { ...money, to: acct });
export const burned = event("currency.burned", 502, money);
export const honoured = event("currency.honoured", 503, { ...money, hold, holder: acct });
export const issuerDefaulted = event("currency.issuerDefaulted", 504, { ...money, hold, holder: acct });
export const licensed = event("currency.licensed", 505, {
  currency: currencyCode,
  issuer: acct,
  attestor: acct,
});
export const paused = event("currency.paused", 506, { currency: currencyCode });
export const resumed = event("currency.resumed", 507, { currency: currencyCode });

export const transferred = event("pay.transferred", 520, { ...money, from: acct, to: acct });
export const held = event("pay.held", 521, { ...money, hold, payer: acct, payee: acct, until: Nanos.schema });
export const posted = event("pay.posted", 522, { ...money, hold, payee: acct });
export const released = event("pay.released", 523, { ...money, hold, payer: acct });
export const redeeming = event("pay.redeeming", 524, { ...money, hold, holder: acct, until: Nanos.schema });
export const frozen = event("pay.frozen", 525, {
  currency: currencyCode,
  account: acct,
  order: digestSchema,
});
export const unfrozen = event("pay.unfrozen", 526, { currency: currencyCode, account: acct });
