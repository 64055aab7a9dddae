import { SIGNATURE_BYTES } from "@touchmark/core";
import { SAMPLE_TIME, type Samples, sampleDigest, sampleId } from "./sample.ts";

const [ada, ben, reg] = [sampleId("acct", 1), sampleId("acct", 2), sampleId("acct", 3)];
const machine = sampleId("mach", 4);
const session = sampleId("sess", 5);
const delegation = sampleId("dlgt", 6);
const credential = sampleId("cred", 7);
const key = new Uint8Array(32).fill(8);
const digest = sampleDigest(9);
const proof = new Uint8Array(SIGNATURE_BYTES).fill(10);
const until = SAMPLE_TIME;
const due = SAMPLE_TIME;
const place = { site: "Hall 2", region: "DE-BY", tags: ["SLS", "PA12"] };
const scope = {
  ops: [520, 522],
  objects: [sampleId("hold", 11)],
  limits: [{ currency: "EUR", left: 12_345 }],
  until,
};
const registered = { legalDigest: digest, name: "Ada", country: "DE" };
const pair = { delegation, from: ada, to: ben };

export const identitySamples: Samples = {
  operations: [
    { kind: "participant.register", key, proof, ...registered },
    { kind: "participant.verify", participant: ada },
    { kind: "participant.grant", participant: ada, role: "maker", until },
    { kind: "participant.withdraw", participant: ada, role: "maker" },
    { kind: "participant.affiliate", participant: ada, other: ben, consent: { until, signature: proof } },
    { kind: "participant.separate", participant: ada, other: ben },
    { kind: "participant.suspend", participant: ada },
    { kind: "participant.reinstate", participant: ada },
    { kind: "participant.rotate", key, proof },
    { kind: "participant.setCold", key, proof },
    { kind: "participant.recover", participant: ada, key, proof },
    { kind: "participant.object", to: "coldKey" },
    { kind: "participant.recoverSecond", participant: ada, key },
    { kind: "participant.close" },
    {
      kind: "machine.register",
      type: "instrument",
      model: "CMM 7",
      serial: "0042",
      ...place,
      key,
      proof,
      parent: machine,
    },
    { kind: "machine.update", machine, ...place },
    { kind: "machine.rotate", machine, key, proof },
    { kind: "machine.suspend", machine },
    { kind: "machine.resume", machine },
    { kind: "machine.retire", machine },
    { kind: "machine.offer", machine, to: ben },
    { kind: "machine.accept", machine },
    { kind: "machine.rescind", machine },
    { kind: "machine.calibrate", machine, standard: sampleId("stnd", 12), until, digest },
    { kind: "session.grant", key, ...scope, proof },
    { kind: "session.revoke", session },
    { kind: "delegation.offer", to: ben, ...scope },
    { kind: "delegation.accept", from: ada, delegation },
    { kind: "delegation.revoke", from: ada, to: ben },
    { kind: "credential.issue", subject: ada, type: "ISO 9001", digest, until },
    { kind: "credential.revoke", credential },
  ],
  timers: [
    { kind: "participant.suspensionEnds", participant: ada },
    { kind: "participant.lameKeyEnds", participant: ada },
    { kind: "participant.coldKeyTakesEffect", participant: ada },
    { kind: "participant.recoveryDue", participant: ada },
    { kind: "session.expires", session },
    { kind: "delegation.expires", from: ada, to: ben },
  ],
  events: [
    { kind: "participant.registered", participant: ada, key, ...registered, by: reg },
    { kind: "participant.verified", participant: ada, by: reg },
    { kind: "participant.granted", participant: ada, role: "maker", until, by: reg },
    { kind: "participant.withdrawn", participant: ada, role: "maker", by: reg },
    { kind: "participant.affiliated", participant: ada, other: ben, by: reg },
    { kind: "participant.separated", participant: ada, other: ben, by: reg },
    { kind: "participant.suspended", participant: ada, until, by: reg },
    { kind: "participant.reinstated", participant: ada, by: undefined },
    { kind: "participant.rotated", participant: ada, key },
    { kind: "participant.coldKeyPending", participant: ada, key, due },
    { kind: "participant.coldKeySet", participant: ada, key },
    { kind: "participant.recoveryBegun", participant: ada, key, by: reg, due },
    { kind: "participant.objected", participant: ada, to: "recovery" },
    { kind: "participant.recoverySeconded", participant: ada, by: reg, due },
    { kind: "participant.recoveryStopped", participant: ada },
    { kind: "participant.recovered", participant: ada, key },
    { kind: "participant.closed", participant: ada },
    {
      kind: "machine.registered",
      machine,
      owner: ada,
      type: "fabricator",
      model: "SLS 3",
      serial: "0043",
      key,
    },
    { kind: "machine.updated", machine },
    { kind: "machine.rotated", machine, key },
    { kind: "machine.suspended", machine },
    { kind: "machine.resumed", machine },
    { kind: "machine.retired", machine, owner: ada },
    { kind: "machine.offered", machine, to: ben },
    { kind: "machine.accepted", machine, from: ada, to: ben },
    { kind: "machine.rescinded", machine },
    { kind: "machine.calibrated", machine, auditor: reg, standard: sampleId("stnd", 12), until, digest },
    { kind: "session.granted", session, of: ada, key, until },
    { kind: "session.revoked", session, of: ada },
    { kind: "session.expired", session, of: ada },
    { kind: "delegation.offered", ...pair, until },
    { kind: "delegation.accepted", ...pair },
    { kind: "delegation.revoked", ...pair },
    { kind: "delegation.expired", ...pair },
    { kind: "credential.issued", credential, issuer: reg, subject: ada, type: "ISO 9001", digest, until },
    { kind: "credential.revoked", credential, issuer: reg, subject: ada },
  ],
};
