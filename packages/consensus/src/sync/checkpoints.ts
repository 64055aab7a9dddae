import { bytesToKey, compareBytes, type Digest } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import { type FinalityCertificate, type LaneEnd, PAST_LANES_MAX, type SetChange } from "../messages.ts";
import type { OrderBook } from "../order/order-book.ts";
import type { ChainMemory, Checkpoint, OrderMemory } from "../recovery.ts";
import type { Delivered, Shared } from "../replica-state.ts";
import { type FinalSnapshot, type Snapshot, SnapshotMaker } from "./snapshot.ts";

/** The order after a height whose state is not known yet. */
interface Draft {
  readonly order: OrderMemory;
  readonly past: readonly LaneEnd[];
}

/** Snapshots that are kept for those that are behind: the newest, */
const NEWEST_SERVED = 2;
/** and as many again that somebody was fetching so long ago at most. */
const FETCHED_SERVED = 2;
const FETCHED_WITHIN = 5_000_000_000n;

/**
 * Y-1: at every height divisible by `snapshotEvery`, what later heights follow from. It is drawn up when the
 * height is delivered, for the order moves on; FINAL signs its digest once the state is known; and when the
 * height is final, a replica can start from it: this one after a crash, or another one that is behind.
 */
export class Checkpoints {
  private readonly shared: Shared;
  private readonly maker: SnapshotMaker;
  private readonly drafts = new Map<number, Draft>();
  private readonly made = new Map<number, Snapshot>();
  /** Ascending. */
  private served: readonly FinalSnapshot[] = [];
  private readonly fetchedAt = new WeakMap<FinalSnapshot, bigint>();

  constructor(shared: Shared) {
    this.shared = shared;
    this.maker = new SnapshotMaker(shared.state.chain);
  }

  delivered(delivered: Delivered, order: OrderBook): void {
    const { state, lanes } = this.shared;
    const { height, digest, blockHash } = delivered;
    if (height % state.params.snapshotEvery !== 0) return;
    const isDead = (key: ValidatorKey): boolean => lanes.get(key)?.dead === true;
    const memory = order.toMemory({ epoch: state.committee.epoch, digest, blockHash, isDead });
    const running = new Set(memory.lanes.map(({ key }) => bytesToKey(key)));
    this.drafts.set(height, { order: memory, past: this.past(running) });
  }

  /**
   * Where lanes stand that are in no cut any more; what stands at its beginning is what a start takes it for,
   * known or not. Of too many those that left first are forgotten, here as in whatever begins behind this.
   */
  private past(running: ReadonlySet<string>): readonly LaneEnd[] {
    const { lanes } = this.shared;
    const ends = [...lanes.all]
      .filter((lane) => (lane.settled.seq > 0 || lane.dead) && !running.has(bytesToKey(lane.key)))
      .map(({ key, settled: { seq, digest, head }, dead }) => ({ key, tip: { seq, digest }, head, dead }))
      .sort((a, b) => (a.head === b.head ? compareBytes(a.key, b.key) : a.head < b.head ? 1 : -1));
    for (const { key } of ends.slice(PAST_LANES_MAX)) lanes.forget(key);
    return ends.slice(0, PAST_LANES_MAX).sort((a, b) => compareBytes(a.key, b.key));
  }

  /** The state after the height says when its epoch ends, and whose lanes run beside the set's. */
  executed(height: number): void {
    const draft = this.drafts.get(height);
    if (draft === undefined) return;
    this.drafts.delete(height);
    const { state } = this.shared;
    const { epochEnd, committee } = state;
    const joiners = state.joinersBehind(height);
    this.made.set(height, this.maker.make({ ...draft, validators: committee.keys, epochEnd, joiners }));
  }

  digestAt(height: number): Digest | undefined {
    return this.made.get(height)?.digest;
  }

  /** The height is final by its own certificate: what a replica can start from, if it is such a height. */
  final(height: number, finality: FinalityCertificate): readonly FinalSnapshot[] {
    const snapshot = this.made.get(height);
    this.made.delete(height);
    // A later certificate doesn't say what this height's does; the next snapshot will do.
    return snapshot === undefined || finality.height !== height
      ? []
      : [this.serve({ ...snapshot, finality })];
  }

  private serve(snapshot: FinalSnapshot): FinalSnapshot {
    const { now } = this.shared.state;
    const newest = this.served.slice(1 - NEWEST_SERVED);
    const older = this.served.slice(0, 1 - NEWEST_SERVED);
    // The pieces of all of them are mostly the same ones.
    const fetched = older.filter((it) => now < (this.fetchedAt.get(it) ?? 0n) + FETCHED_WITHIN);
    this.served = [...fetched.slice(-FETCHED_SERVED), ...newest, snapshot];
    return snapshot;
  }

  /** A start went from this one, so others may. */
  begunFrom(finality: FinalityCertificate, memory: ChainMemory): void {
    this.serve({ ...this.maker.make(memory), finality });
  }

  /** P-7, S-3: with whatever in the log still matters behind the height. */
  record(finality: FinalityCertificate, memory: ChainMemory, ends: readonly SetChange[]): Checkpoint {
    const { state } = this.shared;
    const { height } = memory.order;
    const kept = state.out.journal.cutAt(memory, {
      isSelf: (key) => state.isSelf(key),
      needsContent: (txid) => {
        const record = state.table.find(txid);
        return record?.facts !== undefined && (record.orderedAt ?? height + 1) > height;
      },
    });
    return { finality, memory, ends, kept };
  }

  get newest(): FinalSnapshot | undefined {
    return this.served[this.served.length - 1];
  }

  /** For somebody who fetches it. */
  fetch(height: number): FinalSnapshot | undefined {
    const snapshot = this.served.find((it) => it.manifest.height === height);
    if (snapshot !== undefined) this.fetchedAt.set(snapshot, this.shared.state.now);
    return snapshot;
  }
}
