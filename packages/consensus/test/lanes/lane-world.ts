import * as core from "@touchmark/core";
import { nativeHasher, nativeSigner } from "@touchmark/core/native";
import { isValidatorKey, type ValidatorKey } from "../../src/committee.ts";
import type { HeldBatch } from "../../src/lanes/held-batch.ts";
import { Lane, type LaneRoom, laneRoom } from "../../src/lanes/lane.ts";
import { type Evidence, LaneSet } from "../../src/lanes/lane-set.ts";
import type { LaneBatch, Sighting } from "../../src/messages.ts";
import { defaultParams } from "../../src/params.ts";
import { batchDigest, type Chain } from "../../src/signing.ts";
import { TransactionTable } from "../../src/transactions.ts";

export const CHAIN: Chain = { chainId: "lanes", hasher: nativeHasher };
export const T0 = core.Nanos.of(1_000_000_000_000n);
export const EPOCH = core.Epoch.of(0);

export const at = (offset: bigint | number): core.Nanos => core.Nanos.of(T0 + BigInt(offset));

export function signerOf(seed: number): core.Signer {
  return nativeSigner(core.secretKeyFromSeed("ed25519", new Uint8Array(32).fill(seed)));
}

export function keyOf(signer: core.Signer): ValidatorKey {
  const { publicKey } = signer;
  if (!isValidatorKey(publicKey)) throw new Error("no key of a validator");
  return publicKey;
}

export function txidOf(name: string | number): core.Txid {
  return core.toTxid(nativeHasher.sha256(core.utf8ToBytes(`tx ${name}`)));
}

export interface Place {
  readonly seq: number;
  readonly digest: core.Digest;
}

export const BEGINNING: Place = { seq: 0, digest: core.ZERO_DIGEST };

/** A signed batch; stamps and head count from T0. */
export function batchOf(
  signer: core.Signer,
  prev: Place,
  head: number,
  sightings: readonly (readonly [name: string | number, stamp: number])[] = [],
  epoch = EPOCH,
): LaneBatch {
  const body = {
    epoch,
    lane: keyOf(signer),
    seq: core.Seq.of(prev.seq + 1),
    prev: prev.digest,
    head: at(head),
    sightings: sightings.map(([name, stamp]): Sighting => ({ txid: txidOf(name), stamp: at(stamp) })),
  };
  return { ...body, signature: signer.sign(batchDigest(CHAIN, body)) };
}

export function placeOf(batch: LaneBatch): { seq: core.Seq; digest: core.Digest } {
  return { seq: batch.seq, digest: batchDigest(CHAIN, batch) };
}

/** A chain of batches, one transaction each, ten apart. */
export function chainOf(
  signer: core.Signer,
  length: number,
  from: Place = BEGINNING,
  label = "",
): LaneBatch[] {
  const chain: LaneBatch[] = [];
  let prev = from;
  for (let i = 0; i < length; i++) {
    const head = (prev.seq + 1) * 10;
    const batch = batchOf(signer, prev, head, [[`${label}${head}`, head - 5]]);
    chain.push(batch);
    prev = placeOf(batch);
  }
  return chain;
}

export interface LaneWorld {
  readonly signer: core.Signer;
  readonly lane: Lane;
  readonly lanes: LaneSet;
  readonly table: TransactionTable;
  readonly held: HeldBatch[];
  readonly evidence: Evidence[];
  add(batch: LaneBatch): ReturnType<LaneSet["add"]>;
}

/** One lane among the admitted ones, and what was told about it. */
export function laneWorld(room: LaneRoom = laneRoom(defaultParams(4))): LaneWorld {
  const signer = signerOf(1);
  const table = new TransactionTable();
  const held: HeldBatch[] = [];
  const evidence: Evidence[] = [];
  const lanes = new LaneSet(CHAIN, table, room, {
    held: (_, it) => held.push(it),
    forked: (_, it) => evidence.push(it),
  });
  const lane = lanes.admit(keyOf(signer), Lane.beginning(T0));
  return { signer, lane, lanes, table, held, evidence, add: (batch) => lanes.add(batch, EPOCH, at(0)) };
}

/** S-1, judged without the code under test: what a lane signed, batch by batch, from its beginning. */
export function brokenPromises(batches: readonly LaneBatch[], genesis: bigint = T0): readonly string[] {
  const broken: string[] = [];
  let [seq, head, last] = [0, genesis, genesis];
  let prev: Uint8Array = new Uint8Array(32);
  for (const batch of batches) {
    if (batch.seq !== seq + 1) broken.push(`seq ${batch.seq} after ${seq}`);
    if (core.bytesToHex(batch.prev) !== core.bytesToHex(prev)) broken.push(`prev of ${batch.seq}`);
    if (batch.head <= head) broken.push(`head of ${batch.seq} does not rise`);
    for (const { stamp } of batch.sightings) {
      if (stamp <= last) broken.push(`stamp ${stamp} of ${batch.seq} is not past ${last}`);
      if (stamp <= head) broken.push(`stamp ${stamp} of ${batch.seq} was promised not to come`);
      if (stamp > batch.head) broken.push(`stamp ${stamp} of ${batch.seq} is past its head`);
      last = stamp;
    }
    [seq, head, prev] = [batch.seq, batch.head, placeOf(batch).digest];
  }
  return broken;
}
