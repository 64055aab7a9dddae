import { digestSchema, idSchema, Nanos, optional, text } from "@touchmark/core";
import { choice } from "../../choice.ts";
import { event } from "../../machine.ts";
import { acct, MACHINE_KINDS, publicKey, roleSchema } from "./records.ts";

const participant = acct;
const until = optional(Nanos.schema);
/** A registrar; nobody, where a proposal or a timer did it. */
const by = optional(acct);
const mach = idSchema("mach");
const sess = idSchema("sess");
const dlgt = idSchema("dlgt");
const cred = idSchema("cred");

export const registered = event("participant.registered", 100, {
  participant,
  key: publicKey,
  legalDigest: digestSchema,
  name: optional(text(1, 64)),
  country: text(2, 2),
  by,
});
export const verified = event("participant.verified", 101, { participant, by: acct });
export const granted = event("participant.granted", 102, { participant, role: roleSchema, until, by });
export const withdrawn = event("participant.withdrawn", 103, { participant, role: roleSchema, by });
export const affiliated = event("participant.affiliated", 104, { participant, other: acct, by: acct });
export const separated = event("participant.separated", 105, { participant, other: acct, by: acct });
/** Without `until`: confirmed by a proposal, and without end. */
export const suspended = event("participant.suspended", 106, { participant, until, by });
export const reinstated = event("participant.reinstated", 107, { participant, by });
export const rotated = event("participant.rotated", 108, { participant, key: publicKey });
export const coldKeyPending = event("participant.coldKeyPending", 109, {
  participant,
  key: publicKey,
  due: Nanos.schema,
});
export const coldKeySet = event("participant.coldKeySet", 110, { participant, key: publicKey });
export const recoveryBegun = event("participant.recoveryBegun", 111, {
  participant,
  key: publicKey,
  by: acct,
  due: Nanos.schema,
});
export const OBJECTIONS = ["recovery", "coldKey"] as const;
export const objected = event("participant.objected", 112, { participant, to: choice(OBJECTIONS) });
export const recoverySeconded = event("participant.recoverySeconded", 113, {
  participant,
  by: acct,
  due: Nanos.schema,
});
export const recoveryStopped = event("participant.recoveryStopped", 114, { participant });
export const recovered = event("participant.recovered", 115, { participant, key: publicKey });
export const closed = event("participant.closed", 116, { participant });

export const machineRegistered = event("machine.registered", 120, {
  machine: mach,
  owner: acct,
  type: choice(MACHINE_KINDS),
  model: text(1, 64),
  serial: text(1, 64),
  key: publicKey,
});
export const machineUpdated = event("machine.updated", 121, { machine: mach });
export const machineRotated = event("machine.rotated", 122, { machine: mach, key: publicKey });
export const machineSuspended = event("machine.suspended", 123, { machine: mach });
export const machineResumed = event("machine.resumed", 124, { machine: mach });
export const machineRetired = event("machine.retired", 125, { machine: mach, owner: acct });
export const machineOffered = event("machine.offered", 126, { machine: mach, to: acct });
export const machineAccepted = event("machine.accepted", 127, { machine: mach, from: acct, to: acct });
export const machineRescinded = event("machine.rescinded", 128, { machine: mach });
export const machineCalibrated = event("machine.calibrated", 129, {
  machine: mach,
  auditor: acct,
  standard: idSchema("stnd"),
  until: Nanos.schema,
  digest: digestSchema,
});

export const sessionGranted = event("session.granted", 140, {
  session: sess,
  of: acct,
  key: publicKey,
  until: Nanos.schema,
});
export const sessionRevoked = event("session.revoked", 141, { session: sess, of: acct });
export const sessionExpired = event("session.expired", 142, { session: sess, of: acct });

const delegation = { delegation: dlgt, from: acct, to: acct } as const;
export const delegationOffered = event("delegation.offered", 150, { ...delegation, until: Nanos.schema });
export const delegationAccepted = event("delegation.accepted", 151, delegation);
export const delegationRevoked = event("delegation.revoked", 152, delegation);
export const delegationExpired = event("delegation.expired", 153, delegation);

export const credentialIssued = event("credential.issued", 160, {
  credential: cred,
  issuer: acct,
  subject: acct,
  type: text(1, 64),
  digest: digestSchema,
  until,
});
export const credentialRevoked = event("credential.revoked", 161, {
  credential: cred,
  issuer: acct,
  subject: acct,
});
