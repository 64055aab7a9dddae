/** A lot stopped by the certifier of its programme: it isn't consumed, moved, split or merged until it is released. */
import { digestSchema, equalBytes, type Id } from "@touchmark/core";
import { type Context, operation } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { type Programme, programmes } from "../certification/records.ts";
import { needOverseer } from "../certification/standing.ts";
import { needRole } from "../identity/guards.ts";
import { blocked, offerLapsed, rescinded, unblocked } from "./events.ts";
import { needLot, offerExpires } from "./lot.ts";
import { type Lot, lotId, lots } from "./records.ts";

/** A lot without programme is nobody's to block. */
function programmeOf(ctx: Context, { programme }: Lot): Programme {
  return programme === undefined ? refuse("NOT_YOURS") : ctx.need(programmes, programme);
}

/** What is blocked can't be offered: nobody takes it over without having seen that. */
function endOffer(ctx: Context, id: Id<"lot">, lot: Lot): void {
  if (lot.offer === undefined) return;
  ctx.cancelTimer(offerExpires, lot.offer.until, { lot: id });
  ctx.emit(rescinded, { lot: id, by: ctx.acting });
}

export const block = operation({
  name: "lot.block",
  number: 308,
  fields: { lot: lotId, reason: digestSchema },
  who: "the programme's certifier",
  guard: "role certifier; OPEN or OFFERED → BLOCKED; an offer ends",
  codes: [],
  events: [blocked, rescinded, offerLapsed],
  objects: (fields) => [fields.lot],
  since: 1,
  run(ctx, { lot: id, reason }) {
    const lot = needLot(ctx, id);
    const { certifier } = programmeOf(ctx, lot);
    check(certifier !== undefined && equalBytes(certifier, ctx.acting), "NOT_YOURS");
    needRole(ctx, ctx.acting, "certifier");
    check(lot.status === "OPEN" || lot.status === "OFFERED", "WRONG_STATUS");
    endOffer(ctx, id, lot);
    ctx.put(lots, id, { ...lot, offer: undefined, status: "BLOCKED" });
    ctx.emit(blocked, { lot: id, by: ctx.acting, reason });
  },
});

export const unblock = operation({
  name: "lot.unblock",
  number: 309,
  fields: { lot: lotId },
  // A certifier that is gone or suspended would lock the goods of others for ever.
  who: "the programme's certifier, or the standard's body",
  guard: "BLOCKED → OPEN",
  codes: [],
  events: [unblocked, offerLapsed],
  objects: (fields) => [fields.lot],
  since: 1,
  run(ctx, { lot: id }) {
    const lot = needLot(ctx, id);
    needOverseer(ctx, programmeOf(ctx, lot));
    check(lot.status === "BLOCKED", "WRONG_STATUS");
    ctx.put(lots, id, { ...lot, status: "OPEN" });
    ctx.emit(unblocked, { lot: id, by: ctx.acting });
  },
});
