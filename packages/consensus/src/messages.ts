import {
  type Brand,
  binary,
  boolean,
  digestSchema,
  Epoch,
  Height,
  integer,
  list,
  Nanos,
  optional,
  refine,
  type Schema,
  Seq,
  SIGNATURE_BYTES,
  tuple,
  txidSchema,
  type ValueOf,
  View,
  variant,
} from "@touchmark/core";
import {
  isValidatorIndex,
  isValidatorKey,
  VALIDATOR_KEY_BYTES,
  type ValidatorIndex,
  type ValidatorKey,
} from "./committee.ts";
import { BATCH_SIGHTINGS_FORMAT_MAX, VALIDATORS_MAX, WINDOW_FORMAT_MAX } from "./params.ts";

/**
 * Everything that replicas say to one another, as schemas: the bytes, the bounds and the types at once.
 * What is signed, and how, stands in `signing.ts`.
 */
/** A joiner's lane runs beside the set's: at most max(1, f) of them. */
export const JOINERS_MAX = 10;
export const LANES_MAX = VALIDATORS_MAX + JOINERS_MAX;
/** How many batches one request or offer names. */
export const BATCH_NAMES_MAX = 1_024;
/** Y-1: batches that come with a block; the others are asked for by name. */
export const BLOCK_BATCHES_MAX = 512;

export const validatorKey: Schema<ValidatorKey> = refine(binary(VALIDATOR_KEY_BYTES), isValidatorKey);
const signature = binary(SIGNATURE_BYTES);

const validatorIndex: Schema<ValidatorIndex> = refine(integer(0, VALIDATORS_MAX - 1), isValidatorIndex);

/** How far a lane counts: the batch of that number, by its digest. Number 0 is the lane's beginning. */
export const tip = tuple({ seq: Seq.schema, digest: digestSchema });
export type Tip = ValueOf<typeof tip>;

export const sighting = tuple({ txid: txidSchema, stamp: Nanos.schema });
export type Sighting = ValueOf<typeof sighting>;

const laneBatchFields = {
  epoch: Epoch.schema,
  lane: validatorKey,
  seq: Seq.schema,
  prev: digestSchema,
  head: Nanos.schema,
  sightings: list(sighting, 0, BATCH_SIGHTINGS_FORMAT_MAX),
};
/** S-1: one entry of a lane, a signed link of its chain: what it saw, and up to when it has told all. */
export const laneBatchBody = tuple(laneBatchFields);
export const laneBatch = tuple({ ...laneBatchFields, signature });
export type LaneBatch = ValueOf<typeof laneBatch>;

/** C-1: what the validators agree on at a height: how far each lane counts, and the horizon. */
export const cut = tuple({
  height: Height.schema,
  parent: digestSchema,
  horizon: Nanos.schema,
  tips: list(tip, 1, LANES_MAX),
});
export type Cut = ValueOf<typeof cut>;

/** Y-1: how many sightings or txids stand in one piece of a snapshot. */
export const PIECE_ENTRIES_MAX = 4_096;
/** Pieces of one lane; more than LIVE_MAX may fill (S-6). */
const LANE_PIECES_MAX = 16;
/** Pieces of what is remembered, each of some thousand transactions of the last 2 TTL. */
const REMEMBERED_PIECES_MAX = 65_536;
/** Lanes that have left the cuts and stay known, for their owners never sign a number twice (E-1). */
export const PAST_LANES_MAX = 4_096;
/** Y-1: pieces that one request names. */
export const PIECES_ASKED_MAX = 256;
/** Y-1: changes of the set that a snapshot can bridge. */
export const SET_CHANGES_MAX = 128;

/** Y-1: a piece: sightings of one lane with their stamps, or ordered transactions with their validUntil. */
export const piece = list(tuple({ txid: txidSchema, at: Nanos.schema }), 1, PIECE_ENTRIES_MAX);
export type Piece = ValueOf<typeof piece>;

/** Pieces are numbered through: the lanes' in their order, then those of what is remembered. */
const PIECE_INDEX_MAX = LANES_MAX * LANE_PIECES_MAX + REMEMBERED_PIECES_MAX;

/** Where the cuts have left a lane. */
const laneEndFields = {
  key: validatorKey,
  tip,
  head: Nanos.schema,
  /** S-5: the lane was proven to have forked; nothing of it is taken from the next epoch on. */
  dead: boolean,
};
export const laneEnd = tuple(laneEndFields);
export type LaneEnd = ValueOf<typeof laneEnd>;

/** E-1: from this height on the cuts have tips of these lanes beside the set's. */
const joinersFrom = tuple({ from: Height.schema, keys: list(validatorKey, 0, JOINERS_MAX) });
export type JoinersFrom = ValueOf<typeof joinersFrom>;

/** Y-1: the table of contents of a snapshot: all that later heights follow from, large lists by their digests. */
export const manifest = tuple({
  epoch: Epoch.schema,
  height: Height.schema,
  digest: digestSchema,
  blockHash: digestSchema,
  horizon: Nanos.schema,
  lastTime: Nanos.schema,
  epochEnd: Height.schema,
  validators: list(validatorKey, 1, VALIDATORS_MAX),
  joiners: list(joinersFrom, 0, WINDOW_FORMAT_MAX + 1),
  lanes: list(tuple({ ...laneEndFields, pieces: list(digestSchema, 0, LANE_PIECES_MAX) }), 1, LANES_MAX),
  past: list(laneEnd, 0, PAST_LANES_MAX),
  remembered: list(digestSchema, 0, REMEMBERED_PIECES_MAX),
});
export type Manifest = ValueOf<typeof manifest>;

const signer = tuple({ validator: validatorIndex, signature });
const signers = list(signer, 1, VALIDATORS_MAX);
export type Signer = ValueOf<typeof signer>;

/** q signatures of PREPARE on one (view, height, digest): the PC of the rules. */
export const prepareCertificate = tuple({
  epoch: Epoch.schema,
  view: View.schema,
  height: Height.schema,
  digest: digestSchema,
  signers,
});
export type PrepareCertificate = ValueOf<typeof prepareCertificate>;

const finalFields = {
  epoch: Epoch.schema,
  height: Height.schema,
  digest: digestSchema,
  blockHash: digestSchema,
  stateRoot: digestSchema,
  nextValidatorsHash: digestSchema,
  liveHash: optional(digestSchema),
};
/** What FINAL signs: the order of the height and the state after it. */
export const finalBody = tuple(finalFields);
export type FinalBody = ValueOf<typeof finalBody>;

/** q signatures of FINAL: the FC of the rules. */
export const finalityCertificate = tuple({ ...finalFields, signers });
export type FinalityCertificate = ValueOf<typeof finalityCertificate>;

/** Y-1: a certificate that names another set than the one that signed it, and that set. */
const setChange = tuple({ finality: finalityCertificate, validators: list(validatorKey, 1, VALIDATORS_MAX) });
export type SetChange = ValueOf<typeof setChange>;

/** P-4: a cut that q validators prepared in one view. */
const prepared = tuple({ cut, certificate: prepareCertificate });
export type Prepared = ValueOf<typeof prepared>;

const viewChangeFields = {
  epoch: Epoch.schema,
  view: View.schema,
  finality: optional(finalityCertificate),
  prepared: list(prepared, 0, WINDOW_FORMAT_MAX),
  validator: validatorIndex,
  signature,
};
export const viewChange = tuple(viewChangeFields);
export type ViewChange = ValueOf<typeof viewChange>;

const chosen = tuple({ height: Height.schema, digest: digestSchema });
/** P-4: a height, and the cut that the new view proposes there again. */
export type Chosen = ValueOf<typeof chosen>;

const batchName = tuple({ lane: validatorKey, seq: Seq.schema, digest: digestSchema });
export type BatchName = ValueOf<typeof batchName>;

const vote = {
  epoch: Epoch.schema,
  view: View.schema,
  height: Height.schema,
  digest: digestSchema,
  validator: validatorIndex,
  signature,
};

export const message = variant({
  batch: [1, { batch: laneBatch }],
  preprepare: [
    2,
    {
      epoch: Epoch.schema,
      view: View.schema,
      cut,
      /** P-1: the PC of the cut's parent in this view; none where the parent is final. */
      parentCertificate: optional(prepareCertificate),
      signature,
    },
  ],
  prepare: [3, vote],
  commit: [4, vote],
  final: [5, { ...finalFields, validator: validatorIndex, signature }],
  viewChange: [6, viewChangeFields],
  newView: [
    7,
    {
      epoch: Epoch.schema,
      view: View.schema,
      viewChanges: list(viewChange, 1, VALIDATORS_MAX),
      chosen: list(chosen, 0, WINDOW_FORMAT_MAX),
      signature,
    },
  ],
  complaint: [8, { epoch: Epoch.schema, view: View.schema, validator: validatorIndex, signature }],
  /** S-5: two batches of one lane and number that differ, or one that breaks S-1 by itself. */
  evidence: [9, { first: laneBatch, second: optional(laneBatch) }],
  /** V-2: batches that the leader of this view is offered. */
  offer: [10, { epoch: Epoch.schema, view: View.schema, batches: list(batchName, 1, BATCH_NAMES_MAX) }],
  /** S-3: these batches, and those between each and the number up to which the asker holds that lane. */
  askBatches: [11, { batches: list(tuple({ above: Seq.schema, name: batchName }), 1, BATCH_NAMES_MAX) }],
  askCut: [12, { height: Height.schema, digest: digestSchema }],
  cut: [13, { epoch: Epoch.schema, cut }],
  /** Y-1: the final block of a height, and what it takes to compute its order again. */
  askBlock: [14, { height: Height.schema }],
  block: [15, { cut, finality: finalityCertificate, batches: list(laneBatch, 0, BLOCK_BATCHES_MAX) }],
  /** P-6: the newest finality certificate, for one that is behind. */
  finality: [16, { finality: finalityCertificate }],
  /** S-7: asks for the peer's clock. P-6: says how far its sender is, so that it is told if that is behind. */
  ping: [17, { nonce: Nanos.schema, epoch: Epoch.schema, view: View.schema, height: Height.schema }],
  /** S-7: the peer's clock, signed, in answer to a ping. */
  pong: [
    18,
    { nonce: Nanos.schema, time: Nanos.schema, validator: validatorIndex, epoch: Epoch.schema, signature },
  ],
  /** Y-1: the asker has got no further than this, and wants to go on. */
  askSnapshot: [19, { epoch: Epoch.schema, height: Height.schema }],
  /** Y-1: a snapshot's contents, and what makes them credible to whoever knows the set of `knownEpoch`. */
  snapshot: [
    20,
    {
      knownEpoch: Epoch.schema,
      changes: list(setChange, 0, SET_CHANGES_MAX),
      finality: finalityCertificate,
      manifest,
    },
  ],
  askPieces: [21, { height: Height.schema, indexes: list(integer(0, PIECE_INDEX_MAX), 1, PIECES_ASKED_MAX) }],
  piece: [22, { height: Height.schema, index: integer(0, PIECE_INDEX_MAX), entries: piece }],
});
export type Message = ValueOf<typeof message>;
export type MessageOf<Kind extends Message["kind"]> = Extract<Message, { readonly kind: Kind }>;
export type Vote = MessageOf<"prepare"> | MessageOf<"commit">;

/** Habit 4: a message whose signatures and certificates were checked; nothing else gets into a replica. */
export type Verified<M extends Message = Message> = Brand<M, "Verified">;
