/** Standards, who is accredited for them, who is certified by them, and what was found. */
import {
  digestSchema,
  type Id,
  idSchema,
  integer,
  list,
  Nanos,
  optional,
  Quantity,
  text,
  tuple,
  type ValueOf,
  variant,
} from "@touchmark/core";
import { choice } from "../../choice.ts";
import { keyspace } from "../../keyspace.ts";
import { acct } from "../identity/records.ts";

export const standardId = idSchema("stnd");
export const accreditationId = idSchema("accr");
export const programmeId = idSchema("prog");
export const auditId = idSchema("audt");
export const certificateId = idSchema("cert");

/** What a standard is called, whichever its version: `ISO 9001`. */
export const standardCode = text(1, 32);
/** Of one code, versions rise: `2015`, `2026`. */
export const standardVersion = integer(1, Number.MAX_SAFE_INTEGER);
/** What a lot is of, and what it is counted in: `PA12`, `mg`. */
export const className = text(1, 32);
export const unitName = text(1, 16);

const standard = tuple({
  body: acct,
  code: standardCode,
  version: standardVersion,
  digest: digestSchema,
  /** How old an audit may be when somebody is certified by it. */
  auditMaxAge: Nanos.schema,
  status: choice(["CURRENT", "SUPERSEDED", "WITHDRAWN"]),
});
export type Standard = ValueOf<typeof standard>;
export const standards = keyspace("standards", standardId, standard);

/** The newest version of a code. A code belongs for ever to the body that used it first. */
export const standardCodes = keyspace("standardCodes", standardCode, standardId);

export const OFFICES = ["certifier", "auditor", "lab"] as const;
export const officeSchema = choice(OFFICES);
export type Office = (typeof OFFICES)[number];

const accreditation = tuple({
  standard: standardId,
  who: acct,
  office: officeSchema,
  until: Nanos.schema,
  /** Outlives `until`: who is suspended doesn't come clean by waiting. */
  suspendedAt: optional(Nanos.schema),
  status: choice(["ACTIVE", "SUSPENDED", "REVOKED", "EXPIRED"]),
});
export type Accreditation = ValueOf<typeof accreditation>;
export const accreditations = keyspace("accreditations", accreditationId, accreditation);

/** The newest accreditation of somebody for something: at most one holds. */
export const accreditationHolders = keyspace(
  "accreditationHolders",
  tuple({ standard: standardId, who: acct, office: officeSchema }),
  accreditationId,
);

const programme = tuple({
  producer: acct,
  standard: standardId,
  class: className,
  unit: unitName,
  capacity: Quantity.schema,
  /** What was registered against it: never more than the capacity. */
  used: Quantity.schema,
  from: Nanos.schema,
  to: Nanos.schema,
  /** An application holds up to here. */
  lapsesAt: Nanos.schema,
  certifier: optional(acct),
  /** The audit of the last decision, and when that was: a capacity goes up by a later audit only. */
  audit: optional(auditId),
  decidedAt: optional(Nanos.schema),
  /** When it last failed an audit. */
  failedAt: optional(Nanos.schema),
  /** Who suspended it: what the body suspended, the certifier doesn't reinstate. */
  suspendedBy: optional(acct),
  status: choice(["APPLIED", "ACTIVE", "SUSPENDED", "ENDED", "LAPSED", "REVOKED"]),
});
export type Programme = ValueOf<typeof programme>;
export const programmes = keyspace("programmes", programmeId, programme);

export const verdict = choice(["PASS", "FAIL"]);

const audit = tuple({
  programme: programmeId,
  auditor: acct,
  accreditation: accreditationId,
  verdict,
  digest: digestSchema,
  at: Nanos.schema,
});
export const audits = keyspace("audits", auditId, audit);

export const certificateSubject = variant({
  version: [1, { id: idSchema("vers") }],
  kit: [2, { id: idSchema("kit") }],
  lot: [3, { id: idSchema("lot") }],
  unit: [4, { id: idSchema("unit") }],
  machine: [5, { id: idSchema("mach") }],
});
export type CertificateSubject = ValueOf<typeof certificateSubject>;

const VALUES_MAX = 32;
export const certificateValues = list(
  tuple({
    code: text(1, 32),
    value: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    unit: text(0, 16),
  }),
  0,
  VALUES_MAX,
);

const certificate = tuple({
  subject: certificateSubject,
  standard: standardId,
  issuer: acct,
  accreditation: accreditationId,
  verdict,
  values: certificateValues,
  digest: digestSchema,
  issuedAt: Nanos.schema,
  until: optional(Nanos.schema),
  revokedBy: optional(acct),
});
export type Certificate = ValueOf<typeof certificate>;
export const certificates = keyspace("certificates", certificateId, certificate);

export type CertificateIds = readonly Id<"cert">[];
