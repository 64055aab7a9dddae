import {
  bytesToKey,
  type Digest,
  type Epoch,
  equalBytes,
  Height,
  Nanos,
  Seq,
  type Txid,
  ZERO_DIGEST,
} from "@touchmark/core";
import type { Block } from "../block.ts";
import type { ValidatorKey } from "../committee.ts";
import type { ReplicaConfig } from "../config.ts";
import type { TransactionFacts } from "../input.ts";
import type { Cut, LaneBatch } from "../messages.ts";
import { batchDigest, blockHash, type Chain } from "../signing.ts";

/** The last delivered block, which the next one follows. */
export interface ChainTip {
  readonly height: Height;
  readonly digest: Digest;
  readonly blockHash: Digest;
  readonly horizon: Nanos;
  readonly lastTime: Nanos;
}

export interface Held {
  readonly facts: TransactionFacts;
  readonly arrived: Nanos;
}

function later(a: bigint, b: bigint): Nanos {
  return Nanos.of(a > b ? a : b);
}

/**
 * A leader's order in the shape of a lane: one batch per height, whose sightings are the transactions of the
 * block in the order in which the leader wants them, and a cut with that batch as its only tip.
 */
export function createLeaderBatch(
  { chain, signer }: ReplicaConfig,
  epoch: Epoch,
  lane: ValidatorKey,
  tip: ChainTip,
  transactions: readonly Held[],
  now: Nanos,
): { readonly batch: LaneBatch; readonly cut: Cut } {
  const height = Height.of(tip.height + 1);
  const seq = Seq.of(height);
  const head = later(now, tip.horizon + 1n);
  const sightings = transactions.map(({ facts, arrived }) => ({ txid: facts.txid, stamp: arrived }));
  const body = { epoch, lane, seq, prev: tip.digest, head, sightings };
  const digest = batchDigest(chain, body);
  const batch = { ...body, signature: signer.sign(digest) };
  return { batch, cut: { height, parent: tip.digest, horizon: head, tips: [{ seq, digest }] } };
}

/** Number 0 of a lane: no block's order, but what a backup holds and the leader may not have heard of. */
export const RELAY: Seq = Seq.of(0);

export function createRelay(
  { chain, signer }: ReplicaConfig,
  epoch: Epoch,
  lane: ValidatorKey,
  held: readonly Held[],
  now: Nanos,
): LaneBatch {
  const sightings = held.map(({ facts, arrived }) => ({ txid: facts.txid, stamp: arrived }));
  const body = { epoch, lane, seq: RELAY, prev: ZERO_DIGEST, head: now, sightings };
  return { ...body, signature: signer.sign(batchDigest(chain, body)) };
}

/** Whether a leader could have made this cut and its batch on this tip. */
export function follows(tip: ChainTip, cut: Cut, batch: LaneBatch): boolean {
  const keys = new Set(batch.sightings.map((it) => bytesToKey(it.txid)));
  return (
    cut.height === tip.height + 1 &&
    equalBytes(cut.parent, tip.digest) &&
    cut.horizon > tip.horizon &&
    cut.horizon === batch.head &&
    cut.tips.length === 1 &&
    equalBytes(batch.prev, tip.digest) &&
    keys.size === batch.sightings.length
  );
}

/** The block: the leader's order, with the leader's stamps as far as times still ascend. */
export function orderBatch(
  chain: Chain,
  tip: ChainTip,
  cut: Cut,
  digest: Digest,
  batch: LaneBatch,
  validUntil: (txid: Txid) => Nanos,
): { readonly block: Block; readonly tip: ChainTip } {
  const { epoch } = batch;
  let lastTime: bigint = later(tip.lastTime, tip.horizon);
  const transactions = batch.sightings.map(({ txid, stamp }) => {
    const time = later(stamp, lastTime + 1n);
    lastTime = time;
    return { txid, time, expired: time > validUntil(txid) };
  });
  const hash = blockHash(chain, epoch, digest, tip.blockHash, transactions);
  const { height, horizon } = cut;
  const timersUntil = later(horizon, lastTime);
  const at = { epoch, height, cut, digest, parentBlockHash: tip.blockHash, blockHash: hash, horizon };
  return {
    block: { ...at, timersUntil, transactions },
    tip: { height, digest, blockHash: hash, horizon, lastTime: later(lastTime, horizon) },
  };
}
