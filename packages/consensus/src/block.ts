import type { Digest, Epoch, Height, Nanos, Txid } from "@touchmark/core";
import type { Cut, FinalityCertificate, LaneBatch } from "./messages.ts";

/** O-4: a transaction with its place in time. */
export interface OrderedTransaction {
  readonly txid: Txid;
  readonly time: Nanos;
  /** Its validUntil was passed by the time that it got: it is recorded as failed. */
  readonly expired: boolean;
}

/** The order of one height: a function of the chain of cuts. */
export interface Block {
  readonly epoch: Epoch;
  readonly height: Height;
  readonly cut: Cut;
  readonly digest: Digest;
  readonly parentBlockHash: Digest;
  readonly blockHash: Digest;
  readonly horizon: Nanos;
  /** O-4: timers of the state due up to here run in this block. */
  readonly timersUntil: Nanos;
  readonly transactions: readonly OrderedTransaction[];
}

/** Y-1: a final height, and all that its order follows from once the order of the height before is known. */
export interface ArchivedBlock {
  readonly cut: Cut;
  /** The height's own certificate, or that of the next one above that has one. */
  readonly finality: FinalityCertificate;
  /** Everything between the parent's tips and this cut's, lane by lane, ascending. */
  readonly batches: readonly LaneBatch[];
}
