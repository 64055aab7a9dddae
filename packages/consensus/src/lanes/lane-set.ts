import { bytesToKey, type Epoch, equalBytes, type Nanos } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { LaneBatch, MessageOf, Tip } from "../messages.ts";
import { batchDigest, type Chain, type NamedBatch, nameOfBatch } from "../signing.ts";
import type { TransactionTable } from "../transactions.ts";
import type { HeldBatch } from "./held-batch.ts";
import { type Added, Lane, type LanePlace, type LaneRoom } from "./lane.ts";

export type Evidence = Omit<MessageOf<"evidence">, "kind">;

export interface LaneListener {
  /** A batch is held, linked to all before it. */
  held(lane: Lane, held: HeldBatch): void;
  /** S-5: the owner of the lane is proven faulty. */
  forked(lane: Lane, evidence: Evidence): void;
}

/** S-1: stamps strictly increase, and none is past the head. What breaks this was signed, so it is evidence. */
export function keepsPromises(batch: LaneBatch): boolean {
  let last = -1n;
  for (const { stamp } of batch.sightings) {
    if (stamp <= last) return false;
    last = stamp;
  }
  return last <= batch.head;
}

/** Every lane that counts or will count, by its owner's key. */
export class LaneSet {
  private readonly chain: Chain;
  private readonly table: TransactionTable;
  private readonly room: LaneRoom;
  private readonly listener: LaneListener;
  private readonly byKey = new Map<string, Lane>();
  /** The same by the key's own object, for the keys of sets: those are asked for all the time. */
  private byObject = new WeakMap<ValidatorKey, Lane>();
  /** Rises with every batch held: what was computed from the lanes is stale when this has changed. */
  version = 0;

  constructor(chain: Chain, table: TransactionTable, room: LaneRoom, listener: LaneListener) {
    this.chain = chain;
    this.table = table;
    this.room = room;
    this.listener = listener;
  }

  /** Makes the lane known from a place on; a lane that is known already stays as it is. */
  admit(key: ValidatorKey, from: LanePlace): Lane {
    const name = bytesToKey(key);
    const known = this.byKey.get(name);
    if (known !== undefined) {
      this.byObject.set(key, known);
      return known;
    }
    const lane = new Lane(key, from, this.room);
    this.byKey.set(name, lane);
    this.byObject.set(key, lane);
    return lane;
  }

  /** Y-1: nothing is known of it any more, as if it had never been. */
  forget(key: ValidatorKey): void {
    this.byKey.delete(bytesToKey(key));
    // Any number of objects may stand for the key; the others are found by their bytes until they come again.
    this.byObject = new WeakMap();
  }

  get(key: ValidatorKey): Lane | undefined {
    return this.byObject.get(key) ?? this.byKey.get(bytesToKey(key));
  }

  get all(): Iterable<Lane> {
    return this.byKey.values();
  }

  get size(): number {
    return this.byKey.size;
  }

  /** Takes a batch whose signature is good. What was signed here, or stands in the own log, always has room. */
  add(batch: LaneBatch, epochNow: Epoch, now: Nanos, isOwn = false): Added {
    const lane = this.get(batch.lane);
    if (lane === undefined) return { kind: "invalid", why: "UNKNOWN_LANE" };
    if (batch.epoch > epochNow + 1) return { kind: "invalid", why: "LATER_EPOCH" };
    const name = nameOfBatch(this.chain, batch);
    if (lane.find(name.key) !== undefined) return { kind: "known" };
    if (!keepsPromises(batch)) {
      this.fork(lane, { first: batch, second: undefined });
      return { kind: "invalid", why: "BREAKS_ITS_PROMISE" };
    }
    // S-5: also where the other one is settled: the fork is noticed, and changes nothing that is delivered.
    const other = lane.firstOf(batch.seq)?.batch ?? lane.contradictedBy(batch, name.key);
    if (other !== undefined) this.fork(lane, { first: other, second: batch });
    if (batch.seq <= lane.settled.seq) return { kind: "known" };
    if (lane.dead) return { kind: "invalid", why: "DEAD_LANE" };
    if (!isOwn && !lane.takes(name)) return { kind: "invalid", why: "NO_ROOM" };
    const added = this.link(lane, batch, name, now);
    if (added.kind === "held") this.linkFollowers(lane, added.held, now, isOwn);
    // V-1: a cut needs it, and the one before it is to be asked for.
    else if (added.kind === "unlinked" && lane.isNeeded(name.key)) this.version++;
    return added;
  }

  /** S-3: what has waited for this batch, and for the one after it, and so on. */
  private linkFollowers(lane: Lane, held: HeldBatch, now: Nanos, isOwn: boolean): void {
    let { key } = held;
    for (let next = lane.takeFollower(key); next !== undefined; next = lane.takeFollower(key)) {
      const name = nameOfBatch(this.chain, next);
      if (!isOwn && !lane.takes(name)) return;
      if (this.link(lane, next, name, now).kind !== "held") return;
      key = name.key;
    }
  }

  /** S-5: two batches of one number prove what they prove, whatever is held here. False: no such lane yet. */
  accuse(evidence: Evidence): boolean {
    const { first, second } = evidence;
    const lane = this.get(first.lane);
    if (lane === undefined) return false;
    const isProof =
      second === undefined
        ? !keepsPromises(first)
        : this.get(second.lane) === lane &&
          second.seq === first.seq &&
          !equalBytes(batchDigest(this.chain, first), batchDigest(this.chain, second));
    if (isProof) this.fork(lane, evidence);
    return true;
  }

  private fork(lane: Lane, evidence: Evidence): void {
    if (lane.forked) return;
    lane.prove();
    this.listener.forked(lane, evidence);
  }

  private link(lane: Lane, batch: LaneBatch, name: NamedBatch, now: Nanos): Added {
    const prev = lane.placeAt(name.prevKey);
    if (prev === undefined) {
      if (batch.seq <= lane.settled.seq + 1) return { kind: "invalid", why: "OTHER_BRANCH" };
      const other = lane.wait(batch, name);
      if (other !== undefined) this.accuse({ first: other, second: batch });
      return { kind: "unlinked", lane };
    }
    const first = batch.sightings[0];
    const follows =
      batch.seq === prev.seq + 1 &&
      batch.head > prev.head &&
      (first === undefined || first.stamp > prev.head);
    if (!follows) return { kind: "invalid", why: "DOES_NOT_FOLLOW" };
    return { kind: "held", held: this.hold(lane, batch, name, now) };
  }

  private hold(lane: Lane, batch: LaneBatch, name: NamedBatch, now: Nanos): HeldBatch {
    const stamps = new BigUint64Array(batch.sightings.length);
    const records = batch.sightings.map(({ txid, stamp }, i) => {
      stamps[i] = stamp;
      return this.table.use(txid);
    });
    const held: HeldBatch = { ...name, batch, records, stamps, heldAt: now };
    lane.hold(held);
    this.version++;
    this.listener.held(lane, held);
    return held;
  }

  /** A delivered cut covers the lane up to this tip; the records of what it passed are one use less. */
  settle(key: ValidatorKey, tip: Tip): void {
    this.release(this.get(key)?.settle(tip) ?? []);
  }

  /** S-5: open cuts were given up; each lane keeps what its room, and the tips of those that are left, allow. */
  trim(tipsOf: (lane: Lane) => readonly Tip[]): void {
    for (const lane of this.byKey.values()) {
      lane.forgetNeeds();
      if (lane.forked) this.release(lane.trim(tipsOf(lane)));
    }
    this.version++;
  }

  private release(dropped: readonly HeldBatch[]): void {
    for (const { records } of dropped) for (const record of records) this.table.release(record);
  }
}
