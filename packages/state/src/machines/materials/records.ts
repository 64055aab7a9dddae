/** Lots of material, with their mass balance. */
import {
  Amount,
  boolean,
  digestSchema,
  idSchema,
  list,
  Nanos,
  optional,
  Quantity,
  tuple,
  type ValueOf,
} from "@touchmark/core";
import { choice } from "../../choice.ts";
import { keyspace } from "../../keyspace.ts";
import { certificateId, className, programmeId, unitName } from "../certification/records.ts";
import { acct } from "../identity/records.ts";
import { currencyCode } from "../payments/currency-code.ts";

export const lotId = idSchema("lot");

export const PARENTS_MAX = 32;
export const PARTS_MAX = 16;
export const CERTIFICATES_MAX = 16;
export const PRODUCERS_MAX = 16;

export const priceSchema = optional(tuple({ currency: currencyCode, amount: Amount.schema }));
export type Price = ValueOf<typeof priceSchema>;

const offer = tuple({ to: acct, price: priceSchema, until: Nanos.schema });

const lot = tuple({
  owner: acct,
  /** Who registered it, and whoever merged it, or what went into it: ascending. */
  producers: list(acct, 1, PRODUCERS_MAX),
  class: className,
  unit: unitName,
  /** B-1: registered = left + consumed + moved + lost, and reserved ≤ left. */
  registered: Quantity.schema,
  left: Quantity.schema,
  reserved: Quantity.schema,
  consumed: Quantity.schema,
  moved: Quantity.schema,
  lost: Quantity.schema,
  programme: optional(programmeId),
  /** None: it was registered. One: split off it. More: merged of them. */
  parents: list(lotId, 0, PARENTS_MAX),
  /** What it was certified for, ascending where it was merged. */
  certificates: list(certificateId, 0, CERTIFICATES_MAX),
  /** Certificates with verdict FAIL: these no merging takes away. */
  findings: list(certificateId, 0, CERTIFICATES_MAX),
  producedAt: Nanos.schema,
  bestBefore: optional(Nanos.schema),
  digest: digestSchema,
  registeredAt: Nanos.schema,
  /** Whether it ever had another owner. */
  transferred: boolean,
  offer: optional(offer),
  status: choice(["OPEN", "OFFERED", "BLOCKED", "EXHAUSTED", "WITHDRAWN"]),
});
export type Lot = ValueOf<typeof lot>;
export const lots = keyspace("lots", lotId, lot);
