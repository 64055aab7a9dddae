import { compareBytes, type Epoch, Nanos } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { Admission, TransactionFacts } from "../input.ts";
import type { LaneBatch } from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import type { TransactionRecord } from "../transactions.ts";
import type { HeldBatch } from "./held-batch.ts";
import type { Lane } from "./lane.ts";
import { OwnLane } from "./own-lane.ts";

/** S-2 (b): the last final state's judgement; before there is one, everybody is accepted. */
const EVERYBODY: Admission = { accepts: () => true };

/** What became of content whose verification came out good. */
interface Waiting {
  readonly record: TransactionRecord;
  /** Why it isn't sighted: its sender isn't accepted, or the lane has no room for what nobody shares. */
  readonly why: "sender" | "room";
}

/** The lanes that name a transaction. */
interface Carriers {
  readonly lanes: Set<Lane>;
  /** How many of them count (O-1): a joiner's doesn't yet, and a dead one no more (E-1). */
  counting: number;
  /** S-6: the lowest stamp that one of those gave it. */
  lowest: bigint;
}

function compareTxids(a: TransactionRecord, b: TransactionRecord): number {
  return compareBytes(a.txid, b.txid);
}

/** Later than every stamp. */
const NO_STAMP = 0xffff_ffff_ffff_ffffn;

/**
 * The own lane's part: what is sighted (S-2), when a batch goes out (S-4), and how much may be live (S-6).
 */
export class Sightings {
  private readonly shared: Shared;
  private readonly own: OwnLane;
  private admission: Admission = EVERYBODY;
  /** In the own lane already, or about to be: a transaction enters it once. */
  private readonly sighted = new Set<TransactionRecord>();
  /** S-6: the own sightings beyond what the delivered cuts cover, with their stamps; */
  private readonly uncovered = new Map<TransactionRecord, bigint>();
  /** and how many live ones these cover, as the order counts them: also what has expired, until it is ignored. */
  coveredLive = 0;
  private readonly waiting = new Map<TransactionRecord, Waiting>();
  /** Which lanes name a transaction that is not yet ordered; the own one too. */
  private readonly carriers = new Map<TransactionRecord, Carriers>();
  /** Those of them that f+1 lanes carry: they become due. */
  private readonly common = new Set<TransactionRecord>();
  private heartbeats = 0;
  private gap: Nanos;
  private stoppedAhead = false;
  /** Nothing could be promised at the last try: no wake before this for another one. */
  private retryAt = 0n;

  constructor(shared: Shared) {
    const { state } = shared;
    this.shared = shared;
    const { chain, params, signer, config } = state;
    this.own = new OwnLane(chain, params, signer, config.genesis.time);
    this.gap = params.batchInterval;
  }

  resume(newest: LaneBatch): void {
    this.own.resume(newest);
  }

  setAdmission(admission: Admission): void {
    this.admission = admission;
  }

  arrived(ref: number): void {
    this.own.arrived(ref, this.shared.state.now);
  }

  refused(ref: number): void {
    this.own.judged(ref);
  }

  /** Verification came out good: the content is held from now on, and sighted if S-2 says so. */
  checked(ref: number, facts: TransactionFacts): void {
    const { state } = this.shared;
    const stamp = this.own.judged(ref);
    // S-1: it took too long, and counts as never held.
    if (stamp === undefined) return;
    const record = state.table.use(facts.txid);
    if (record.facts === undefined && record.orderedAt === undefined) {
      state.table.hold(record, facts, stamp);
      state.out.persist({ kind: "content", transaction: facts, arrived: stamp });
      this.consider(record, stamp);
    }
    state.table.release(record);
  }

  /** Content that a restart found in the log: it was held, and its first stamp may never have been told. */
  again(record: TransactionRecord): void {
    if (!this.sighted.has(record)) this.consider(record, this.own.stamp(this.shared.state.now));
  }

  /** S-2 (a), (b), S-6. */
  private consider(record: TransactionRecord, stamp: Nanos): void {
    const { facts } = record;
    if (facts === undefined || this.sighted.has(record) || record.orderedAt !== undefined) return;
    if (!this.shared.state.runsLane) return;
    const { params } = this.shared.state;
    // O-2: what no cut can take any more may have stood in this lane before, in what a checkpoint left out.
    if (stamp >= facts.validUntil || facts.validUntil > stamp + params.ttl || this.isOver(record)) {
      this.decline(record, "WINDOW");
      return;
    }
    const shared = this.carriersOf(record) > this.shared.state.committee.f;
    if (!shared && !this.admission.accepts(facts.sender)) this.wait(record, "sender");
    else if (this.roomFor(record)) this.sight(record, stamp);
    else this.wait(record, "room");
  }

  /** Those whose lanes name the transaction hold its content. */
  ownersOf(record: TransactionRecord): readonly ValidatorKey[] {
    return [...(this.carriers.get(record)?.lanes ?? [])].map((lane) => lane.key);
  }

  private carriersOf(record: TransactionRecord): number {
    return this.carriers.get(record)?.counting ?? 0;
  }

  /** S-6: beyond half of its room the lane takes only what another lane carries too. */
  private roomFor(record: TransactionRecord): boolean {
    const { liveMax } = this.shared.state.params;
    const live = this.coveredLive + this.uncovered.size;
    if (live < this.shared.state.rules.lanes.roomForUnshared(liveMax)) return true;
    return live < liveMax && this.carriersOf(record) > 0;
  }

  private wait(record: TransactionRecord, why: Waiting["why"]): void {
    const { state } = this.shared;
    if (this.waiting.has(record)) return;
    // What a lane carries is bounded by that lane's own room, and who turns it away never hears of it again.
    const lanes = this.carriersOf(record) > 0 ? state.committee.n : 1;
    if (this.waiting.size >= lanes * state.params.liveMax) {
      this.decline(record, "BUSY");
      return;
    }
    this.waiting.set(record, { record, why });
    record.uses++;
    this.decline(record, why === "sender" ? "SENDER" : "ROOM");
  }

  private decline(record: TransactionRecord, why: string): void {
    this.shared.state.out.observe({ kind: "declined", txid: record.txid, why });
  }

  private sight(record: TransactionRecord, stamp: Nanos): void {
    this.sighted.add(record);
    record.uses++;
    this.noteUncovered(record, stamp);
    this.own.sight(record, stamp);
    this.quicken();
    this.shared.state.out.observe({ kind: "sighted", txid: record.txid, stamp });
  }

  /** A batch of any lane is held: who carries what. Gives what f+1 lanes carry since now. */
  held(lane: Lane, held: Pick<HeldBatch, "records" | "stamps">): readonly TransactionRecord[] {
    const { f } = this.shared.state.committee;
    const counts = this.counts(lane);
    const shared: TransactionRecord[] = [];
    const isOwn = this.shared.state.isSelf(lane.key);
    held.records.forEach((record, i) => {
      if (isOwn) this.noteUncovered(record, held.stamps[i] ?? NO_STAMP);
      if (this.isOver(record)) return;
      if (isOwn) this.markSighted(record);
      const carriers = this.carriers.get(record) ?? { lanes: new Set<Lane>(), counting: 0, lowest: NO_STAMP };
      this.carriers.set(record, carriers);
      if (carriers.lanes.has(lane)) return;
      carriers.lanes.add(lane);
      if (!counts) return;
      carriers.counting++;
      const stamp = held.stamps[i] ?? NO_STAMP;
      if (stamp < carriers.lowest) carriers.lowest = stamp;
      if (carriers.counting === f + 1) shared.push(record);
      const waits = this.waiting.get(record);
      // S-2 (b): what f+1 lanes carry is taken up whatever the own state says; S-6: what another carries has room.
      const isLet = waits !== undefined && (waits.why === "room" || carriers.counting > f);
      if (isLet && this.roomFor(record)) this.takeUp(record);
    });
    for (const record of shared) this.common.add(record);
    if (shared.length > 0) this.quicken();
    return shared;
  }

  /** O-1, E-1: whether a lane's word counts: no joiner, and nobody proven faulty, may make up the f + 1. */
  private counts(lane: Lane): boolean {
    return !lane.dead && this.shared.state.committee.indexOf(lane.key) !== undefined;
  }

  /** E-1: another set, so other lanes count, and f may be another. */
  epochStarted(): void {
    const { f } = this.shared.state.committee;
    this.common.clear();
    for (const [record, carriers] of this.carriers) {
      carriers.counting = [...carriers.lanes].filter((lane) => this.counts(lane)).length;
      if (carriers.counting > f) this.common.add(record);
    }
    this.retake();
  }

  /** S-4: something new waits, so heartbeats are quick again. */
  private quicken(): void {
    this.heartbeats = 0;
    this.gap = this.shared.state.params.batchInterval;
  }

  /** Ordered, or past its window by the delivered horizon: no cut can take it any more (O-2). */
  private isOver(record: TransactionRecord): boolean {
    const { horizon } = this.shared.state.delivered;
    return (
      record.orderedAt !== undefined || (record.facts !== undefined && horizon >= record.facts.validUntil)
    );
  }

  /** After a restart the own batches come back from the log: what they name is not sighted again. */
  private markSighted(record: TransactionRecord): void {
    if (this.sighted.has(record)) return;
    this.sighted.add(record);
    record.uses++;
  }

  private noteUncovered(record: TransactionRecord, stamp: bigint): void {
    if (this.uncovered.has(record) || this.isSettled(record, stamp)) return;
    this.uncovered.set(record, stamp);
    record.uses++;
  }

  /** C-3: ordered, counted among the covered, or ignored by every later cut (O-2). */
  private isSettled(record: TransactionRecord, stamp: bigint): boolean {
    const { state, lanes } = this.shared;
    const covered = lanes.get(this.own.key)?.settled.head ?? 0n;
    const isIgnored = stamp + state.params.ttl <= state.delivered.horizon;
    return record.orderedAt !== undefined || stamp <= covered || isIgnored;
  }

  private takeUp(record: TransactionRecord): void {
    this.waiting.delete(record);
    this.consider(record, this.own.stamp(this.shared.state.now));
    this.shared.state.table.release(record);
  }

  /** A height was delivered or a state became final: room and senders may have changed. */
  settled(): void {
    const { table } = this.shared.state;
    for (const [record, stamp] of this.uncovered) {
      if (!this.isSettled(record, stamp)) continue;
      this.uncovered.delete(record);
      table.release(record);
    }
    for (const record of this.sighted) {
      if (!this.isOver(record)) continue;
      this.sighted.delete(record);
      table.release(record);
    }
    for (const record of this.carriers.keys()) {
      if (!this.isOver(record) && record.uses > 0) continue;
      this.carriers.delete(record);
      this.common.delete(record);
    }
    this.retake();
  }

  /** S-6: what waits and may be sighted now, the lowest known stamp first, as far as there is room. */
  private retake(): void {
    const { state } = this.shared;
    const { table } = state;
    const ready: { readonly record: TransactionRecord; readonly stamp: bigint }[] = [];
    for (const { record, why } of this.waiting.values()) {
      const { facts } = record;
      if (facts === undefined || this.isOver(record) || state.now >= facts.validUntil) {
        this.waiting.delete(record);
        table.release(record);
      } else if (this.roomFor(record) && (why === "room" || this.isAccepted(record, facts))) {
        ready.push({ record, stamp: this.lowestStamp(record) });
      }
    }
    ready.sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : compareTxids(a.record, b.record)));
    for (const { record } of ready) if (this.roomFor(record)) this.takeUp(record);
  }

  private isAccepted(record: TransactionRecord, facts: TransactionFacts): boolean {
    return this.carriersOf(record) > this.shared.state.committee.f || this.admission.accepts(facts.sender);
  }

  /** The lowest stamp that some lane gave it; of what no lane carries, when it came here. */
  private lowestStamp(record: TransactionRecord): bigint {
    const arrived = record.arrived ?? NO_STAMP;
    const lowest = this.carriers.get(record)?.lowest ?? NO_STAMP;
    return lowest < arrived ? lowest : arrived;
  }

  /** S-4: something sighted here, or by f+1 lanes, is not yet ordered. */
  get somethingOpen(): boolean {
    return this.sighted.size > 0 || this.common.size > 0;
  }

  /** S-4: the batch that goes out now, if one does. */
  batchDue(epoch: Epoch, isWaiting: boolean): LaneBatch | undefined {
    const { state, clocks } = this.shared;
    this.dropOverdue();
    if (!this.isTime(isWaiting)) return undefined;
    this.retryAt = state.now + state.params.batchInterval;
    const measured = clocks.ahead(state.committee.f, state.now);
    const ahead = state.rules.lanes.clockAhead(measured, state.now - this.foreignHead());
    if (ahead !== undefined) {
      // S-7: a lane that promised the future would hold everybody's transactions back.
      if (!this.stoppedAhead) state.out.observe({ kind: "clockAhead", by: ahead });
      this.stoppedAhead = true;
      return undefined;
    }
    this.stoppedAhead = false;
    const sealed = this.own.seal(epoch, state.now, this.foreignHead());
    if (sealed === undefined) return undefined;
    this.retryAt = 0n;
    if (sealed.sighted.length > 0) this.heartbeats = 0;
    else this.slowDown();
    return sealed.batch;
  }

  /** Y-1: this life of the replica ends; what wasn't judged by now counts as never held. */
  abandon(): void {
    const refs = this.own.abandon();
    if (refs.length > 0) this.shared.state.out.push({ kind: "dropped", refs });
  }

  private dropOverdue(): void {
    const { now, out } = this.shared.state;
    const refs = this.own.dropOverdue(now);
    if (refs.length > 0) out.push({ kind: "dropped", refs });
  }

  private slowDown(): void {
    const { params } = this.shared.state;
    this.heartbeats++;
    if (this.heartbeats < params.heartbeatsBeforeSlower) return;
    const doubled = this.gap * 2n;
    this.gap = Nanos.of(doubled < params.heartbeatGapMax ? doubled : params.heartbeatGapMax);
  }

  private isTime(isWaiting: boolean): boolean {
    const { now, params } = this.shared.state;
    const last = this.own.lastSentAt;
    if (last === undefined) return this.own.hasSightings || isWaiting || this.somethingOpen;
    if (this.own.isFull) return true;
    if (this.own.hasSightings) return now >= last + params.batchInterval;
    return this.wantsHeartbeat(isWaiting) && now >= last + this.gap;
  }

  /** S-4: a lane that no cut has taken for long says nothing empty: what is past C-3 would be fetched for nothing. */
  private wantsHeartbeat(isWaiting: boolean): boolean {
    if (!isWaiting && !this.somethingOpen) return false;
    const { state, lanes } = this.shared;
    const own = lanes.get(this.own.key);
    return own === undefined || own.newest.seq - own.settled.seq < state.params.laneAheadBatches / 2;
  }

  /** When the next batch could go out. */
  nextBatch(isWaiting: boolean): Nanos | undefined {
    const { now, params } = this.shared.state;
    const last = this.own.lastSentAt ?? now;
    const times: bigint[] = [];
    const overdue = this.own.nextOverdue;
    if (overdue !== undefined) times.push(overdue);
    const later = (at: bigint) => (at > this.retryAt ? at : this.retryAt);
    if (this.own.hasSightings) times.push(later(last + params.batchInterval));
    else if (this.wantsHeartbeat(isWaiting)) times.push(later(last + this.gap));
    if (times.length === 0) return undefined;
    return Nanos.of(times.reduce((a, b) => (a < b ? a : b)));
  }

  /** S-7: a new head is at least the (f+1)-th highest foreign head held: a slow clock follows the others. */
  private foreignHead(): Nanos {
    const { state, lanes } = this.shared;
    const heads: Nanos[] = [];
    for (const key of state.committee.keys) {
      const lane = lanes.get(key);
      if (lane !== undefined && !state.isSelf(key)) heads.push(lane.newest.head);
    }
    heads.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
    return heads[state.committee.f] ?? Nanos.of(0n);
  }

  /** What f+1 lanes carry, which makes it due as soon as the horizon passes. */
  get dueSoon(): Iterable<TransactionRecord> {
    return this.common;
  }
}
