/**
 * Programmes: a producer certified for a class, up to a capacity, over a period.
 *
 *   apply → APPLIED → certify → ACTIVE ⇄ SUSPENDED
 *           APPLIED → ⏱lapsesAt → LAPSED*
 *           ACTIVE, SUSPENDED → ⏱to → ENDED* · revoke → REVOKED*
 *
 * Every step up (certify, more capacity) rests on an audit of its own, which passed, is young, was not failed since,
 * and whose auditor is still in good standing; who decides, who audited and who produces are then pairwise
 * independent. Steps down need only the one who decides.
 */
import { addNanos, digestSchema, equalBytes, type Id, Nanos, optional, Quantity } from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { closeObject, needIndependent, needVerified, openObject } from "../identity/guards.ts";
import {
  amended,
  applied,
  certified,
  ended,
  lapsed,
  programmeReinstated,
  programmeRevoked,
  programmeSuspended,
} from "./events.ts";
import {
  auditId,
  audits,
  className,
  type Programme,
  programmeId,
  programmes,
  standardId,
  standards,
  unitName,
} from "./records.ts";
import { isInGoodStanding, needAccredited, needOverseer, programmeStatus } from "./standing.ts";

const AUDIT_CODES = ["AUDIT_OF_ANOTHER", "AUDIT_FAILED", "AUDIT_TOO_OLD", "NOT_ACCREDITED"] as const;

export const programmeLapses = timer({
  name: "programme.lapses",
  number: 201,
  fields: { programme: programmeId },
  guard: "APPLIED → LAPSED",
  codes: [],
  events: [lapsed],
  run(ctx, { programme: id }) {
    endAs(ctx, id, "LAPSED");
    ctx.emit(lapsed, { programme: id });
  },
});

export const programmeEnds = timer({
  name: "programme.ends",
  number: 202,
  fields: { programme: programmeId },
  guard: "ACTIVE or SUSPENDED → ENDED",
  codes: [],
  events: [ended],
  run(ctx, { programme: id }) {
    endAs(ctx, id, "ENDED");
    ctx.emit(ended, { programme: id });
  },
});

function endAs(ctx: Context, id: Id<"prog">, status: "LAPSED" | "ENDED" | "REVOKED"): void {
  const record = ctx.need(programmes, id);
  ctx.put(programmes, id, { ...record, status });
  closeObject(ctx, record.producer);
}

export const apply = operation({
  name: "programme.apply",
  number: 220,
  fields: {
    standard: standardId,
    class: className,
    unit: unitName,
    capacity: Quantity.schema,
    from: Nanos.schema,
    to: Nanos.schema,
  },
  who: "producer",
  guard:
    "VERIFIED; the standard is CURRENT; capacity > 0; from < to ≤ from + programmeMax; from ≤ now + programmeMax; now < to → APPLIED; ⏱ at the earlier of now + applicationTerm and `to`",
  codes: ["STANDARD_NOT_CURRENT", "QUANTITY_ZERO"],
  events: [applied],
  objects: (fields) => [fields.standard],
  since: 1,
  run(ctx, fields) {
    const { standard, class: name, unit, capacity, from, to } = fields;
    const producer = ctx.acting;
    needVerified(ctx, producer);
    check(ctx.need(standards, standard).status === "CURRENT", "STANDARD_NOT_CURRENT");
    check(capacity > 0, "QUANTITY_ZERO");
    const longest = ctx.parameter("programmeMax");
    const isPeriod = from < to && to <= addNanos(from, longest) && from <= addNanos(ctx.now, longest);
    check(isPeriod, "DEADLINE_OUT_OF_BOUNDS");
    const term = addNanos(ctx.now, ctx.parameter("applicationTerm"));
    const lapsesAt = term < to ? term : to;
    openObject(ctx, producer);
    const programme = ctx.newId("prog");
    const asked = { producer, standard, class: name, unit, capacity, from, to, lapsesAt };
    ctx.put(programmes, programme, {
      ...asked,
      used: Quantity.of(0),
      certifier: undefined,
      audit: undefined,
      decidedAt: undefined,
      failedAt: undefined,
      suspendedBy: undefined,
      status: "APPLIED",
    });
    ctx.setTimer(programmeLapses, lapsesAt, { programme });
    ctx.emit(applied, { programme, ...asked });
  },
});

/** An audit on which the acting participant may decide now. */
function needAudit(ctx: Context, id: Id<"prog">, programme: Programme, auditOf: Id<"audt">): void {
  const audit = ctx.need(audits, auditOf);
  check(equalBytes(audit.programme, id), "AUDIT_OF_ANOTHER");
  check(audit.verdict === "PASS", "AUDIT_FAILED");
  // Whoever asks auditors until one passes it has an older failure to answer for, not a younger one.
  check(programme.failedAt === undefined || audit.at > programme.failedAt, "AUDIT_FAILED");
  // What a decision was based on, or lay before it, doesn't carry the next one.
  check(programme.decidedAt === undefined || audit.at > programme.decidedAt, "AUDIT_NOT_NEW");
  const { auditMaxAge } = ctx.need(standards, programme.standard);
  check(ctx.now <= addNanos(audit.at, auditMaxAge), "AUDIT_TOO_OLD");
  check(isInGoodStanding(ctx, audit.accreditation), "NOT_ACCREDITED");
  needIndependent(ctx, ctx.acting, programme.producer);
  needIndependent(ctx, ctx.acting, audit.auditor);
  needIndependent(ctx, audit.auditor, programme.producer);
}

export const certify = operation({
  name: "programme.certify",
  number: 222,
  fields: { programme: programmeId, audit: auditId },
  who: "an accredited certifier",
  guard:
    "APPLIED, now ≤ lapsesAt, now < to; the standard is CURRENT; the producer VERIFIED; the audit of it, passed, not failed since, now ≤ its time + auditMaxAge, its auditor in good standing; certifier, auditor, producer pairwise independent → ACTIVE; ⏱to",
  codes: [...AUDIT_CODES, "STANDARD_NOT_CURRENT"],
  events: [certified],
  objects: (fields) => [fields.programme],
  since: 1,
  run(ctx, { programme: id, audit }) {
    const programme = ctx.need(programmes, id);
    check(programmeStatus(programme, ctx.now) === "APPLIED", "WRONG_STATUS");
    needAccredited(ctx, programme.standard, "certifier");
    check(ctx.need(standards, programme.standard).status === "CURRENT", "STANDARD_NOT_CURRENT");
    needVerified(ctx, programme.producer);
    needAudit(ctx, id, programme, audit);
    ctx.cancelTimer(programmeLapses, programme.lapsesAt, { programme: id });
    ctx.setTimer(programmeEnds, programme.to, { programme: id });
    const certifier = ctx.acting;
    ctx.put(programmes, id, { ...programme, certifier, audit, decidedAt: ctx.now, status: "ACTIVE" });
    ctx.emit(certified, { programme: id, certifier, audit });
  },
});

function isRunning(programme: Programme, now: Nanos): boolean {
  const status = programmeStatus(programme, now);
  return status === "ACTIVE" || status === "SUSPENDED";
}

export const amend = operation({
  name: "programme.amend",
  number: 223,
  fields: { programme: programmeId, capacity: Quantity.schema, audit: optional(auditId) },
  who: "its certifier, or the standard's body",
  guard:
    "ACTIVE or SUSPENDED; capacity ≥ used; more of it as for certify, by a certifier that is accredited still and with an audit after the last decision → capacity",
  codes: [...AUDIT_CODES, "AUDIT_NOT_NEW", "AUDIT_MISSING", "CAPACITY_BELOW_USED"],
  events: [amended],
  objects: (fields) => [fields.programme],
  since: 1,
  run(ctx, { programme: id, capacity, audit }) {
    const programme = ctx.need(programmes, id);
    const role = needOverseer(ctx, programme);
    check(isRunning(programme, ctx.now), "WRONG_STATUS");
    if (capacity < programme.used) refuse("CAPACITY_BELOW_USED", { used: programme.used });
    const isMore = capacity > programme.capacity;
    if (isMore) {
      if (audit === undefined) return refuse("AUDIT_MISSING");
      if (role === "certifier") needAccredited(ctx, programme.standard, "certifier");
      needAudit(ctx, id, programme, audit);
      ctx.put(programmes, id, { ...programme, capacity, audit, decidedAt: ctx.now });
    } else ctx.put(programmes, id, { ...programme, capacity });
    ctx.emit(amended, { programme: id, by: ctx.acting, capacity, audit: isMore ? audit : undefined });
  },
});

export const suspend = operation({
  name: "programme.suspend",
  number: 224,
  fields: { programme: programmeId, reason: digestSchema },
  who: "its certifier, or the standard's body",
  guard: "ACTIVE → SUSPENDED: no lots are registered; the body also takes over a suspension of the certifier",
  codes: [],
  events: [programmeSuspended],
  objects: (fields) => [fields.programme],
  since: 1,
  run(ctx, { programme: id, reason }) {
    const programme = ctx.need(programmes, id);
    const role = needOverseer(ctx, programme);
    const status = programmeStatus(programme, ctx.now);
    const { suspendedBy } = programme;
    const isTaken = suspendedBy !== undefined && equalBytes(suspendedBy, ctx.acting);
    check(status === "ACTIVE" || (status === "SUSPENDED" && role === "body" && !isTaken), "WRONG_STATUS");
    ctx.put(programmes, id, { ...programme, suspendedBy: ctx.acting, status: "SUSPENDED" });
    ctx.emit(programmeSuspended, { programme: id, by: ctx.acting, reason });
  },
});

export const reinstate = operation({
  name: "programme.reinstate",
  number: 225,
  fields: { programme: programmeId },
  who: "who suspended it, or the standard's body",
  guard: "SUSPENDED; a certifier is accredited still → ACTIVE",
  codes: ["NOT_ACCREDITED"],
  events: [programmeReinstated],
  objects: (fields) => [fields.programme],
  since: 1,
  run(ctx, { programme: id }) {
    const programme = ctx.need(programmes, id);
    const role = needOverseer(ctx, programme);
    check(programmeStatus(programme, ctx.now) === "SUSPENDED", "WRONG_STATUS");
    const { suspendedBy, standard } = programme;
    if (role === "certifier") {
      const isOwn = suspendedBy !== undefined && equalBytes(suspendedBy, ctx.acting);
      check(isOwn, "NOT_YOURS");
      needAccredited(ctx, standard, "certifier");
    }
    ctx.put(programmes, id, { ...programme, suspendedBy: undefined, status: "ACTIVE" });
    ctx.emit(programmeReinstated, { programme: id, by: ctx.acting });
  },
});

export const revoke = operation({
  name: "programme.revoke",
  number: 226,
  fields: { programme: programmeId, reason: digestSchema },
  who: "its certifier, or the standard's body",
  guard: "ACTIVE or SUSPENDED → REVOKED",
  codes: [],
  events: [programmeRevoked],
  objects: (fields) => [fields.programme],
  since: 1,
  run(ctx, { programme: id, reason }) {
    const programme = ctx.need(programmes, id);
    needOverseer(ctx, programme);
    check(isRunning(programme, ctx.now), "WRONG_STATUS");
    ctx.cancelTimer(programmeEnds, programme.to, { programme: id });
    endAs(ctx, id, "REVOKED");
    ctx.emit(programmeRevoked, { programme: id, by: ctx.acting, reason });
  },
});
