import {
  bytesToKey,
  concatBytes,
  type Digest,
  domainPrefix,
  Epoch,
  encode,
  type Hasher,
  type Height,
  type Nanos,
  SIGNATURE_BYTES,
  type Signer as SignerPort,
  u64ToBytes,
  type View,
} from "@touchmark/core";
import {
  type Chosen,
  type Cut,
  cut as cutSchema,
  type FinalBody,
  type FinalityCertificate,
  finalBody,
  type LaneBatch,
  laneBatchBody,
  type Manifest,
  type MessageOf,
  manifest as manifestSchema,
  type Piece,
  piece as pieceSchema,
  type ViewChange,
} from "./messages.ts";

/**
 * M-1: what each signature covers. The digest is domain-tagged with the message's type, the chain and the
 * epoch, and the signature covers that digest, so nothing signed for one purpose serves another.
 */
export interface Chain {
  readonly chainId: string;
  readonly hasher: Hasher;
}

/** Signs a digest with the validator's key; the key may be in this process or elsewhere. */
export type DigestSigner = SignerPort;

/** W-9: by type, the prefix of the epoch that was asked for last: it begins every digest, and changes rarely. */
const prefixes = new WeakMap<Chain, Map<string, { readonly epoch: Epoch; readonly bytes: Uint8Array }>>();

function prefixOf(chain: Chain, type: string, epoch: Epoch): Uint8Array {
  let byType = prefixes.get(chain);
  if (byType === undefined) {
    byType = new Map();
    prefixes.set(chain, byType);
  }
  const known = byType.get(type);
  if (known?.epoch === epoch) return known.bytes;
  const bytes = domainPrefix({ type, chainId: chain.chainId, epoch });
  byType.set(type, { epoch, bytes });
  return bytes;
}

function digestOf(chain: Chain, type: string, epoch: Epoch, ...fields: readonly Uint8Array[]): Digest {
  return chain.hasher.sha256(concatBytes(prefixOf(chain, type, epoch), ...fields));
}

function number(value: number): Uint8Array {
  return u64ToBytes(BigInt(value));
}

/** What is asked of a batch again and again: by the verifier, by its lane, by whoever serves it. */
export interface NamedBatch {
  readonly digest: Digest;
  /** The digest as a Map's key. */
  readonly key: string;
  /** The digest of the batch before it, as a Map's key. */
  readonly prevKey: string;
  /** C-3: its body's bytes and its signature's. */
  readonly bytes: number;
}

type UnsignedBatch = Omit<LaneBatch, "signature">;

/** Messages never change, so what follows from one is computed once for each object. */
const batchNames = new WeakMap<UnsignedBatch, { readonly chain: Chain; readonly name: NamedBatch }>();

/** The identity of a batch; it leaves out the signature, so that nobody can give one batch two names. */
export function nameOfBatch(chain: Chain, batch: UnsignedBatch): NamedBatch {
  const known = batchNames.get(batch);
  if (known?.chain === chain) return known.name;
  const body = encode(laneBatchBody, batch);
  const digest = digestOf(chain, "batch", batch.epoch, body);
  const bytes = body.length + SIGNATURE_BYTES;
  const name = { digest, key: bytesToKey(digest), prevKey: bytesToKey(batch.prev), bytes };
  batchNames.set(batch, { chain, name });
  return name;
}

export function batchDigest(chain: Chain, batch: UnsignedBatch): Digest {
  return nameOfBatch(chain, batch).digest;
}

export function cutDigest(chain: Chain, epoch: Epoch, cut: Cut): Digest {
  return digestOf(chain, "cut", epoch, encode(cutSchema, cut));
}

export interface VotePoint {
  readonly epoch: Epoch;
  readonly view: View;
  readonly height: Height;
  readonly digest: Digest;
}

export type VotePhase = "preprepare" | "prepare" | "commit";

export function voteDigest(chain: Chain, phase: VotePhase, at: VotePoint): Digest {
  return digestOf(chain, phase, at.epoch, number(at.view), number(at.height), at.digest);
}

export function finalDigest(chain: Chain, body: FinalBody): Digest {
  return digestOf(chain, "final", body.epoch, encode(finalBody, body));
}

/** VIEW-CHANGE names its certificates by what they certify; they carry their own signatures. */
export function viewChangeDigest(
  chain: Chain,
  message: Pick<ViewChange, "epoch" | "view" | "finality" | "prepared">,
): Digest {
  const finality = finalityName(message.finality);
  const prepared = message.prepared.map(({ certificate }) =>
    concatBytes(number(certificate.height), certificate.digest, number(certificate.view)),
  );
  return digestOf(chain, "viewchange", message.epoch, number(message.view), ...finality, ...prepared);
}

function finalityName(finality: FinalityCertificate | undefined): readonly Uint8Array[] {
  if (finality === undefined) return [Uint8Array.of(0)];
  return [Uint8Array.of(1), number(finality.height), finality.digest];
}

export function newViewDigest(
  chain: Chain,
  message: Pick<MessageOf<"newView">, "epoch" | "view" | "viewChanges" | "chosen">,
): Digest {
  const changes = message.viewChanges.map((it) => viewChangeDigest(chain, it));
  const chosen = message.chosen.map((it: Chosen) => concatBytes(number(it.height), it.digest));
  const counts = concatBytes(number(changes.length), number(chosen.length));
  return digestOf(chain, "newview", message.epoch, number(message.view), counts, ...changes, ...chosen);
}

export function complaintDigest(chain: Chain, epoch: Epoch, view: View): Digest {
  return digestOf(chain, "complaint", epoch, number(view));
}

export function pongDigest(chain: Chain, pong: { epoch: Epoch; nonce: Nanos; time: Nanos }): Digest {
  return digestOf(chain, "pong", pong.epoch, u64ToBytes(pong.nonce), u64ToBytes(pong.time));
}

/** The block's identity: its cut, its parent, and the order that follows. No state is in it. */
export function blockHash(
  chain: Chain,
  epoch: Epoch,
  digest: Digest,
  parent: Digest,
  transactions: readonly { readonly txid: Uint8Array; readonly time: Nanos }[],
): Digest {
  const entries = transactions.map((it) => concatBytes(it.txid, u64ToBytes(it.time)));
  const root = digestOf(chain, "order", epoch, number(entries.length), ...entries);
  return digestOf(chain, "block", epoch, digest, parent, root);
}

/** A set is one list for a whole epoch, and every FINAL of it says its hash. */
const setHashes = new WeakMap<
  readonly Uint8Array[],
  { readonly chain: Chain; readonly epoch: Epoch; readonly hash: Digest }
>();

/** What FINAL says of the set that votes at the next height. */
export function validatorsHash(chain: Chain, epoch: Epoch, keys: readonly Uint8Array[]): Digest {
  const known = setHashes.get(keys);
  if (known?.chain === chain && known.epoch === epoch) return known.hash;
  const hash = digestOf(chain, "validators", epoch, number(keys.length), ...keys);
  setHashes.set(keys, { chain, epoch, hash });
  return hash;
}

/** Y-1: pieces outlive the epoch that they were made in, so their digests say none. */
const NO_EPOCH = Epoch.of(0);

/** Y-1: a piece of a snapshot; what it is a piece of, the manifest says. */
export function pieceDigest(chain: Chain, entries: Piece): Digest {
  return digestOf(chain, "piece", NO_EPOCH, encode(pieceSchema, entries));
}

/** Y-1: all that later heights follow from, as FINAL signs it at the heights of snapshots. */
export function manifestDigest(chain: Chain, manifest: Manifest): Digest {
  return digestOf(chain, "manifest", manifest.epoch, encode(manifestSchema, manifest));
}
