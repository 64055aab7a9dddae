/**
 * I-11: what a registrar, certifier, standards body or auditor says of a participant, by the digest of a document.
 *
 *   – → issue → VALID → revoke (its issuer) → REVOKED*
 *   past `until` it is expired: whoever reads it compares the time, and no timer is needed
 */
import { digestSchema, equalBytes, type Id, idSchema, Nanos, optional, text } from "@touchmark/core";
import { type Context, operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { credentialIssued, credentialRevoked } from "./events.ts";
import { hasRole, needVerified } from "./guards.ts";
import { acct, credentials, participants, type Role } from "./records.ts";

const ISSUERS: readonly Role[] = ["registrar", "certifier", "standards", "auditor"];

function needIssuer(ctx: Context, id: Id<"acct">): void {
  const participant = needVerified(ctx, id);
  check(
    ISSUERS.some((role) => hasRole(participant, role, ctx.now)),
    "ROLE_MISSING",
  );
}

export const issue = operation({
  name: "credential.issue",
  number: 160,
  fields: { subject: acct, type: text(1, 64), digest: digestSchema, until: optional(Nanos.schema) },
  who: "registrar, certifier, standards, auditor",
  guard: "the subject is another, not CLOSED; now < until → VALID",
  codes: ["SAME_PARTY"],
  events: [credentialIssued],
  by: ["key"],
  since: 1,
  run(ctx, { subject, type, digest, until }) {
    const issuer = ctx.acting;
    needIssuer(ctx, issuer);
    check(!equalBytes(subject, issuer), "SAME_PARTY");
    check(ctx.need(participants, subject).status !== "CLOSED", "CLOSED");
    if (until !== undefined) check(until > ctx.now, "DEADLINE_PASSED");
    const credential = ctx.newId("cred");
    ctx.put(credentials, credential, { issuer, subject, type, digest, until, status: "VALID" });
    ctx.emit(credentialIssued, { credential, issuer, subject, type, digest, until });
  },
});

export const revoke = operation({
  name: "credential.revoke",
  number: 161,
  fields: { credential: idSchema("cred") },
  who: "its issuer, also without the role",
  guard: "VALID, now ≤ until → REVOKED",
  codes: [],
  events: [credentialRevoked],
  by: ["key"],
  since: 1,
  run(ctx, { credential: id }) {
    const credential = ctx.need(credentials, id);
    const { issuer, subject, status, until } = credential;
    check(equalBytes(issuer, ctx.acting), "NOT_YOURS");
    check(status === "VALID", "WRONG_STATUS");
    if (until !== undefined) check(ctx.now <= until, "DEADLINE_PASSED");
    ctx.put(credentials, id, { ...credential, status: "REVOKED" });
    ctx.emit(credentialRevoked, { credential: id, issuer, subject });
  },
});
