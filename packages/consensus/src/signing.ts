import {
  concatBytes,
  type Digest,
  domainDigest,
  type Epoch,
  encode,
  type Hasher,
  type Height,
  type Nanos,
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
  type LaneMemory,
  laneBatchBody,
  laneMemory,
  type MessageOf,
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

function digestOf(chain: Chain, type: string, epoch: Epoch, ...fields: readonly Uint8Array[]): Digest {
  return domainDigest(chain.hasher, { type, chainId: chain.chainId, epoch }, concatBytes(...fields));
}

function number(value: number): Uint8Array {
  return u64ToBytes(BigInt(value));
}

/** The identity of a batch; it leaves out the signature, so that nobody can give one batch two names. */
export function batchDigest(chain: Chain, batch: Omit<LaneBatch, "signature">): Digest {
  return digestOf(chain, "batch", batch.epoch, encode(laneBatchBody, batch));
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

/** What FINAL says of the next epoch's set. */
export function validatorsHash(chain: Chain, epoch: Epoch, keys: readonly Uint8Array[]): Digest {
  return digestOf(chain, "validators", epoch, number(keys.length), ...keys);
}

/** Y-1: the live sightings of every lane, as FINAL signs them at the heights of snapshots. */
export function liveDigest(chain: Chain, epoch: Epoch, lanes: readonly LaneMemory[]): Digest {
  const digests = lanes.map((lane) => digestOf(chain, "live", epoch, encode(laneMemory, lane)));
  return digestOf(chain, "lanes", epoch, number(digests.length), ...digests);
}
