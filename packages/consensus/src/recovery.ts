import type { Digest, Epoch, Height, Nanos, Txid } from "@touchmark/core";
import type { ValidatorKey } from "./committee.ts";
import type { TransactionFacts } from "./input.ts";
import type {
  Cut,
  FinalityCertificate,
  JoinersFrom,
  LaneBatch,
  LaneEnd,
  MessageOf,
  PrepareCertificate,
  SetChange,
  Sighting,
} from "./messages.ts";

/** P-7, S-3: what must outlive a crash, as one log, which a start reads back in order. */
export type DurableRecord = { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint } | LogRecord;

/** A record that says one thing. */
export type LogRecord =
  | { readonly kind: "content"; readonly transaction: TransactionFacts; readonly arrived: Nanos }
  | { readonly kind: "batch"; readonly batch: LaneBatch }
  /** S-5: a proof that the chain may not have yet. */
  | { readonly kind: "evidence"; readonly evidence: MessageOf<"evidence"> }
  | { readonly kind: "cut"; readonly epoch: Epoch; readonly cut: Cut }
  | { readonly kind: "certificate"; readonly certificate: PrepareCertificate }
  | { readonly kind: "finality"; readonly finality: FinalityCertificate }
  /** Each of the replica's own signed messages that it may have to send again, byte for byte. */
  | { readonly kind: "sent"; readonly message: SignedOnce }
  | { readonly kind: "acceptedView"; readonly newView: MessageOf<"newView"> };

/** The messages that a correct validator signs at most one of, for a view and a height. */
export type SignedOnce = MessageOf<"preprepare" | "prepare" | "commit" | "final" | "viewChange" | "newView">;

/** Y-1: what the order remembers of a lane: its tip, and its sightings that still count, in their order. */
export interface LaneMemory extends LaneEnd {
  readonly live: readonly Sighting[];
}

/** O-2: transactions in the order of the chain: of one large block, or of several small ones. */
export type RememberedPiece = readonly { readonly txid: Txid; readonly validUntil: Nanos }[];

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
  /** O-2: what was ordered and could still be sighted again, and what stands in one piece with such. */
  readonly remembered: readonly RememberedPiece[];
}

/** Y-1: all that later heights follow from; FINAL signs its digest at the heights of snapshots. */
export interface ChainMemory {
  readonly order: OrderMemory;
  /** The set of the height's epoch, and the last height of that epoch as far as it is known by then. */
  readonly validators: readonly ValidatorKey[];
  readonly epochEnd: Height;
  /** E-1: which joiners' lanes run in the heights behind this one. */
  readonly joiners: readonly JoinersFrom[];
  /** E-1: where lanes stand that are in no cut any more; by ascending key. */
  readonly past: readonly LaneEnd[];
}

/**
 * A place to start from. The shell may delete every record in front of a checkpoint once both are durable, the
 * checkpoint and the state after its height: `kept` are those of them that still matter (P-7, S-3). Content
 * whose record stands nowhere any more is in a block, or needed by nobody here.
 */
export interface Checkpoint {
  /** Of the checkpoint's own height. */
  readonly finality: FinalityCertificate;
  readonly memory: ChainMemory;
  /** How past epochs ended, for those that are still in them. */
  readonly ends: readonly SetChange[];
  readonly kept: readonly LogRecord[];
}

/** What a replica starts from. */
export interface Recovered {
  readonly records: readonly DurableRecord[];
  /** The newest height whose state is durable: a start goes from no checkpoint above it. */
  readonly stateHeight: Height;
  /** P-7, S-3: the log is lost or older than what was signed: the replica follows, and signs nothing. */
  readonly observeOnly: boolean;
}

/** Y-1: where a start begins, and the records that it goes on with. */
export interface StartingPoint {
  readonly checkpoint: Checkpoint | undefined;
  readonly records: readonly LogRecord[];
}

/** The newest checkpoint whose state is there, what it kept, and what stands behind it. */
export function startingPoint({ records, stateHeight }: Omit<Recovered, "observeOnly">): StartingPoint {
  const at = records.findLastIndex(
    (it) => it.kind === "checkpoint" && it.checkpoint.memory.order.height <= stateHeight,
  );
  const found = records[at];
  const checkpoint = found?.kind === "checkpoint" ? found.checkpoint : undefined;
  const behind = records.slice(at + 1).flatMap((it): readonly LogRecord[] => {
    // Of a checkpoint without its state, the certificate still says where votes may begin (P-1).
    return it.kind === "checkpoint" ? [{ kind: "finality", finality: it.checkpoint.finality }] : [it];
  });
  return { checkpoint, records: [...(checkpoint?.kept ?? []), ...behind] };
}
