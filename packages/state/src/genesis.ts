/**
 * L-20: where a chain begins. The body is hashed, and the hash is in the chain's id, so that everything that is ever
 * signed on this chain names every byte of it. The proofs stand beside the body: each key that comes into the state
 * signs its own entry under the chain's name.
 *
 * Who is meant is said by key, since ids follow from the digest.
 */
import {
  binary,
  bytesToHex,
  bytesToKey,
  compareBytes,
  copyBytes,
  type Digest,
  decode,
  deriveId,
  digestSchema,
  domainDigest,
  Epoch,
  encode,
  equalBytes,
  type Id,
  integer,
  isRejection,
  list,
  must,
  Nanos,
  optional,
  type Result,
  reject,
  SIGNATURE_BYTES,
  text,
  tuple,
  type ValueOf,
  where,
} from "@touchmark/core";
import { keyspace } from "./keyspace.ts";
import type { Chain } from "./machine.ts";
import { arbiterRoster } from "./machines/governance/records.ts";
import { newParticipant } from "./machines/identity/new-participant.ts";
import {
  acct,
  keys,
  type Participant,
  participants,
  publicKey,
  roleSchema,
} from "./machines/identity/records.ts";
import { newCurrency } from "./machines/payments/currency.ts";
import { currencyCode } from "./machines/payments/currency-code.ts";
import { currencies } from "./machines/payments/records.ts";
import { Overlay } from "./overlay.ts";
import { conflictOf } from "./parameter-relations.ts";
import {
  isParameterValue,
  PARAMETER_NAMES,
  type ParameterValue,
  parameterOf,
  parameters,
  parameterValueSchema,
} from "./parameters.ts";
import { MemoryStore, type Write } from "./reader.ts";
import { VALIDATORS_MAX, validatorSet, validators } from "./validators.ts";
import { ONLY_KEY, ONLY_SCHEMA } from "./versions.ts";

const PARTICIPANTS_MAX = 1_024;
const CURRENCIES_MAX = 64;
const ARBITERS_MAX = 64;
const NAME = /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/;

export const genesisParticipant = tuple({
  key: publicKey,
  coldKey: optional(publicKey),
  legalDigest: digestSchema,
  name: optional(text(1, 64)),
  country: text(2, 2),
  roles: list(roleSchema, 0, 16),
});
export type GenesisParticipant = ValueOf<typeof genesisParticipant>;

/** A validator's key, and the participant by whose key it stands for. */
export const genesisValidator = tuple({ key: publicKey, participant: publicKey });

export const genesisBody = tuple({
  name: where(text(3, 32), (name) => NAME.test(name)),
  time: Nanos.schema,
  participants: list(genesisParticipant, 1, PARTICIPANTS_MAX),
  validators: list(genesisValidator, 1, VALIDATORS_MAX),
  currencies: list(
    tuple({ code: currencyCode, decimals: integer(0, 9), issuer: publicKey, attestor: publicKey }),
    0,
    CURRENCIES_MAX,
  ),
  /** The community fund's participant. */
  fund: publicKey,
  arbiters: list(publicKey, 0, ARBITERS_MAX),
  /** By number; what isn't named has its default. */
  parameters: list(
    tuple({ number: integer(1, 65_535), value: parameterValueSchema }),
    0,
    PARAMETER_NAMES.length,
  ),
});
export type GenesisBody = ValueOf<typeof genesisBody>;

/** The body, and one proof for each participant, then for each cold key, then for each validator, in their order. */
export const genesisSchema = tuple({
  body: genesisBody,
  proofs: list(binary(SIGNATURE_BYTES), 1, 2 * PARTICIPANTS_MAX + VALIDATORS_MAX),
});
export type Genesis = ValueOf<typeof genesisSchema>;

export type GenesisCode =
  | "GENESIS_MALFORMED"
  | "GENESIS_DUPLICATE"
  | "GENESIS_KEY"
  | "GENESIS_PROOF"
  | "GENESIS_UNKNOWN_KEY"
  | "GENESIS_ROLE"
  | "GENESIS_SEATS"
  | "GENESIS_PARAMETER";

/** What the engine keeps of it. */
const chainRecord = tuple({ genesis: digestSchema, name: text(3, 32), time: Nanos.schema, fund: acct });
export const chainSpace = keyspace("chain", ONLY_SCHEMA, chainRecord);

const NO_EPOCH = Epoch.of(0);

/** L-20: what the holder of an entry's key signs: the entry under the chain's name. */
export function genesisEntryDigest(
  chain: Pick<Chain, "hasher">,
  name: string,
  entry: { readonly kind: "participant"; readonly value: GenesisParticipant } | GenesisValidatorEntry,
): Digest {
  const bytes =
    entry.kind === "participant"
      ? encode(genesisParticipant, entry.value)
      : encode(genesisValidator, entry.value);
  const type = `genesis-entry-${entry.kind}`;
  return domainDigest(chain.hasher, { type, chainId: name, epoch: NO_EPOCH }, bytes);
}

interface GenesisValidatorEntry {
  readonly kind: "validator";
  readonly value: ValueOf<typeof genesisValidator>;
}

export function genesisDigest(chain: Pick<Chain, "hasher">, body: GenesisBody): Digest {
  const domain = { type: "genesis", chainId: body.name, epoch: NO_EPOCH };
  return domainDigest(chain.hasher, domain, encode(genesisBody, body));
}

/** L-20: the name and the first eight bytes of the digest. */
export function chainIdOf(name: string, digest: Digest): string {
  return `${name}-${bytesToHex(copyBytes(digest, 0, 8))}`;
}

/** The state of height 0, and what consensus is told of it. */
export interface InitialState {
  readonly chainId: string;
  readonly digest: Digest;
  readonly time: Nanos;
  /** Ascending. */
  readonly validators: readonly Uint8Array[];
  readonly writes: readonly Write[];
}

type GenesisPorts = Omit<Chain, "chainId">;

/** The chain that these bytes begin, or what is wrong with them. */
export function initialStateOf(ports: GenesisPorts, bytes: Uint8Array): Result<InitialState, GenesisCode> {
  const genesis = decode(genesisSchema, bytes);
  if (isRejection(genesis)) return reject("GENESIS_MALFORMED", { code: genesis.code });
  const fault = faultOf(ports, genesis);
  if (fault !== undefined) return reject(fault);
  const { body } = genesis;
  const digest = genesisDigest(ports, body);
  const overlay = new Overlay(new MemoryStore());
  writeState(ports, body, digest, overlay);
  overlay.commit();
  return {
    chainId: chainIdOf(body.name, digest),
    digest,
    time: body.time,
    validators: body.validators.map((it) => it.key).sort(compareBytes),
    writes: overlay.takeChanges(),
  };
}

function faultOf(ports: GenesisPorts, genesis: Genesis): GenesisCode | undefined {
  const { body } = genesis;
  const owned = body.participants.flatMap((it) =>
    it.coldKey === undefined ? [it.key] : [it.key, it.coldKey],
  );
  const all = [...owned, ...body.validators.map((it) => it.key)];
  if (!isUnique(all.map(bytesToKey))) return "GENESIS_DUPLICATE";
  // W-26: a key with a part of small order never gets in.
  if (!all.every((key) => ports.isRegistrableKey("ed25519", key))) return "GENESIS_KEY";
  return faultOfReferences(body) ?? faultOfParameters(body) ?? faultOfProofs(ports, genesis);
}

function isUnique(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

function faultOfReferences(body: GenesisBody): GenesisCode | undefined {
  const byKey = new Map(body.participants.map((it) => [bytesToKey(it.key), it]));
  const named = [
    body.fund,
    ...body.arbiters,
    ...body.validators.map((it) => it.participant),
    ...body.currencies.flatMap((it) => [it.issuer, it.attestor]),
  ].map(bytesToKey);
  if (!named.every((key) => byKey.has(key))) return "GENESIS_UNKNOWN_KEY";
  const codes = body.currencies.map((it) => it.code);
  if (!isUnique(codes) || !isUnique(body.arbiters.map(bytesToKey))) return "GENESIS_DUPLICATE";
  if (!body.participants.every((it) => isUnique(it.roles))) return "GENESIS_DUPLICATE";
  // One seat for each legal person (2b §11).
  const seats = body.validators.map((it) =>
    bytesToKey(must(byKey.get(bytesToKey(it.participant)), "seat").legalDigest),
  );
  if (!isUnique(seats)) return "GENESIS_SEATS";
  const has = (key: Uint8Array, role: GenesisParticipant["roles"][number]) =>
    byKey.get(bytesToKey(key))?.roles.includes(role) === true;
  const legal = (key: Uint8Array) => bytesToKey(must(byKey.get(bytesToKey(key)), "party").legalDigest);
  const areLicensed = body.currencies.every(
    (it) =>
      has(it.issuer, "issuer") && has(it.attestor, "attestor") && legal(it.issuer) !== legal(it.attestor),
  );
  return areLicensed && body.arbiters.every((key) => has(key, "arbiter")) ? undefined : "GENESIS_ROLE";
}

function faultOfParameters(body: GenesisBody): GenesisCode | undefined {
  if (!isUnique(body.parameters.map((it) => `${it.number}`))) return "GENESIS_DUPLICATE";
  const areGood = body.parameters.every(({ number, value }) => {
    const name = PARAMETER_NAMES.find((it) => parameterOf(it).number === number);
    return name !== undefined && isParameterValue(name, value);
  });
  const named = new Map(body.parameters.map((it) => [it.number, it.value.value]));
  const conflict = conflictOf((name) => {
    const { number, standard } = parameterOf(name);
    // biome-ignore lint/nursery/noUnsafeTypeAssertion: a good value has its parameter's unit
    return (named.get(number) ?? standard) as ParameterValue<typeof name>;
  });
  return areGood && conflict === undefined ? undefined : "GENESIS_PARAMETER";
}

function faultOfProofs(
  { hasher, verifier }: GenesisPorts,
  { body, proofs }: Genesis,
): GenesisCode | undefined {
  const signed = [
    ...body.participants.map((value) => ({ key: value.key, entry: { kind: "participant", value } as const })),
    ...body.participants.flatMap((value) =>
      value.coldKey === undefined
        ? []
        : [{ key: value.coldKey, entry: { kind: "participant", value } as const }],
    ),
    ...body.validators.map((value) => ({ key: value.key, entry: { kind: "validator", value } as const })),
  ];
  if (proofs.length !== signed.length) return "GENESIS_PROOF";
  const verdicts = verifier.verifyBatch(
    signed.map(({ key, entry }, i) => ({
      algorithm: "ed25519",
      publicKey: key,
      message: genesisEntryDigest({ hasher }, body.name, entry),
      signature: must(proofs[i], "a proof"),
    })),
  );
  return verdicts.every((verdict) => verdict === 1) ? undefined : "GENESIS_PROOF";
}

function participantOf({ roles, ...entry }: GenesisParticipant): Participant {
  const granted = roles.map((role) => ({ role, by: undefined, until: undefined }));
  return newParticipant({ ...entry, roles: granted, status: "VERIFIED" });
}

function writeState({ hasher }: GenesisPorts, body: GenesisBody, digest: Digest, overlay: Overlay): void {
  const ids = new Map<string, Id<"acct">>();
  const idOf = (key: Uint8Array) => must(ids.get(bytesToKey(key)), "a participant of genesis");
  const tied = [body.fund, ...body.arbiters, ...body.currencies.flatMap((it) => [it.issuer, it.attestor])];
  for (const [i, entry] of body.participants.entries()) {
    // W-10: the cause is the genesis itself.
    const id = deriveId(hasher, "acct", digest, 0, i);
    ids.set(bytesToKey(entry.key), id);
    // I-12: the fund doesn't leave, nor who stands for a currency, nor who is on the roster.
    const ties = tied.filter((key) => equalBytes(key, entry.key)).length;
    overlay.put(participants, id, { ...participantOf(entry), ties });
    overlay.put(keys, entry.key, { kind: "participant", id });
    if (entry.coldKey !== undefined) overlay.put(keys, entry.coldKey, { kind: "participant", id });
  }
  for (const { code, issuer, attestor, decimals } of body.currencies) {
    overlay.put(currencies, code, newCurrency(idOf(issuer), idOf(attestor), decimals));
  }
  for (const { number, value } of body.parameters) overlay.put(parameters, number, value);
  for (const { key, participant } of body.validators) {
    const record = {
      participant: idOf(participant),
      since: body.time,
      runsSince: undefined,
      replaces: undefined,
      suspendedAt: undefined,
    };
    overlay.put(validators, key, { ...record, status: "ACTIVE" });
    // No key is used twice, whatever for (2b).
    overlay.put(keys, key, { kind: "validator", id: idOf(participant) });
  }
  const current = body.validators.map((it) => it.key).sort(compareBytes);
  overlay.put(validatorSet, ONLY_KEY, { epoch: NO_EPOCH, current, members: current });
  if (body.arbiters.length > 0)
    overlay.put(arbiterRoster, ONLY_KEY, body.arbiters.map(idOf).sort(compareBytes));
  overlay.put(chainSpace, ONLY_KEY, {
    genesis: digest,
    name: body.name,
    time: body.time,
    fund: idOf(body.fund),
  });
}
