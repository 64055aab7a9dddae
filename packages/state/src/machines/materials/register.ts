/** How lots come into the state, and how they go again without having been made into anything. */
import { digestSchema, Nanos, optional, Quantity, subtractNanos } from "@touchmark/core";
import { operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { CAPACITY_CODES, drawCapacity, returnCapacity } from "../certification/capacity.ts";
import { className, programmeId, unitName } from "../certification/records.ts";
import { closeObject, needRole, openObject } from "../identity/guards.ts";
import { lost, offerLapsed, registered, withdrawn } from "./events.ts";
import { addQuantities, less, needFree, needOpenLot, needOwnLot, needQuantity, putLot } from "./lot.ts";
import { lotId, lots } from "./records.ts";

export const register = operation({
  name: "lot.register",
  number: 300,
  fields: {
    class: className,
    unit: unitName,
    quantity: Quantity.schema,
    programme: optional(programmeId),
    producedAt: Nanos.schema,
    bestBefore: optional(Nanos.schema),
    digest: digestSchema,
  },
  who: "supplier",
  guard:
    "role supplier; quantity > 0; producedAt ≤ now, producedAt < bestBefore; with a programme: own, ACTIVE, of the class and unit, from ≤ now ≤ to, used + quantity ≤ capacity → OPEN, used rises",
  codes: [...CAPACITY_CODES, "QUANTITY_ZERO"],
  events: [registered],
  objects: ({ programme }) => (programme === undefined ? [] : [programme]),
  since: 1,
  run(ctx, fields) {
    const { quantity, programme, producedAt, bestBefore } = fields;
    const owner = ctx.acting;
    needRole(ctx, owner, "supplier");
    needQuantity(quantity);
    check(producedAt <= ctx.now, "DEADLINE_OUT_OF_BOUNDS");
    check(bestBefore === undefined || producedAt < bestBefore, "DEADLINE_OUT_OF_BOUNDS");
    if (programme !== undefined) drawCapacity(ctx, programme, fields);
    openObject(ctx, owner);
    const lot = ctx.newId("lot");
    const none = Quantity.of(0);
    const { class: name, unit, digest } = fields;
    const said = { class: name, unit, programme, producedAt, bestBefore, digest };
    ctx.put(lots, lot, {
      ...said,
      owner,
      producers: [owner],
      registered: quantity,
      left: quantity,
      reserved: none,
      consumed: none,
      moved: none,
      lost: none,
      parents: [],
      certificates: [],
      findings: [],
      registeredAt: ctx.now,
      transferred: false,
      offer: undefined,
      status: "OPEN",
    });
    ctx.emit(registered, { lot, owner, quantity, ...said });
  },
});

export const lose = operation({
  name: "lot.lose",
  number: 306,
  fields: { lot: lotId, quantity: Quantity.schema },
  who: "owner",
  guard:
    "OPEN or BLOCKED; 0 < quantity ≤ left − reserved → left falls, lost rises; no capacity comes back; with nothing left EXHAUSTED",
  codes: ["QUANTITY_ZERO", "QUANTITY_EXCEEDED"],
  events: [lost, offerLapsed],
  objects: (fields) => [fields.lot],
  since: 1,
  run(ctx, { lot: id, quantity }) {
    const lot = needOwnLot(ctx, id);
    // What is blocked may have to be destroyed. What is offered stays as the receiver saw it.
    check(lot.status === "OPEN" || lot.status === "BLOCKED", "WRONG_STATUS");
    needQuantity(quantity);
    needFree(lot, quantity);
    putLot(ctx, id, { ...lot, left: less(lot.left, quantity), lost: addQuantities(lot.lost, quantity) });
    ctx.emit(lost, { lot: id, owner: lot.owner, quantity });
  },
});

export const withdraw = operation({
  name: "lot.withdraw",
  number: 307,
  fields: { lot: lotId },
  who: "registrant, still first owner",
  guard:
    "OPEN; now ≤ registeredAt + lotWithdrawal; never transferred, split or merged; nothing reserved, consumed or lost; no findings → WITHDRAWN, capacity back",
  codes: ["LOT_RESERVED", "LOT_TOUCHED"],
  events: [withdrawn, offerLapsed],
  objects: (fields) => [fields.lot],
  since: 1,
  run(ctx, { lot: id }) {
    const lot = needOpenLot(ctx, id);
    check(lot.reserved === 0, "LOT_RESERVED");
    // A mistake is taken back whole, or not at all. Nor does a lot that failed come again under a new id.
    const isFirst = lot.parents.length === 0 && !lot.transferred && lot.findings.length === 0;
    check(isFirst && lot.left === lot.registered, "LOT_TOUCHED");
    const age = subtractNanos(ctx.now, lot.registeredAt);
    check(age <= ctx.parameter("lotWithdrawal"), "DEADLINE_PASSED");
    const { programme, registered: quantity } = lot;
    if (programme !== undefined) returnCapacity(ctx, programme, quantity);
    ctx.put(lots, id, { ...lot, status: "WITHDRAWN" });
    closeObject(ctx, lot.owner);
    ctx.emit(withdrawn, { lot: id, programme, quantity });
  },
});
