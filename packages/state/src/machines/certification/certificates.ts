/**
 * Certificates: what an accredited certifier or laboratory says of one thing.
 *
 *   issue → on record → revoke*
 *
 * How it reads at a time (VALID, FLAGGED, EXPIRED, REVOKED) is `readCertificate` of standing.ts: nothing is rewritten.
 */
import { digestSchema, equalBytes, Nanos, optional } from "@touchmark/core";
import { operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { needIndependent } from "../identity/guards.ts";
import { certificateRevoked, issued } from "./events.ts";
import {
  certificateId,
  certificateSubject,
  certificates,
  certificateValues,
  standardId,
  standards,
  verdict,
} from "./records.ts";
import { needAccredited, needBody } from "./standing.ts";
import { attach, partiesOf } from "./subjects.ts";

export const issue = operation({
  name: "certificate.issue",
  number: 230,
  fields: {
    subject: certificateSubject,
    standard: standardId,
    verdict,
    values: certificateValues,
    digest: digestSchema,
    until: optional(Nanos.schema),
  },
  who: "an accredited certifier or laboratory",
  guard:
    "the standard isn't WITHDRAWN; independent of the thing's owner, makers and authors; no value twice; now < until → on record; a lot keeps it among its certificates, a FAIL among its findings",
  codes: ["NOT_ACCREDITED", "STANDARD_NOT_CURRENT", "LIST_FULL"],
  events: [issued],
  objects: (fields) => [fields.subject.id],
  since: 1,
  run(ctx, { subject, standard, verdict: found, values, digest, until }) {
    check(ctx.need(standards, standard).status !== "WITHDRAWN", "STANDARD_NOT_CURRENT");
    const accreditation = needAccredited(ctx, standard, "certifier", "lab");
    const issuer = ctx.acting;
    for (const party of partiesOf(ctx, subject)) needIndependent(ctx, issuer, party);
    check(new Set(values.map((it) => it.code)).size === values.length, "DUPLICATE");
    check(until === undefined || until > ctx.now, "DEADLINE_PASSED");
    const certificate = ctx.newId("cert");
    const said = { subject, standard, issuer, verdict: found, values, digest, until };
    const issuedAt = ctx.now;
    ctx.put(certificates, certificate, { ...said, accreditation, issuedAt, revokedBy: undefined });
    attach(ctx, said, certificate);
    ctx.emit(issued, { certificate, subject, standard, issuer, verdict: found, digest, until });
  },
});

export const revoke = operation({
  name: "certificate.revoke",
  number: 231,
  fields: { certificate: certificateId, reason: digestSchema },
  who: "its issuer, or the standard's body",
  guard: "not revoked → REVOKED",
  codes: [],
  events: [certificateRevoked],
  objects: (fields) => [fields.certificate],
  since: 1,
  run(ctx, { certificate: id, reason }) {
    const record = ctx.need(certificates, id);
    // An issuer whose accreditation has ended may still take back what it said.
    if (!equalBytes(record.issuer, ctx.acting)) needBody(ctx, record.standard);
    check(record.revokedBy === undefined, "WRONG_STATUS");
    ctx.put(certificates, id, { ...record, revokedBy: ctx.acting });
    ctx.emit(certificateRevoked, { certificate: id, subject: record.subject, by: ctx.acting, reason });
  },
});
