/**
 * Who there is: the leaves of identity that the engine itself reads to tell who acts (L-7). The operations on
 * them are this machine's.
 */
import {
  binary,
  boolean,
  digestSchema,
  idSchema,
  integer,
  list,
  Nanos,
  optional,
  text,
  tuple,
  type ValueOf,
  variant,
} from "@touchmark/core";
import { choice } from "../../choice.ts";
import { keyspace } from "../../keyspace.ts";
import { currencyCode } from "../payments/currency-code.ts";

export const acct = idSchema("acct");
export const publicKey = binary(32);
/** Ed25519 or P-256, as a seal's chip may have it. */
const anyKey = binary(32, 33);

export const ROLES = [
  "registrar",
  "standards",
  "certifier",
  "auditor",
  "designer",
  "maker",
  "supplier",
  "carrier",
  "financier",
  "arbiter",
  "issuer",
  "sealIssuer",
  "sealVerifier",
  "attestor",
] as const;
export type Role = (typeof ROLES)[number];
export const roleSchema = choice(ROLES);

/** A role, who gave it (nobody: a proposal, or genesis), and until when it holds. */
const grantedRole = tuple({ role: roleSchema, by: optional(acct), until: optional(Nanos.schema) });
export type GrantedRole = ValueOf<typeof grantedRole>;

/** A key on its way in after a loss: by a registrar, then by a second one where it is objected to. */
const recovery = tuple({
  key: publicKey,
  registrar: acct,
  second: optional(acct),
  /** When the key takes effect; of one that was objected to, until when a second registrar may join. */
  due: Nanos.schema,
  objected: boolean,
});
export type Recovery = ValueOf<typeof recovery>;

export const PARTICIPANT_STATUSES = ["UNVERIFIED", "VERIFIED", "SUSPENDED", "CLOSED"] as const;
export const AFFILIATES_MAX = 16;

export const participantSchema = tuple({
  legalDigest: digestSchema,
  name: optional(text(1, 64)),
  /** ISO 3166-1, two letters. */
  country: text(2, 2),
  key: publicKey,
  /** The key before the last rotation: it may object until `lameUntil`. */
  lameKey: optional(publicKey),
  lameUntil: optional(Nanos.schema),
  coldKey: optional(publicKey),
  /** A cold key that takes effect then. */
  coldPending: optional(tuple({ key: publicKey, due: Nanos.schema })),
  roles: list(grantedRole, 0, ROLES.length),
  affiliates: list(acct, 0, AFFILIATES_MAX),
  /** Those that have a delegation of this one, offered or accepted: with the accepted ones, its group (2b). */
  delegates: list(acct, 0, AFFILIATES_MAX),
  registrar: optional(acct),
  status: choice(PARTICIPANT_STATUSES),
  /** What it was before it was suspended. */
  suspendedFrom: optional(choice(["UNVERIFIED", "VERIFIED"])),
  /** A registrar's suspension ends then; one that a proposal confirmed has no end. */
  suspendedUntil: optional(Nanos.schema),
  /** Its registrar may not suspend it again up to then: a suspension that is renewed for ever needs a proposal. */
  suspensionBarredUntil: optional(Nanos.schema),
  /** What it has open, as far as that is capped. */
  openObjects: integer(0, Number.MAX_SAFE_INTEGER),
  /** Sessions of an older generation are revoked. */
  sessionGeneration: integer(0, Number.MAX_SAFE_INTEGER),
  recovery: optional(recovery),
  /** Nobody may begin another recovery up to then. */
  recoveryBarredUntil: optional(Nanos.schema),
  /** Balances that it has. */
  balances: integer(0, Number.MAX_SAFE_INTEGER),
  /** Things of others that pay to it or rely on it: it can't close while there are any. */
  ties: integer(0, Number.MAX_SAFE_INTEGER),
});
export type Participant = ValueOf<typeof participantSchema>;
export const participants = keyspace("participants", acct, participantSchema);

/**
 * Every key that ever came into the state, and what it is the key of: none is used twice (2b). The record of a
 * key that was rotated away stays.
 */
export const keys = keyspace(
  "keys",
  anyKey,
  variant({
    participant: [1, { id: acct }],
    machine: [2, { id: idSchema("mach") }],
    session: [3, { id: idSchema("sess") }],
    seal: [4, { id: idSchema("seal") }],
    /** Of a participant that validates; it signs for consensus only, and sends nothing. */
    validator: [5, { id: acct }],
  }),
);

export const MACHINE_KINDS = ["fabricator", "instrument", "reader"] as const;
export const MACHINE_STATUSES = ["ACTIVE", "SUSPENDED", "RETIRED"] as const;

/** A machine that makes, measures or reads, with a key of its own. */
export const machineSchema = tuple({
  owner: acct,
  kind: choice(MACHINE_KINDS),
  model: text(1, 64),
  serial: text(1, 64),
  site: text(0, 64),
  region: text(0, 32),
  tags: list(text(1, 32), 0, 16),
  key: publicKey,
  parent: optional(idSchema("mach")),
  calibratedUntil: optional(Nanos.schema),
  /** Jobs that run on it: none for rotation, transfer, retirement. */
  openJobs: integer(0, Number.MAX_SAFE_INTEGER),
  /** Offered to another owner. */
  offer: optional(acct),
  status: choice(MACHINE_STATUSES),
});
export type Equipment = ValueOf<typeof machineSchema>;
export const machines = keyspace("machines", idSchema("mach"), machineSchema);

/** Model and serial name one machine, for ever. */
export const machineSerials = keyspace(
  "machineSerials",
  tuple({ model: text(1, 64), serial: text(1, 64) }),
  idSchema("mach"),
);

export const SCOPE_OPS_MAX = 32;
export const SCOPE_OBJECTS_MAX = 32;
export const SCOPE_LIMITS_MAX = 16;

/** L-8: what a session or a delegation may do: operations by number, things by id, money by currency. */
export const scopeFields = {
  ops: list(integer(1, 65_535), 1, SCOPE_OPS_MAX),
  objects: optional(list(binary(20), 1, SCOPE_OBJECTS_MAX)),
  limits: list(
    tuple({ currency: currencyCode, left: integer(0, Number.MAX_SAFE_INTEGER) }),
    0,
    SCOPE_LIMITS_MAX,
  ),
  until: Nanos.schema,
} as const;
const scope = tuple(scopeFields);
export type Scope = ValueOf<typeof scope>;

export const sessionSchema = tuple({
  of: acct,
  key: publicKey,
  generation: integer(0, Number.MAX_SAFE_INTEGER),
  revoked: boolean,
  ...scopeFields,
});
export type Session = ValueOf<typeof sessionSchema>;
export const sessions = keyspace("sessions", idSchema("sess"), sessionSchema);

/** From whom, to whom: at most one at a time. */
export const delegationSchema = tuple({
  id: idSchema("dlgt"),
  /** Offered only, until the other side accepts. */
  accepted: boolean,
  ...scopeFields,
});
export const delegations = keyspace("delegations", tuple({ from: acct, to: acct }), delegationSchema);
export type Delegation = ValueOf<typeof delegationSchema>;

/** What one participant says of another, by digest. VALID past `until` is expired. */
export const credentialSchema = tuple({
  issuer: acct,
  subject: acct,
  type: text(1, 64),
  digest: digestSchema,
  until: optional(Nanos.schema),
  status: choice(["VALID", "REVOKED"]),
});
export const credentials = keyspace("credentials", idSchema("cred"), credentialSchema);
