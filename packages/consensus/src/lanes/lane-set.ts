import { bytesToKey, type Digest, type Epoch, encode, equalBytes, type Nanos } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import { type LaneBatch, laneBatch, type MessageOf, type Tip } from "../messages.ts";
import { batchDigest, type Chain } from "../signing.ts";
import type { TransactionTable } from "../transactions.ts";
import type { HeldBatch } from "./held-batch.ts";
import { type Added, Lane, type LanePlace } from "./lane.ts";

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
  private readonly listener: LaneListener;
  private readonly byKey = new Map<string, Lane>();
  /** The same by the key's own object, for the keys of sets: those are asked for all the time. */
  private readonly byObject = new Map<ValidatorKey, Lane>();
  /** Rises with every batch held: what was computed from the lanes is stale when this has changed. */
  version = 0;

  constructor(chain: Chain, table: TransactionTable, listener: LaneListener) {
    this.chain = chain;
    this.table = table;
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
    const lane = new Lane(key, from);
    this.byKey.set(name, lane);
    this.byObject.set(key, lane);
    return lane;
  }

  get(key: ValidatorKey): Lane | undefined {
    return this.byObject.get(key) ?? this.byKey.get(bytesToKey(key));
  }

  get all(): Iterable<Lane> {
    return this.byKey.values();
  }

  /** Takes a batch whose signature is good. */
  add(batch: LaneBatch, epochNow: Epoch, now: Nanos): Added {
    const lane = this.get(batch.lane);
    if (lane === undefined) return { kind: "invalid", why: "UNKNOWN_LANE" };
    if (batch.epoch > epochNow + 1) return { kind: "invalid", why: "LATER_EPOCH" };
    const digest = batchDigest(this.chain, batch);
    const key = bytesToKey(digest);
    if (lane.find(key) !== undefined) return { kind: "known" };
    if (batch.seq <= lane.settled.seq) return { kind: "known" };
    if (!keepsPromises(batch)) {
      this.fork(lane, { first: batch, second: undefined });
      return { kind: "invalid", why: "BREAKS_ITS_PROMISE" };
    }
    const other = lane.firstOf(batch.seq);
    if (other !== undefined) this.fork(lane, { first: other.batch, second: batch });
    const added = this.link(lane, batch, digest, now);
    if (added.kind === "held") this.linkFollowers(lane, added.held, now);
    return added;
  }

  /** S-3: what has waited for this batch, and for the one after it, and so on. */
  private linkFollowers(lane: Lane, held: HeldBatch, now: Nanos): void {
    let { key } = held;
    for (let next = lane.takeFollower(key); next !== undefined; next = lane.takeFollower(key)) {
      const digest = batchDigest(this.chain, next);
      if (this.link(lane, next, digest, now).kind !== "held") return;
      key = bytesToKey(digest);
    }
  }

  /** S-5: two batches of one number prove what they prove, whatever is held or settled here. */
  accuse(evidence: Evidence): void {
    const { first, second } = evidence;
    const lane = this.get(first.lane);
    if (lane === undefined) return;
    const isProof =
      second === undefined
        ? !keepsPromises(first)
        : this.get(second.lane) === lane &&
          second.seq === first.seq &&
          !equalBytes(batchDigest(this.chain, first), batchDigest(this.chain, second));
    if (isProof) this.fork(lane, evidence);
  }

  private fork(lane: Lane, evidence: Evidence): void {
    if (lane.forked) return;
    lane.forked = true;
    this.listener.forked(lane, evidence);
  }

  private link(lane: Lane, batch: LaneBatch, digest: Digest, now: Nanos): Added {
    const prev = lane.placeAt(bytesToKey(batch.prev));
    if (prev === undefined) {
      if (batch.seq <= lane.settled.seq + 1) return { kind: "invalid", why: "OTHER_BRANCH" };
      const other = lane.wait(batch, bytesToKey(digest));
      if (other !== undefined) this.accuse({ first: other, second: batch });
      return { kind: "unlinked", lane };
    }
    const first = batch.sightings[0];
    const follows =
      batch.seq === prev.seq + 1 &&
      batch.head > prev.head &&
      (first === undefined || first.stamp > prev.head);
    if (!follows) return { kind: "invalid", why: "DOES_NOT_FOLLOW" };
    return { kind: "held", held: this.hold(lane, batch, digest, now) };
  }

  private hold(lane: Lane, batch: LaneBatch, digest: Digest, now: Nanos): HeldBatch {
    const stamps = new BigUint64Array(batch.sightings.length);
    const records = batch.sightings.map(({ txid, stamp }, i) => {
      stamps[i] = stamp;
      return this.table.use(txid);
    });
    const held: HeldBatch = {
      batch,
      digest,
      key: bytesToKey(digest),
      prevKey: bytesToKey(batch.prev),
      records,
      stamps,
      bytes: encode(laneBatch, batch).length,
      heldAt: now,
    };
    lane.hold(held);
    this.version++;
    this.listener.held(lane, held);
    return held;
  }

  /** A delivered cut covers the lane up to this tip; the records of what it passed are one use less. */
  settle(key: ValidatorKey, tip: Tip): void {
    for (const held of this.get(key)?.settle(tip) ?? []) {
      for (const record of held.records) this.table.release(record);
    }
  }
}
