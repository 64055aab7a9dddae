import type { Digest, Epoch, Height, Nanos, Txid } from "@touchmark/core";
import type { ValidatorKey } from "./committee.ts";
import type { TransactionFacts } from "./input.ts";
import type {
  Cut,
  FinalityCertificate,
  LaneBatch,
  LaneMemory,
  MessageOf,
  PrepareCertificate,
} from "./messages.ts";

/** P-7, S-3: what must outlive a crash, as one log, which a start reads back in order. */
export type DurableRecord =
  | { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint }
  | { readonly kind: "content"; readonly transaction: TransactionFacts; readonly arrived: Nanos }
  | { readonly kind: "batch"; readonly batch: LaneBatch }
  | { readonly kind: "cut"; readonly epoch: Epoch; readonly cut: Cut }
  | { readonly kind: "certificate"; readonly certificate: PrepareCertificate }
  | { readonly kind: "finality"; readonly finality: FinalityCertificate }
  /** Each of the replica's own signed messages that it may have to send again, byte for byte. */
  | { readonly kind: "sent"; readonly message: SignedOnce }
  | { readonly kind: "acceptedView"; readonly newView: MessageOf<"newView"> };

/** The messages that a correct validator signs at most one of, for a view and a height. */
export type SignedOnce = MessageOf<"preprepare" | "prepare" | "commit" | "final" | "viewChange" | "newView">;

/** The order's whole memory after a final height (Y-1): with it and later batches, every later order follows. */
export interface OrderMemory {
  readonly epoch: Epoch;
  readonly height: Height;
  readonly digest: Digest;
  readonly blockHash: Digest;
  readonly horizon: Nanos;
  /** O-4: the time of the last transaction. */
  readonly lastTime: Nanos;
  readonly lanes: readonly LaneMemory[];
  /** O-2: what was ordered and could still be sighted again. */
  readonly remembered: readonly { readonly txid: Txid; readonly validUntil: Nanos }[];
}

export interface Checkpoint {
  readonly finality: FinalityCertificate;
  readonly cut: Cut;
  readonly order: OrderMemory;
  readonly validators: readonly ValidatorKey[];
}

/** What a replica starts from. */
export interface Recovered {
  readonly records: readonly DurableRecord[];
  /** P-7, S-3: the log is lost or older than what was signed: the replica follows, and signs nothing. */
  readonly observeOnly: boolean;
}
