import type { Digest, Nanos } from "@touchmark/core";
import type { LaneBatch } from "../messages.ts";
import type { TransactionRecord } from "../transactions.ts";

/** A batch of a lane as a replica holds it: verified, linked to all before it, its ids looked up. */
export interface HeldBatch {
  readonly batch: LaneBatch;
  readonly digest: Digest;
  /** The digest as a Map's key. */
  readonly key: string;
  /** The digest of the batch before it, as a Map's key. */
  readonly prevKey: string;
  /** Of the batch's sightings, in their order. */
  readonly records: readonly TransactionRecord[];
  readonly stamps: BigUint64Array;
  readonly bytes: number;
  /** When this replica first held it linked (V-2). */
  readonly heldAt: Nanos;
}
