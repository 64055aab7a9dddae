import type { Delivery } from "./agreement/delivery.ts";
import type { Instances } from "./agreement/instance.ts";
import type { OpenChain } from "./agreement/open-chain.ts";
import type { Proposer } from "./agreement/proposer.ts";
import type { Resend } from "./agreement/resend.ts";
import type { Views } from "./agreement/views.ts";
import type { LaneSet } from "./lanes/lane-set.ts";
import type { Sightings } from "./lanes/sightings.ts";
import type { LaneBatch, MessageOf } from "./messages.ts";
import type { DurableRecord, Recovered, SignedOnce } from "./recovery.ts";
import type { ReplicaState } from "./replica-state.ts";
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
}

/**
 * P-7: a start from the log. What belongs to a later epoch, or to a lane that is not admitted yet, waits until
 * the replayed blocks have got there.
 */
export class Restore {
  private readonly parts: RestoredParts;
  private waiting: readonly DurableRecord[] = [];
  private ownBatch: LaneBatch | undefined;
  /** What comes from the log needn't go there again. */
  isRunning = false;

  constructor(parts: RestoredParts) {
    this.parts = parts;
  }

  start(recovered: Recovered): void {
    const { state, lanes, sightings } = this.parts;
    state.observing = recovered.observeOnly;
    const contents: TransactionRecord[] = [];
    for (const record of recovered.records) {
      if (record.kind !== "content") continue;
      const held = state.table.use(record.transaction.txid);
      if (held.facts === undefined) state.table.hold(held, record.transaction, record.arrived);
      contents.push(held);
    }
    this.waiting = recovered.records.filter((record) => record.kind !== "content");
    this.apply();
    if (this.ownBatch !== undefined) sightings.resume(this.ownBatch);
    // S-2 (a): content that was held before the crash, and is in no batch of the own lane yet.
    for (const record of contents) {
      if (!state.observing) sightings.again(record);
      state.table.release(record);
    }
    lanes.version++;
  }

  /** Applies what can be applied by now; called again when a new epoch begins. */
  apply(): void {
    if (this.waiting.length === 0) return;
    this.isRunning = true;
    this.waiting = this.waiting.filter((record) => !this.applyOne(record));
    this.isRunning = false;
  }

  /** False if the record has to wait. */
  private applyOne(record: DurableRecord): boolean {
    const { state, open, instances, delivery } = this.parts;
    const { epoch } = state.committee;
    switch (record.kind) {
      case "content":
      case "checkpoint":
        return true;
      case "batch":
        return this.applyBatch(record.batch);
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
    const added = lanes.add(batch, batch.epoch, state.now);
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
