/**
 * L-2: what a sender signs and sends. The bytes are one tuple whose last field is the signature; what is signed
 * are the bytes before it, so neither signing nor checking encodes anything again.
 */
import {
  assert,
  binary,
  type CodecCode,
  concatBytes,
  decode,
  domainDigest,
  Epoch,
  encode,
  type Hasher,
  type Id,
  idSchema,
  isRejection,
  list,
  Nanos,
  optional,
  type Result,
  reject,
  type Schema,
  SIGNATURE_BYTES,
  type SignedItem,
  type Signer,
  type Txid,
  text,
  toTxid,
  tuple,
} from "@touchmark/core";
import type { Named, Registry } from "./registry.ts";

export const TRANSACTION_BYTES_MAX = 64 * 1024;
export const OPS_MAX = 64;
export const CHAIN_ID_BYTES_MAX = 64;
const KEY_BYTES = 32;
/** A signature's header in the bytes, and the signature. */
const TAIL_BYTES = 2 + SIGNATURE_BYTES;

export interface Envelope<Op extends Named = Named> {
  readonly chainId: string;
  readonly sender: Uint8Array;
  /** The participant to act for, where that isn't the sender's own (L-8). */
  readonly for: Id<"acct"> | undefined;
  /** The sender's own stamp in nanoseconds: with the key it names the transaction once (L-4). */
  readonly at: Nanos;
  readonly validUntil: Nanos;
  readonly ops: readonly Op[];
  readonly signature: Uint8Array;
}

export interface Transaction extends Envelope {
  readonly txid: Txid;
  /** How many bytes it was sent as. */
  readonly bytes: number;
}

/** What consensus is told of a transaction. */
export interface TransactionFacts {
  readonly txid: Txid;
  readonly sender: Uint8Array;
  readonly validUntil: Nanos;
  readonly bytes: number;
}

export type TransactionCode = CodecCode | "TRANSACTION_TOO_LONG";

export function envelopeSchema(registry: Pick<Registry, "operationSchema">): Schema<Envelope> {
  return tuple({
    chainId: text(1, CHAIN_ID_BYTES_MAX),
    sender: binary(KEY_BYTES),
    for: optional(idSchema("acct")),
    at: Nanos.schema,
    validUntil: Nanos.schema,
    ops: list(registry.operationSchema, 1, OPS_MAX),
    signature: binary(SIGNATURE_BYTES),
  });
}

/** L-2: the transaction that these bytes are, or what is wrong with them. Signatures are judged elsewhere. */
export function decodeTransaction(
  schema: Schema<Envelope>,
  hasher: Hasher,
  bytes: Uint8Array,
): Result<Transaction, TransactionCode> {
  if (bytes.length > TRANSACTION_BYTES_MAX) return reject("TRANSACTION_TOO_LONG", { bytes: bytes.length });
  const envelope = decode(schema, bytes);
  if (isRejection(envelope)) return envelope;
  const { chainId, sender, at, validUntil, ops, signature } = envelope;
  const txid = toTxid(hasher.sha256(bytes));
  return { chainId, sender, for: envelope.for, at, validUntil, ops, signature, txid, bytes: bytes.length };
}

export function toFacts({ txid, sender, validUntil, bytes }: Transaction): TransactionFacts {
  return { txid, sender, validUntil, bytes };
}

const NO_EPOCH = Epoch.of(0);

function signedDigest(hasher: Hasher, chainId: string, bytes: Uint8Array): Uint8Array {
  const unsigned = bytes.subarray(0, bytes.length - TAIL_BYTES);
  return domainDigest(hasher, { type: "transaction", chainId, epoch: NO_EPOCH }, unsigned);
}

/** L-2: what a verifier is handed: the bytes of a transaction that decoded, and its content. */
export function signedItemOf(hasher: Hasher, transaction: Transaction, bytes: Uint8Array): SignedItem {
  return {
    algorithm: "ed25519",
    publicKey: transaction.sender,
    message: signedDigest(hasher, transaction.chainId, bytes),
    signature: transaction.signature,
  };
}

export type Unsigned<Op extends Named = Named> = Omit<Envelope<Op>, "sender" | "signature">;

/** The bytes to send, signed by this key. */
export function signTransaction(
  schema: Schema<Envelope>,
  hasher: Hasher,
  signer: Signer,
  unsigned: Unsigned,
): Uint8Array {
  assert(signer.algorithm === "ed25519", "transactions are signed with Ed25519");
  const draft = { ...unsigned, sender: signer.publicKey, signature: new Uint8Array(SIGNATURE_BYTES) };
  const bytes = encode(schema, draft);
  const signature = signer.sign(signedDigest(hasher, unsigned.chainId, bytes));
  return concatBytes(bytes.subarray(0, bytes.length - SIGNATURE_BYTES), signature);
}
