/** Money in the state. */
import {
  Amount,
  binary,
  boolean,
  bytesToKey,
  digestSchema,
  idSchema,
  integer,
  Nanos,
  optional,
  tuple,
  type ValueOf,
  variant,
} from "@touchmark/core";
import { keyspace } from "../../keyspace.ts";
import { acct } from "../identity/records.ts";
import { currencyCode } from "./currency-code.ts";

const currency = tuple({
  issuer: acct,
  decimals: integer(0, 9),
  supply: Amount.schema,
  /** What the attestor last said is in reserve, and until when its word holds. */
  attested: Amount.schema,
  attestedUntil: Nanos.schema,
  attestor: acct,
  paused: boolean,
});
export type Currency = ValueOf<typeof currency>;
/** By code: `EUR`. */
export const currencies = keyspace("currencies", currencyCode, currency);

const balance = tuple({
  free: Amount.schema,
  /** The sum of what is left of this account's holds. */
  held: Amount.schema,
  /** The digest of the order by which it is frozen: no debits of free money. */
  frozen: optional(digestSchema),
});
export type Balance = ValueOf<typeof balance>;
/** No leaf where all is zero. */
export const balances = keyspace(
  "balances",
  tuple({ account: acct, currency: currencyCode }),
  balance,
  // Ids have one length, so where the code begins is no question.
  ({ account, currency: code }) => bytesToKey(account) + code,
);

/** Who may move what is held. */
export const holdOwner = variant({
  /** A thing of another machine, such as an order: only that machine moves it. */
  object: [1, { id: binary(20) }],
  /** `pay.hold`: the releaser posts to the payee. */
  parties: [2, { releaser: acct, payee: acct }],
  /** `pay.redeem`: waits for the issuer. */
  redemption: [3, { issuer: acct, payout: digestSchema }],
});
export type HoldOwner = ValueOf<typeof holdOwner>;

const hold = tuple({
  payer: acct,
  currency: currencyCode,
  left: Amount.schema,
  owner: holdOwner,
  until: optional(Nanos.schema),
});
export type Hold = ValueOf<typeof hold>;
/** Never with nothing left: the last post takes the leaf away. */
export const holds = keyspace("holds", idSchema("hold"), hold);
