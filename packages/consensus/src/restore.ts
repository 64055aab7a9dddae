import { bytesToKey } from "@touchmark/core";
import type { Delivery } from "./agreement/delivery.ts";
import type { Instances } from "./agreement/instance.ts";
import type { OpenChain } from "./agreement/open-chain.ts";
import type { Proposer } from "./agreement/proposer.ts";
import type { Resend } from "./agreement/resend.ts";
import type { Views } from "./agreement/views.ts";
import type { Epochs } from "./epochs.ts";
import { Lane, type LanePlace } from "./lanes/lane.ts";
import type { LaneSet } from "./lanes/lane-set.ts";
import type { Sightings } from "./lanes/sightings.ts";
import type { LaneBatch, LaneEnd, MessageOf } from "./messages.ts";
import { OrderBook } from "./order/order-book.ts";
import type { Checkpoint, LaneMemory, LogRecord, SignedOnce, StartingPoint } from "./recovery.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { Checkpoints } from "./sync/checkpoints.ts";
import type { TransactionRecord } from "./transactions.ts";

/** The parts of a replica that a start puts back where they were. */
export interface RestoredParts {
  readonly state: ReplicaState;
  readonly lanes: LaneSet;
  readonly open: OpenChain;
  readonly instances: Instances;
  readonly delivery: Delivery;
  readonly views: Views;
  readonly proposer: Proposer;
  readonly sightings: Sightings;
  readonly resend: Resend;
  readonly epochs: Epochs;
  readonly checkpoints: Checkpoints;
}

function placeOf({ tip, head }: LaneEnd): LanePlace {
  return { ...tip, key: bytesToKey(tip.digest), head };
}

/** Where a replica begins, at genesis or behind a checkpoint (Y-1): the state, the lanes and the order. */
export function beginFrom(
  checkpoint: Checkpoint | undefined,
  state: ReplicaState,
  lanes: LaneSet,
): OrderBook {
  const { config, params, table, chain, rules } = state;
  const { time, validators } = config.genesis;
  const setting = { limits: params, table, hasher: chain.hasher, rules: rules.order };
  const beginning = Lane.beginning(time);
  if (checkpoint === undefined) {
    for (const key of validators) lanes.admit(key, beginning);
    return OrderBook.atGenesis(setting, time, validators);
  }
  state.beginAt(checkpoint);
  admitLanes(lanes, checkpoint.memory, beginning);
  return OrderBook.fromMemory(setting, checkpoint.memory.order);
}

/** Y-1: the lanes where a checkpoint left them; any other begins as at genesis. */
function admitLanes(lanes: LaneSet, memory: Checkpoint["memory"], beginning: LanePlace): void {
  const { order, validators, past, joiners } = memory;
  for (const end of [...order.lanes, ...past]) lanes.admit(end.key, placeOf(end)).dead = end.dead;
  // The set's own key objects are those that lanes are asked for by.
  for (const key of [...validators, ...joiners.flatMap(({ keys }) => keys)]) lanes.admit(key, beginning);
}

/**
 * P-7: a start from the log. What belongs to a later epoch, or to a lane that is not admitted yet, waits until
 * the replayed blocks have got there.
 */
export class Restore {
  private readonly parts: RestoredParts;
  private waiting: readonly LogRecord[] = [];
  private ownBatch: LaneBatch | undefined;
  /** What the log's contents wait for: which of them the own lane names is not known before. */
  private contents: readonly TransactionRecord[] = [];
  private lanesApplied = 0;
  /** What comes from the log needn't go there again. */
  isRunning = false;

  constructor(parts: RestoredParts) {
    this.parts = parts;
  }

  start({ checkpoint, records }: StartingPoint): void {
    const { state, lanes } = this.parts;
    if (checkpoint !== undefined) this.begin(checkpoint);
    const contents: TransactionRecord[] = [];
    for (const record of records) {
      state.out.journal.note(record);
      if (record.kind !== "content") continue;
      const held = state.table.use(record.transaction.txid);
      if (held.facts === undefined) state.table.hold(held, record.transaction, record.arrived);
      contents.push(held);
    }
    if (checkpoint !== undefined) this.resight(checkpoint.memory.order.lanes);
    this.waiting = records.filter((record) => record.kind !== "content");
    this.apply();
    if (this.ownBatch !== undefined) this.resume(this.ownBatch);
    this.contents = contents;
    this.resightContents();
    lanes.version++;
  }

  /** Y-1: the checkpoint's height is final, and its state is asked for. */
  private begin({ finality, memory, ends }: Checkpoint): void {
    const { state, epochs, checkpoints } = this.parts;
    const { height, remembered } = memory.order;
    epochs.restore(ends);
    checkpoints.begunFrom(finality, memory);
    for (const { txid } of remembered.flat()) {
      const record = state.table.find(txid);
      // O-2: some block holds it; which one nobody asks about.
      if (record !== undefined) record.orderedAt = height;
    }
    state.out.push({ kind: "adopt", finality, validators: memory.validators });
  }

  /** S-2, S-4: who carries what, as when the batches came in that said so. */
  private resight(memories: readonly LaneMemory[]): void {
    const { state, lanes, sightings } = this.parts;
    for (const { key, live } of memories) {
      const lane = lanes.get(key);
      if (lane === undefined) continue;
      if (state.isSelf(key)) sightings.coveredLive = live.length;
      const records = live.map(({ txid }) => state.table.use(txid));
      sightings.held(lane, { records, stamps: BigUint64Array.from(live, ({ stamp }) => stamp) });
      // The order has a use of each of its own.
      for (const record of records) state.table.release(record);
    }
  }

  /** S-3: the lane goes on behind its newest batch, which may never have left. */
  private resume(newest: LaneBatch): void {
    const { state, sightings, resend } = this.parts;
    sightings.resume(newest);
    if (!state.runsLane) return;
    const message = { kind: "batch", batch: newest } as const;
    resend.note(message);
    // P-7: the same bytes again.
    state.out.broadcast(message);
  }

  /** S-2 (a): content that was held before the crash, and is in no batch of the own lane yet. */
  private resightContents(): void {
    const { state, sightings } = this.parts;
    const waits = this.waiting.some((it) => it.kind === "batch" && state.isSelf(it.batch.lane));
    if (waits) return;
    const { contents } = this;
    this.contents = [];
    for (const record of contents) {
      if (!state.observing) sightings.again(record);
      state.table.release(record);
    }
  }

  /** E-1: the batches of a joiner's lane wait until the replayed blocks have admitted it. */
  lanesAdmitted(): void {
    if (this.parts.lanes.size > this.lanesApplied) this.apply();
  }

  /** Applies what can be applied by now; called again when a new epoch begins. */
  apply(): void {
    this.lanesApplied = this.parts.lanes.size;
    if (this.waiting.length === 0) return;
    this.isRunning = true;
    this.waiting = this.waiting.filter((record) => !this.applyOne(record));
    this.isRunning = false;
    this.resightContents();
  }

  /** False if the record has to wait. */
  private applyOne(record: LogRecord): boolean {
    const { state, open, instances, delivery } = this.parts;
    const { epoch } = state.committee;
    switch (record.kind) {
      case "content":
        return true;
      case "batch":
        return this.applyBatch(record.batch);
      case "evidence":
        return this.parts.lanes.accuse(record.evidence);
      case "cut":
        if (record.epoch > epoch) return false;
        if (record.epoch === epoch) open.add(record.cut);
        return true;
      case "certificate":
        if (record.certificate.epoch > epoch) return false;
        if (record.certificate.epoch === epoch) {
          instances.at(record.certificate.height).certificates.add(record.certificate);
        }
        return true;
      case "finality":
        if (record.finality.epoch > epoch) return false;
        delivery.restoreFinality(record.finality);
        return true;
      case "sent":
        if (record.message.epoch > epoch) return false;
        if (record.message.epoch === epoch) this.applySent(record.message);
        return true;
      case "acceptedView":
        if (record.newView.epoch > epoch) return false;
        if (record.newView.epoch === epoch) this.acceptView(record.newView);
        return true;
    }
  }

  private applyBatch(batch: LaneBatch): boolean {
    const { state, lanes } = this.parts;
    const isOwn = state.isSelf(batch.lane);
    if (isOwn && (this.ownBatch === undefined || batch.seq > this.ownBatch.seq)) this.ownBatch = batch;
    const added = lanes.add(batch, batch.epoch, state.now, true);
    return !(added.kind === "invalid" && added.why === "UNKNOWN_LANE");
  }

  private acceptView(newView: MessageOf<"newView">): void {
    const { state, views, proposer } = this.parts;
    if (newView.view < state.view || (newView.view === state.view && state.viewActive)) return;
    for (const change of newView.viewChanges) {
      for (const { cut, certificate } of change.prepared) this.parts.open.add(cut, certificate.digest);
    }
    views.accept(newView);
    proposer.enterView();
  }

  private applySent(message: SignedOnce): void {
    const { state, instances, views, proposer, open, resend } = this.parts;
    switch (message.kind) {
      case "preprepare":
        open.add(message.cut);
        if (message.view === state.view) proposer.restore(message);
        break;
      case "prepare":
        instances.at(message.height).preparedIn = message.view;
        break;
      case "commit":
        instances.at(message.height).committedIn = message.view;
        break;
      case "final":
        instances.at(message.height).finalSent = message;
        break;
      case "viewChange":
        views.ownViewChange = message;
        if (message.view > state.view) {
          state.view = message.view;
          state.viewActive = false;
        }
        break;
      case "newView":
        views.ownNewView = message;
        break;
    }
    resend.note(message);
  }
}
