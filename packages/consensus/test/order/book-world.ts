import {
  bytesToHex,
  type Hasher,
  Height,
  hexToBytes,
  must,
  Nanos,
  portableHasher,
  Seq,
  toDigest,
  toTxid,
} from "@touchmark/core";
import type { ValidatorKey } from "../../src/committee.ts";
import { isValidatorKey } from "../../src/committee.ts";
import type { LaneAdvance, OrderPoint, SightedBatch } from "../../src/order/order-book.ts";
import type { TransactionRecord, TransactionTable } from "../../src/transactions.ts";

/** What the tests of the order need to make cuts by hand: keys, ids, batches, facts. */
export const hasher: Hasher = portableHasher;

/** A readable name as a key or an id: the same name gives the same bytes. */
export function named(name: string): Uint8Array {
  return hasher.sha256(Uint8Array.from(name, (character) => character.charCodeAt(0)));
}

export function keyOf(name: string): ValidatorKey {
  const bytes = named(name);
  if (!isValidatorKey(bytes)) throw new Error("a key has 32 bytes");
  return bytes;
}

export function txidOf(hex: string): ReturnType<typeof toTxid> {
  return toTxid(must(hexToBytes(hex), "hex"));
}

export interface PlainSighting {
  readonly txid: string;
  readonly stamp: bigint;
}

/** A batch as the order sees it; its records have one more use each. */
export function toBatch(table: TransactionTable, sightings: readonly PlainSighting[]): SightedBatch {
  return {
    records: sightings.map(({ txid }) => table.use(txidOf(txid))),
    stamps: BigUint64Array.from(sightings, ({ stamp }) => stamp),
  };
}

export function releaseBatch(table: TransactionTable, batch: SightedBatch): void {
  for (const record of batch.records) table.release(record);
}

export function giveContent(record: TransactionRecord, validUntil: bigint, bytes: number): void {
  record.facts = { txid: record.txid, sender: record.txid, validUntil: Nanos.of(validUntil), bytes };
}

export function toAdvance(
  name: string,
  seq: number,
  head: bigint,
  batches: readonly SightedBatch[],
  counts = true,
): LaneAdvance {
  const told = batches.map(({ records, stamps }) => `${records.map((it) => bytesToHex(it.txid))} ${stamps}`);
  const tip = { seq: Seq.of(seq), digest: toDigest(named(`${name}/${seq}/${head}/${told}`)) };
  return { key: keyOf(name), tip, head: Nanos.of(head), batches, counts };
}

export const heightOf = (height: number): Height => Height.of(height);

/** All of a point that the rules speak of, as plain values. */
export function plain(point: OrderPoint) {
  return {
    horizon: point.horizon as bigint,
    full: point.full,
    transactions: point.transactions.map(({ txid, time, expired }) => ({
      txid: bytesToHex(txid),
      time: time as bigint,
      expired,
    })),
    lastTime: point.lastTime as bigint,
    timersUntil: point.timersUntil as bigint,
    stillDue: point.stillDue,
    liveCounts: [...point.liveCounts],
    liveAfter: [...point.liveAfter],
  };
}
