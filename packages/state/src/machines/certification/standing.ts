/**
 * Who may do what under a standard, and what its papers are worth now. Reads only: other machines ask here too.
 * Everything compares times and relies on no timer having run.
 */
import { equalBytes, type Id, type Nanos } from "@touchmark/core";
import type { StateView } from "../../keyspace.ts";
import type { Context } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { hasRole, needRole } from "../identity/guards.ts";
import { participants } from "../identity/records.ts";
import {
  type Accreditation,
  accreditationHolders,
  accreditations,
  certificates,
  type Office,
  type Programme,
  type Standard,
  standards,
} from "./records.ts";

/** The standard, of which the acting participant must be the body. */
export function needBody(ctx: Context, id: Id<"stnd">): Standard {
  const standard = ctx.need(standards, id);
  check(equalBytes(standard.body, ctx.acting), "NOT_YOURS");
  needRole(ctx, ctx.acting, "standards");
  return standard;
}

/** As whom the acting participant may decide about the programme, else NOT_YOURS. */
export function needOverseer(ctx: Context, { certifier, standard }: Programme): "certifier" | "body" {
  if (certifier !== undefined && equalBytes(certifier, ctx.acting)) return "certifier";
  needBody(ctx, standard);
  return "body";
}

/** what the accreditation is now, whether or not its timer has run. */
export function accreditationStatus({ status, until }: Accreditation, now: Nanos): Accreditation["status"] {
  const isOver = now > until && status !== "REVOKED";
  return isOver ? "EXPIRED" : status;
}

/** what the programme is now, whether or not its timer has run. */
export function programmeStatus({ status, lapsesAt, to }: Programme, now: Nanos): Programme["status"] {
  if (status === "APPLIED") return now > lapsesAt ? "LAPSED" : status;
  const isRunning = status === "ACTIVE" || status === "SUSPENDED";
  return isRunning && now > to ? "ENDED" : status;
}

/** Laboratories have no role of their own: being VERIFIED will do. */
const ROLE_OF = { certifier: "certifier", auditor: "auditor", lab: undefined } as const;

export function isFitFor(state: StateView, who: Id<"acct">, office: Office, now: Nanos): boolean {
  const participant = state.get(participants, who);
  const role = ROLE_OF[office];
  if (participant?.status !== "VERIFIED") return false;
  return role === undefined || hasRole(participant, role, now);
}

/** The accreditation by which somebody may act under a standard now, if there is one. */
export function accreditationOf(
  state: StateView,
  holder: Pick<Accreditation, "standard" | "who" | "office">,
  now: Nanos,
): Id<"accr"> | undefined {
  const id = state.get(accreditationHolders, holder);
  const record = id === undefined ? undefined : state.get(accreditations, id);
  if (record === undefined || accreditationStatus(record, now) !== "ACTIVE") return undefined;
  return isFitFor(state, holder.who, holder.office, now) ? id : undefined;
}

/** The acting participant's accreditation for one of these offices, the first that holds; else NOT_ACCREDITED. */
export function needAccredited(
  ctx: Context,
  standard: Id<"stnd">,
  ...offices: readonly Office[]
): Id<"accr"> {
  for (const office of offices) {
    const id = accreditationOf(ctx, { standard, who: ctx.acting, office }, ctx.now);
    if (id !== undefined) return id;
  }
  return refuse("NOT_ACCREDITED", { standard });
}

/** Whether what was done by this accreditation still counts: an end in peace is none of its faults. */
export function isInGoodStanding(state: StateView, id: Id<"accr">): boolean {
  const record = state.get(accreditations, id);
  if (record === undefined || record.status === "REVOKED" || record.suspendedAt !== undefined) return false;
  return state.get(participants, record.who)?.status !== "SUSPENDED";
}

export type CertificateReading = "VALID" | "FLAGGED" | "EXPIRED" | "REVOKED";

/** what a certificate is worth now. Those of a suspended issuer are not rewritten: they read FLAGGED. */
export function readCertificate(
  state: StateView,
  id: Id<"cert">,
  now: Nanos,
): CertificateReading | undefined {
  const record = state.get(certificates, id);
  if (record === undefined) return undefined;
  if (record.revokedBy !== undefined) return "REVOKED";
  if (record.until !== undefined && now > record.until) return "EXPIRED";
  return isInGoodStanding(state, record.accreditation) ? "VALID" : "FLAGGED";
}
