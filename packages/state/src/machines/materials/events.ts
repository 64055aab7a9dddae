import { digestSchema, Nanos, optional, Quantity } from "@touchmark/core";
import { event } from "../../machine.ts";
import { className, programmeId, unitName } from "../certification/records.ts";
import { acct } from "../identity/records.ts";
import { lotId, priceSchema } from "./records.ts";

const quantity = Quantity.schema;

export const registered = event("lot.registered", 300, {
  lot: lotId,
  owner: acct,
  class: className,
  unit: unitName,
  quantity,
  programme: optional(programmeId),
  producedAt: Nanos.schema,
  bestBefore: optional(Nanos.schema),
  digest: digestSchema,
});
/** One for each part. */
export const lotSplit = event("lot.split", 301, { lot: lotId, owner: acct, part: lotId, quantity });
/** One for the new lot, and one `lot.movedInto` for each that went into it. */
export const merged = event("lot.merged", 302, { lot: lotId, owner: acct, quantity, digest: digestSchema });
export const movedInto = event("lot.movedInto", 314, { lot: lotId, into: lotId, quantity });
export const offered = event("lot.offered", 303, {
  lot: lotId,
  owner: acct,
  to: acct,
  quantity,
  price: priceSchema,
  until: Nanos.schema,
});
export const accepted = event("lot.accepted", 304, {
  lot: lotId,
  from: acct,
  to: acct,
  quantity,
  price: priceSchema,
});
/** By the owner, the receiver, or whoever blocked the lot. */
export const rescinded = event("lot.rescinded", 305, { lot: lotId, by: acct });
export const offerLapsed = event("lot.offerLapsed", 306, { lot: lotId });
export const lost = event("lot.lost", 307, { lot: lotId, owner: acct, quantity });
export const withdrawn = event("lot.withdrawn", 308, {
  lot: lotId,
  programme: optional(programmeId),
  quantity,
});
export const blocked = event("lot.blocked", 309, { lot: lotId, by: acct, reason: digestSchema });
export const unblocked = event("lot.unblocked", 310, { lot: lotId, by: acct });
const taken = { lot: lotId, owner: acct, quantity } as const;
export const reserved = event("lot.reserved", 311, taken);
export const released = event("lot.released", 312, taken);
export const consumed = event("lot.consumed", 313, taken);
