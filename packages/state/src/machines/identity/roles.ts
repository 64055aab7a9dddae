/**
 * I-3: roles. A registrar gives the roles of trade; what rules over others (registrar, certifier, standards, arbiter,
 * issuer, sealIssuer, sealVerifier, attestor) only a proposal gives, through `grantRole` below.
 */
import { equalBytes, type Id, Nanos, optional } from "@touchmark/core";
import { type Context, operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { changeParticipant } from "./change.ts";
import { granted, withdrawn } from "./events.ts";
import { hasRole, needIndependent, needRole, needVerified } from "./guards.ts";
import { acct, type GrantedRole, participants, type Role, roleSchema } from "./records.ts";

const BY_REGISTRAR: ReadonlySet<Role> = new Set<Role>([
  "designer",
  "maker",
  "supplier",
  "carrier",
  "financier",
  "auditor",
]);

interface Grant {
  readonly participant: Id<"acct">;
  readonly role: Role;
  readonly until: Nanos | undefined;
}

function addRole(ctx: Context, { participant: id, role, until }: Grant, by: Id<"acct"> | undefined): void {
  const participant = needVerified(ctx, id);
  check(!hasRole(participant, role, ctx.now), "DUPLICATE");
  if (until !== undefined) check(until > ctx.now, "DEADLINE_PASSED");
  // One that has run out makes room for its successor.
  const others = participant.roles.filter((it) => it.role !== role);
  changeParticipant(ctx, id, { roles: [...others, { role, by, until }] });
  ctx.emit(granted, { participant: id, role, until, by });
}

function dropRole(ctx: Context, id: Id<"acct">, role: Role, by: Id<"acct"> | undefined): void {
  const { roles } = ctx.need(participants, id);
  changeParticipant(ctx, id, { roles: roles.filter((it) => it.role !== role) });
  ctx.emit(withdrawn, { participant: id, role, by });
}

function needGranted(ctx: Context, id: Id<"acct">, role: Role): GrantedRole {
  const found = ctx.need(participants, id).roles.find((it) => it.role === role);
  check(found !== undefined, "ROLE_MISSING");
  return found;
}

/** For governance: a role that no registrar gives. Codes `ROLE_NOT_GRANTABLE`; declare event `granted`. */
export function grantRole(ctx: Context, wanted: Grant): void {
  check(!BY_REGISTRAR.has(wanted.role), "ROLE_NOT_GRANTABLE");
  addRole(ctx, wanted, undefined);
}

/** For governance: any role, whoever gave it. Declare event `withdrawn`. */
export function withdrawRole(ctx: Context, id: Id<"acct">, role: Role): void {
  needGranted(ctx, id, role);
  dropRole(ctx, id, role, undefined);
}

export const grant = operation({
  name: "participant.grant",
  number: 102,
  fields: { participant: acct, role: roleSchema, until: optional(Nanos.schema) },
  who: "registrar",
  guard:
    "VERIFIED, independent of the registrar; designer, maker, supplier, carrier, financier or auditor; now < until → has the role",
  codes: ["ROLE_NOT_GRANTABLE"],
  events: [granted],
  by: ["key"],
  since: 1,
  run(ctx, fields) {
    needRole(ctx, ctx.acting, "registrar");
    check(BY_REGISTRAR.has(fields.role), "ROLE_NOT_GRANTABLE");
    ctx.need(participants, fields.participant);
    needIndependent(ctx, ctx.acting, fields.participant);
    addRole(ctx, fields, ctx.acting);
  },
});

export const withdraw = operation({
  name: "participant.withdraw",
  number: 103,
  fields: { participant: acct, role: roleSchema },
  who: "the registrar that gave it, or the participant's own",
  guard: "a role that a registrar gave → gone",
  codes: ["ROLE_NOT_GRANTABLE"],
  events: [withdrawn],
  by: ["key"],
  since: 1,
  run(ctx, { participant: id, role }) {
    needRole(ctx, ctx.acting, "registrar");
    check(BY_REGISTRAR.has(role), "ROLE_NOT_GRANTABLE");
    const { by } = needGranted(ctx, id, role);
    const { registrar } = ctx.need(participants, id);
    // Else one bad registrar could put everybody out of business.
    const isTheirs = [by, registrar].some((it) => it !== undefined && equalBytes(it, ctx.acting));
    check(isTheirs, "NOT_YOURS");
    dropRole(ctx, id, role, ctx.acting);
  },
});
