export const PACKAGE = "@touchmark/state";
export * from "./choice.ts";
export * from "./codes.ts";
export { type Commitment, TreeCommitment } from "./commitment.ts";
export {
  type AppliedBlock,
  BLOCK_TIMERS_MAX,
  type BlockInput,
  Engine,
  type EngineOptions,
  type SenderAdmission,
} from "./engine.ts";
export * from "./genesis.ts";
export {
  KEYSPACE_NUMBERS,
  type Keyspace,
  type KeyspaceName,
  keyspace,
  type StateView,
  storeKey,
} from "./keyspace.ts";
export * from "./machine.ts";
export { MACHINES, type Op, registry } from "./machines/all.ts";
export { certificationViolations } from "./machines/certification/invariants.ts";
export * from "./machines/certification/records.ts";
export { type CertificateReading, readCertificate } from "./machines/certification/standing.ts";
export { governanceViolations } from "./machines/governance/invariants.ts";
export * from "./machines/governance/records.ts";
export * from "./machines/governance/statements.ts";
export { majorityOf, quorumOf } from "./machines/governance/thresholds.ts";
export { consentDigest } from "./machines/identity/affiliation.ts";
export { identityViolations } from "./machines/identity/invariants.ts";
export { possessionDigest } from "./machines/identity/key-registry.ts";
export { newParticipant } from "./machines/identity/new-participant.ts";
export { servesOfColdKey } from "./machines/identity/own-keys.ts";
export * from "./machines/identity/records.ts";
export { servesOfFirstKey } from "./machines/identity/registration.ts";
export { materialViolations } from "./machines/materials/invariants.ts";
export * from "./machines/materials/records.ts";
export { moneyViolations } from "./machines/payments/invariants.ts";
export * from "./machines/payments/records.ts";
export * from "./merkle/index.ts";
export * from "./parameters.ts";
export * from "./reader.ts";
export { encodeReceipts, type Receipt, type RefusalRecord, receiptSchema, receiptsRoot } from "./receipt.ts";
export { createRegistry, type Named, type Registry } from "./registry.ts";
export { type Share, split } from "./split.ts";
export * from "./transaction.ts";
export { validatorSet, validators } from "./validators.ts";
