import { digestSchema, Nanos, optional, Quantity } from "@touchmark/core";
import { event } from "../../machine.ts";
import { acct } from "../identity/records.ts";
import {
  accreditationId,
  auditId,
  certificateId,
  certificateSubject,
  className,
  officeSchema,
  programmeId,
  standardCode,
  standardId,
  standardVersion,
  unitName,
  verdict,
} from "./records.ts";

export const published = event("standard.published", 200, {
  standard: standardId,
  body: acct,
  code: standardCode,
  version: standardVersion,
  digest: digestSchema,
  auditMaxAge: Nanos.schema,
});
export const superseded = event("standard.superseded", 201, { standard: standardId, by: standardId });
export const withdrawn = event("standard.withdrawn", 202, { standard: standardId });

export const granted = event("accreditation.granted", 210, {
  accreditation: accreditationId,
  standard: standardId,
  who: acct,
  office: officeSchema,
  until: Nanos.schema,
});
export const accreditationSuspended = event("accreditation.suspended", 211, {
  accreditation: accreditationId,
  reason: digestSchema,
});
export const accreditationReinstated = event("accreditation.reinstated", 212, {
  accreditation: accreditationId,
});
export const accreditationRevoked = event("accreditation.revoked", 213, {
  accreditation: accreditationId,
  reason: digestSchema,
});
export const expired = event("accreditation.expired", 214, { accreditation: accreditationId });

export const applied = event("programme.applied", 220, {
  programme: programmeId,
  producer: acct,
  standard: standardId,
  class: className,
  unit: unitName,
  capacity: Quantity.schema,
  from: Nanos.schema,
  to: Nanos.schema,
  lapsesAt: Nanos.schema,
});
export const audited = event("audit.recorded", 221, {
  audit: auditId,
  programme: programmeId,
  auditor: acct,
  verdict,
  digest: digestSchema,
});
export const certified = event("programme.certified", 222, {
  programme: programmeId,
  certifier: acct,
  audit: auditId,
});
export const amended = event("programme.amended", 223, {
  programme: programmeId,
  by: acct,
  capacity: Quantity.schema,
  audit: optional(auditId),
});
const stopped = { programme: programmeId, by: acct, reason: digestSchema } as const;
export const programmeSuspended = event("programme.suspended", 224, stopped);
export const programmeReinstated = event("programme.reinstated", 225, { programme: programmeId, by: acct });
export const programmeRevoked = event("programme.revoked", 226, stopped);
export const lapsed = event("programme.lapsed", 227, { programme: programmeId });
export const ended = event("programme.ended", 228, { programme: programmeId });

export const issued = event("certificate.issued", 230, {
  certificate: certificateId,
  subject: certificateSubject,
  standard: standardId,
  issuer: acct,
  verdict,
  digest: digestSchema,
  until: optional(Nanos.schema),
});
export const certificateRevoked = event("certificate.revoked", 231, {
  certificate: certificateId,
  subject: certificateSubject,
  by: acct,
  reason: digestSchema,
});
