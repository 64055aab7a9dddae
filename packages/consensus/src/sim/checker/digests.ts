import {
  concatBytes,
  type Digest,
  domainDigest,
  type Epoch,
  encode,
  type SignatureVerifier,
  u64ToBytes,
} from "@touchmark/core";
import type { Block } from "../../block.ts";
import { type Cut, cut as cutSchema, type LaneBatch, laneBatchBody } from "../../messages.ts";
import type { Chain } from "../../signing.ts";

/**
 * The digests of design 1 section 2, written a second time: the oracle must not inherit a mistake in what
 * the replicas hash.
 */
export function digestOfBatch(chain: Chain, batch: LaneBatch): Digest {
  const { epoch, lane, seq, prev, head, sightings } = batch;
  const body = encode(laneBatchBody, { epoch, lane, seq, prev, head, sightings });
  return domainDigest(chain.hasher, { type: "batch", chainId: chain.chainId, epoch }, body);
}

/** Whether the owner of the lane signed it. */
export function isSigned(chain: Chain, verifier: SignatureVerifier, batch: LaneBatch): boolean {
  const { lane: publicKey, signature } = batch;
  return verifier.verify({
    algorithm: "ed25519",
    publicKey,
    message: digestOfBatch(chain, batch),
    signature,
  });
}

export function digestOfCut(chain: Chain, epoch: Epoch, cut: Cut): Digest {
  return domainDigest(chain.hasher, { type: "cut", chainId: chain.chainId, epoch }, encode(cutSchema, cut));
}

/** blockHash = H(d ‖ parent blockHash ‖ root of (txid, time)). */
export function hashOfBlock(
  chain: Chain,
  block: Pick<Block, "epoch" | "transactions">,
  digest: Digest,
  parent: Digest,
): Digest {
  const { epoch, transactions } = block;
  const { chainId, hasher } = chain;
  const entries = transactions.flatMap(({ txid, time }) => [txid, u64ToBytes(time)]);
  const count = u64ToBytes(BigInt(transactions.length));
  const root = domainDigest(hasher, { type: "order", chainId, epoch }, concatBytes(count, ...entries));
  return domainDigest(hasher, { type: "block", chainId, epoch }, concatBytes(digest, parent, root));
}
