import type { Nanos } from "@touchmark/core";
import type { LaneBatch } from "../messages.ts";
import type { NamedBatch } from "../signing.ts";
import type { TransactionRecord } from "../transactions.ts";

/** A batch of a lane as a replica holds it: verified, linked to all before it, its ids looked up. */
export interface HeldBatch extends NamedBatch {
  readonly batch: LaneBatch;
  /** Of the batch's sightings, in their order. */
  readonly records: readonly TransactionRecord[];
  readonly stamps: BigUint64Array;
  /** When this replica first held it linked (V-2). */
  readonly heldAt: Nanos;
}
