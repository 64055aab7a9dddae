/**
 * What validators sign for consensus, as far as it can prove them faulty: the bytes of docs/spec/lanes.md and
 * agreement.md. This package knows nothing of consensus, so the two formats stand here once more; a test holds them
 * against the golden vectors of that package.
 */
import {
  binary,
  compareBytes,
  concatBytes,
  type Digest,
  digestSchema,
  domainDigest,
  Epoch,
  encode,
  Height,
  list,
  Nanos,
  Seq,
  SIGNATURE_BYTES,
  tuple,
  txidSchema,
  u64ToBytes,
  type ValueOf,
  View,
} from "@touchmark/core";
import { choice } from "../../choice.ts";
import type { Chain } from "../../machine.ts";
import { publicKey } from "../identity/records.ts";

/** As many as consensus lets a batch have; two full ones don't fit one transaction. */
const SIGHTINGS_MAX = 1_024;

const body = {
  epoch: Epoch.schema,
  lane: publicKey,
  seq: Seq.schema,
  prev: digestSchema,
  head: Nanos.schema,
  sightings: list(tuple({ txid: txidSchema, stamp: Nanos.schema }), 0, SIGHTINGS_MAX),
} as const;
const signature = binary(SIGNATURE_BYTES);
const batchBody = tuple(body);

/** S-1: a signed batch of a lane. */
export const signedBatch = tuple({ ...body, signature });
export type SignedBatch = ValueOf<typeof signedBatch>;

const voteSide = tuple({ digest: digestSchema, signature });
const PHASES = ["preprepare", "prepare", "commit"] as const;

/** Two votes of one validator in one phase of one view and height. */
export const doubleVote = tuple({
  key: publicKey,
  phase: choice(PHASES),
  epoch: Epoch.schema,
  view: View.schema,
  height: Height.schema,
  first: voteSide,
  second: voteSide,
});
export type DoubleVote = ValueOf<typeof doubleVote>;

type Domains = Pick<Chain, "chainId" | "hasher">;

/** M-1: the batch's identity, and what is signed. */
export function batchDigest({ chainId, hasher }: Domains, batch: SignedBatch): Digest {
  const { signature: _, ...unsigned } = batch;
  return domainDigest(hasher, { type: "batch", chainId, epoch: batch.epoch }, encode(batchBody, unsigned));
}

/** M-1: what a vote signs. */
export function voteDigest(
  { chainId, hasher }: Domains,
  { phase, epoch, view, height }: Pick<DoubleVote, "phase" | "epoch" | "view" | "height">,
  digest: Digest,
): Digest {
  const fields = concatBytes(u64ToBytes(BigInt(view)), u64ToBytes(BigInt(height)), digest);
  return domainDigest(hasher, { type: phase, chainId, epoch }, fields);
}

/** S-1: stamps strictly increase, and none is past the head: else the batch proves its owner faulty by itself. */
export function breaksPromise({ sightings, head }: SignedBatch): boolean {
  return sightings.some(({ stamp }, i) => {
    const before = sightings[i - 1];
    return stamp > head || (before !== undefined && stamp <= before.stamp);
  });
}

export function isSameDigest(a: Digest, b: Digest): boolean {
  return compareBytes(a, b) === 0;
}
