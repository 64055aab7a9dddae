import { Nanos, Quantity } from "@touchmark/core";
import { SAMPLE_TIME, type Samples, sampleDigest, sampleId } from "./sample.ts";

const who = sampleId("acct", 1);
const [standard, newer] = [sampleId("stnd", 2), sampleId("stnd", 3)];
const accreditation = sampleId("accr", 4);
const programme = sampleId("prog", 5);
const audit = sampleId("audt", 6);
const certificate = sampleId("cert", 7);
const digest = sampleDigest(9);
const reason = sampleDigest(8);
const [from, to] = [SAMPLE_TIME, Nanos.of(SAMPLE_TIME + 1n)];
const content = { code: "ISO 9001", version: 2026, digest, auditMaxAge: Nanos.of(5n) };
const goods = { class: "PA12", unit: "mg", capacity: Quantity.of(20_000_000), from, to };
const values = [{ code: "melt", value: -5, unit: "mK" }];
const said = {
  subject: { kind: "lot", id: sampleId("lot", 10) },
  standard,
  verdict: "PASS",
  digest,
  until: to,
};
const granted = { standard, who, office: "lab", until: to };
const by = who;

export const certificationSamples: Samples = {
  operations: [
    { kind: "standard.publish", ...content },
    { kind: "standard.supersede", standard, version: 2027, digest, auditMaxAge: Nanos.of(5n) },
    { kind: "standard.withdraw", standard },
    { kind: "accreditation.grant", ...granted },
    { kind: "accreditation.suspend", accreditation, reason },
    { kind: "accreditation.reinstate", accreditation },
    { kind: "accreditation.revoke", accreditation, reason },
    { kind: "programme.apply", standard, ...goods },
    { kind: "audit.record", programme, verdict: "FAIL", digest },
    { kind: "programme.certify", programme, audit },
    { kind: "programme.amend", programme, capacity: Quantity.of(7), audit },
    { kind: "programme.suspend", programme, reason },
    { kind: "programme.reinstate", programme },
    { kind: "programme.revoke", programme, reason },
    { kind: "certificate.issue", ...said, values },
    { kind: "certificate.revoke", certificate, reason },
  ],
  timers: [
    { kind: "accreditation.expires", accreditation },
    { kind: "programme.lapses", programme },
    { kind: "programme.ends", programme },
  ],
  events: [
    { kind: "standard.published", standard, body: who, ...content },
    { kind: "standard.superseded", standard, by: newer },
    { kind: "standard.withdrawn", standard },
    { kind: "accreditation.granted", accreditation, ...granted },
    { kind: "accreditation.suspended", accreditation, reason },
    { kind: "accreditation.reinstated", accreditation },
    { kind: "accreditation.revoked", accreditation, reason },
    { kind: "accreditation.expired", accreditation },
    { kind: "programme.applied", programme, producer: who, standard, ...goods, lapsesAt: to },
    { kind: "audit.recorded", audit, programme, auditor: who, verdict: "FAIL", digest },
    { kind: "programme.certified", programme, certifier: who, audit },
    { kind: "programme.amended", programme, by, capacity: Quantity.of(7), audit },
    { kind: "programme.suspended", programme, by, reason },
    { kind: "programme.reinstated", programme, by },
    { kind: "programme.revoked", programme, by, reason },
    { kind: "programme.lapsed", programme },
    { kind: "programme.ended", programme },
    { kind: "certificate.issued", certificate, issuer: who, ...said },
    { kind: "certificate.revoked", certificate, subject: said.subject, by, reason },
  ],
};
