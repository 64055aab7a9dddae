/**
 * Who may certify, audit or test under a standard.
 *
 *   grant → ACTIVE ⇄ SUSPENDED; ACTIVE, SUSPENDED → ⏱until → EXPIRED; ACTIVE, SUSPENDED, EXPIRED → REVOKED*
 *
 * What was found by somebody suspended or revoked counts no more, though nothing of it is rewritten. An end by time
 * changes nothing about that: a suspension outlives it, and the body may still lift it, or revoke.
 */
import { addNanos, digestSchema, type Id, Nanos } from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { closeObject, needIndependent, needVerified, openObject } from "../identity/guards.ts";
import { acct } from "../identity/records.ts";
import {
  accreditationReinstated,
  accreditationRevoked,
  accreditationSuspended,
  expired,
  granted,
} from "./events.ts";
import {
  type Accreditation,
  accreditationHolders,
  accreditationId,
  accreditations,
  officeSchema,
  standardId,
  standards,
} from "./records.ts";
import { accreditationStatus, isFitFor, needBody } from "./standing.ts";

export const accreditationExpires = timer({
  name: "accreditation.expires",
  number: 200,
  fields: { accreditation: accreditationId },
  guard: "ACTIVE or SUSPENDED → EXPIRED; a suspension stays on record",
  codes: [],
  events: [expired],
  run(ctx, { accreditation: id }) {
    expire(ctx, id, ctx.need(accreditations, id));
  },
});

function expire(ctx: Context, id: Id<"accr">, record: Accreditation): void {
  ctx.put(accreditations, id, { ...record, status: "EXPIRED" });
  closeObject(ctx, ctx.need(standards, record.standard).body);
  ctx.emit(expired, { accreditation: id });
}

export const grant = operation({
  name: "accreditation.grant",
  number: 210,
  fields: { standard: standardId, who: acct, office: officeSchema, until: Nanos.schema },
  who: "the standard's body",
  guard:
    "role standards; the standard isn't WITHDRAWN; `who` VERIFIED, with role certifier or auditor where it is to be one; independent of the body; no other for the office that holds or is suspended; now < until ≤ now + accreditationMax → ACTIVE; ⏱until",
  codes: ["STANDARD_NOT_CURRENT"],
  events: [granted, expired],
  objects: (fields) => [fields.standard],
  since: 1,
  run(ctx, { standard: id, who, office, until }) {
    const standard = needBody(ctx, id);
    // Programmes run on under a superseded standard, and need auditors.
    check(standard.status !== "WITHDRAWN", "STANDARD_NOT_CURRENT");
    needVerified(ctx, who);
    check(isFitFor(ctx, who, office, ctx.now), "ROLE_MISSING");
    needIndependent(ctx, ctx.acting, who);
    check(!isTaken(ctx, { standard: id, who, office }), "DUPLICATE");
    check(until <= addNanos(ctx.now, ctx.parameter("accreditationMax")), "DEADLINE_OUT_OF_BOUNDS");
    openObject(ctx, ctx.acting);
    const accreditation = ctx.newId("accr");
    const record = { standard: id, who, office, until, suspendedAt: undefined, status: "ACTIVE" } as const;
    ctx.put(accreditations, accreditation, record);
    ctx.put(accreditationHolders, { standard: id, who, office }, accreditation);
    ctx.setTimer(accreditationExpires, until, { accreditation });
    ctx.emit(granted, { accreditation, standard: id, who, office, until });
  },
});

type Holder = Pick<Accreditation, "standard" | "who" | "office">;

/** One that is suspended is in the way too: a second one would get round the suspension. */
function isTaken(ctx: Context, holder: Holder): boolean {
  const id = ctx.get(accreditationHolders, holder);
  if (id === undefined) return false;
  const record = ctx.need(accreditations, id);
  if (!isLive(record)) return false;
  if (ctx.now <= record.until) return true;
  // Its timer waits for the next block (L-11), and would find another in its place.
  ctx.cancelTimer(accreditationExpires, record.until, { accreditation: id });
  expire(ctx, id, record);
  return false;
}

function isLive({ status }: Accreditation): boolean {
  return status === "ACTIVE" || status === "SUSPENDED";
}

/** The accreditation, of whose standard the acting participant must be the body. */
function needGranted(ctx: Context, id: Id<"accr">): Accreditation {
  const record = ctx.need(accreditations, id);
  needBody(ctx, record.standard);
  return record;
}

export const suspend = operation({
  name: "accreditation.suspend",
  number: 211,
  fields: { accreditation: accreditationId, reason: digestSchema },
  who: "the standard's body",
  guard: "role standards; ACTIVE → SUSPENDED: its certificates read FLAGGED",
  codes: [],
  events: [accreditationSuspended],
  objects: (fields) => [fields.accreditation],
  since: 1,
  run(ctx, { accreditation: id, reason }) {
    const record = needGranted(ctx, id);
    check(accreditationStatus(record, ctx.now) === "ACTIVE", "WRONG_STATUS");
    ctx.put(accreditations, id, { ...record, suspendedAt: ctx.now, status: "SUSPENDED" });
    ctx.emit(accreditationSuspended, { accreditation: id, reason });
  },
});

export const reinstate = operation({
  name: "accreditation.reinstate",
  number: 212,
  fields: { accreditation: accreditationId },
  who: "the standard's body",
  guard: "role standards; SUSPENDED → ACTIVE; EXPIRED under suspension → EXPIRED in peace",
  codes: [],
  events: [accreditationReinstated],
  objects: (fields) => [fields.accreditation],
  since: 1,
  run(ctx, { accreditation: id }) {
    const record = needGranted(ctx, id);
    check(record.status !== "REVOKED" && record.suspendedAt !== undefined, "WRONG_STATUS");
    // Where its time is over and the timer still waits, that timer finds it ACTIVE and ends it.
    const status = record.status === "SUSPENDED" ? "ACTIVE" : record.status;
    ctx.put(accreditations, id, { ...record, suspendedAt: undefined, status });
    ctx.emit(accreditationReinstated, { accreditation: id });
  },
});

export const revoke = operation({
  name: "accreditation.revoke",
  number: 213,
  fields: { accreditation: accreditationId, reason: digestSchema },
  who: "the standard's body",
  guard: "role standards; not REVOKED → REVOKED: its certificates read FLAGGED",
  codes: [],
  events: [accreditationRevoked],
  objects: (fields) => [fields.accreditation],
  since: 1,
  run(ctx, { accreditation: id, reason }) {
    const record = needGranted(ctx, id);
    check(record.status !== "REVOKED", "WRONG_STATUS");
    if (isLive(record)) {
      ctx.cancelTimer(accreditationExpires, record.until, { accreditation: id });
      closeObject(ctx, ctx.acting);
    }
    ctx.put(accreditations, id, { ...record, status: "REVOKED" });
    ctx.emit(accreditationRevoked, { accreditation: id, reason });
  },
});
