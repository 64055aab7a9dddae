import { bytesToKey, type Digest, equalBytes, type Nanos, Seq, ZERO_DIGEST } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { BatchName, LaneBatch, Tip } from "../messages.ts";
import type { HeldBatch } from "./held-batch.ts";

/** Batches that wait for one before them, for each lane; the farthest from the settled tip go first. */
export const UNLINKED_MAX = 1_024;

/** A place in a lane: where a cut's tip stands, or where a lane has got to. */
export interface LanePlace {
  readonly seq: Seq;
  readonly digest: Digest;
  readonly key: string;
  readonly head: Nanos;
}

export function placeOf(held: HeldBatch): LanePlace {
  return { seq: held.batch.seq, digest: held.digest, key: held.key, head: held.batch.head };
}

/** What has come of a batch that was offered to a lane. */
export type Added =
  | { readonly kind: "held"; readonly held: HeldBatch }
  | { readonly kind: "known" }
  /** S-3: it waits for the batch before it. */
  | { readonly kind: "unlinked"; readonly lane: Lane }
  | { readonly kind: "invalid"; readonly why: string };

/**
 * One validator's lane as this replica holds it: a tree of batches, since a faulty owner may sign two of one
 * number; everything hangs on the settled place, which the delivered cuts have fixed.
 */
export class Lane {
  readonly key: ValidatorKey;
  /** Where the delivered cuts have got to. */
  settled: LanePlace;
  /** S-5: the owner was proven to have signed two of one number, or one that breaks S-1. */
  forked = false;
  /** E-1: nothing of it counts from this epoch on. */
  dead = false;
  private readonly byKey = new Map<string, HeldBatch>();
  /** The first batch that was held of each number: a second one with another digest is evidence (S-5). */
  private readonly bySeq = new Map<number, HeldBatch>();
  /** S-3: batches that wait, by the one before them and by themselves. */
  private readonly unlinked = new Map<string, { readonly batch: LaneBatch; readonly key: string }>();
  private readonly unlinkedByKey = new Map<string, LaneBatch>();
  /** The branch of the newest batch, from behind the settled place on: almost always all there is. */
  private line: HeldBatch[] = [];

  constructor(key: ValidatorKey, settled: LanePlace) {
    this.key = key;
    this.settled = settled;
  }

  static beginning(time: Nanos): LanePlace {
    return { seq: Seq.of(0), digest: ZERO_DIGEST, key: bytesToKey(ZERO_DIGEST), head: time };
  }

  /** The farthest batch held, first come where there are two; the settled place if none is beyond it. */
  get newest(): LanePlace {
    const last = this.line[this.line.length - 1];
    return last === undefined ? this.settled : placeOf(last);
  }

  find(key: string): HeldBatch | undefined {
    return this.byKey.get(key);
  }

  firstOf(seq: number): HeldBatch | undefined {
    return this.bySeq.get(seq);
  }

  /** The place that a batch would follow, if it is held. */
  placeAt(key: string): LanePlace | undefined {
    if (key === this.settled.key) return this.settled;
    const held = this.byKey.get(key);
    return held === undefined ? undefined : placeOf(held);
  }

  hold(held: HeldBatch): void {
    this.byKey.set(held.key, held);
    if (!this.bySeq.has(held.batch.seq)) this.bySeq.set(held.batch.seq, held);
    const last = this.line[this.line.length - 1];
    if (held.prevKey === (last?.key ?? this.settled.key)) this.line.push(held);
    else if (held.batch.seq > this.newest.seq) this.line = this.lineTo(held);
  }

  /** Gives what waits behind the same batch already: the first one stays. */
  wait(batch: LaneBatch, key: string): LaneBatch | undefined {
    const prevKey = bytesToKey(batch.prev);
    const known = this.unlinked.get(prevKey)?.batch;
    if (known !== undefined) return known;
    if (this.unlinked.size >= UNLINKED_MAX) this.dropFarthest();
    this.unlinked.set(prevKey, { batch, key });
    this.unlinkedByKey.set(key, batch);
    return undefined;
  }

  /** The batch that the lowest of those that wait hangs on. */
  lowestGap(): BatchName | undefined {
    let lowest: LaneBatch | undefined;
    for (const { batch } of this.unlinked.values()) {
      if (lowest === undefined || batch.seq < lowest.seq) lowest = batch;
    }
    if (lowest === undefined) return undefined;
    return { lane: this.key, seq: Seq.of(lowest.seq - 1), digest: lowest.prev };
  }

  private dropFarthest(): void {
    let farthest: string | undefined;
    let most = -1;
    for (const [prevKey, { batch }] of this.unlinked) {
      if (batch.seq > most) [farthest, most] = [prevKey, batch.seq];
    }
    if (farthest !== undefined) this.takeFollower(farthest);
  }

  /** The batch that waited for this one. */
  takeFollower(prevKey: string): LaneBatch | undefined {
    const follower = this.unlinked.get(prevKey);
    if (follower === undefined) return undefined;
    this.unlinked.delete(prevKey);
    this.unlinkedByKey.delete(follower.key);
    return follower.batch;
  }

  /** The batches after `from` up to and with `to`, ascending; none where they are not one held chain. */
  path(from: Tip, to: Tip): readonly HeldBatch[] | undefined {
    return this.onLine(from, to) ?? this.walk(from, to);
  }

  /** The same where both stand on the line. */
  private onLine(from: Tip, to: Tip): readonly HeldBatch[] | undefined {
    const start = from.seq - this.settled.seq;
    const end = to.seq - this.settled.seq;
    if (start < 0 || end < start) return undefined;
    if (!this.isOnLine(start, from) || !this.isOnLine(end, to)) return undefined;
    return this.line.slice(start, end);
  }

  private isOnLine(place: number, tip: Tip): boolean {
    const digest = place === 0 ? this.settled.digest : this.line[place - 1]?.digest;
    return digest !== undefined && equalBytes(digest, tip.digest);
  }

  private walk(from: Tip, to: Tip): readonly HeldBatch[] | undefined {
    const path: HeldBatch[] = [];
    const fromKey = bytesToKey(from.digest);
    let key = bytesToKey(to.digest);
    while (key !== fromKey) {
      const held = this.byKey.get(key);
      if (held === undefined || held.batch.seq <= from.seq) return undefined;
      path.push(held);
      key = held.prevKey;
    }
    const whole = path.length === 0 ? to.seq === from.seq : path[0]?.batch.seq === to.seq;
    return whole ? path.reverse() : undefined;
  }

  private lineTo(held: HeldBatch): HeldBatch[] {
    return [...(this.walk(this.settled, placeOf(held)) ?? [])];
  }

  /** The first batch missing on the way back from `to`, so that it can be asked for. */
  firstMissing(to: Tip): BatchName | undefined {
    let { seq, digest } = to;
    while (seq > this.settled.seq) {
      const key = bytesToKey(digest);
      const batch = this.byKey.get(key)?.batch ?? this.unlinkedByKey.get(key);
      if (batch === undefined) return { lane: this.key, seq, digest };
      digest = batch.prev;
      seq = Seq.of(batch.seq - 1);
    }
    return undefined;
  }

  /** A cut was delivered: what it covers goes to the archive, what contradicts it goes away. */
  settle(tip: Tip): readonly HeldBatch[] {
    const passed = this.path(this.settled, tip);
    if (passed === undefined) return [];
    const last = passed[passed.length - 1];
    if (last !== undefined) this.settled = placeOf(last);
    // Without a fork the held batches are one chain, and no walk is needed to tell them apart.
    const stays = this.forked
      ? (held: HeldBatch) => this.followsSettled(held)
      : (held: HeldBatch) => held.batch.seq > tip.seq;
    const dropped = [...this.byKey.values()].filter((held) => !stays(held));
    for (const held of dropped) {
      this.byKey.delete(held.key);
      if (this.bySeq.get(held.batch.seq) === held) this.bySeq.delete(held.batch.seq);
    }
    for (const [prevKey, { batch }] of this.unlinked) {
      // The next one hangs on the tip, or on another branch for good.
      if (batch.seq <= tip.seq + 1) this.takeFollower(prevKey);
    }
    const isPrefix = passed.every((held, i) => this.line[i] === held);
    const farthest = isPrefix ? undefined : this.farthest();
    this.line = isPrefix
      ? this.line.slice(passed.length)
      : farthest === undefined
        ? []
        : this.lineTo(farthest);
    return dropped;
  }

  private farthest(): HeldBatch | undefined {
    let farthest: HeldBatch | undefined;
    for (const held of this.byKey.values()) {
      if (farthest === undefined || held.batch.seq > farthest.batch.seq) farthest = held;
    }
    return farthest;
  }

  private followsSettled(held: HeldBatch): boolean {
    let at: HeldBatch | undefined = held;
    while (at !== undefined && at.batch.seq > this.settled.seq) {
      if (at.prevKey === this.settled.key) return true;
      at = this.byKey.get(at.prevKey);
    }
    return false;
  }

  /** Batches held beyond a place, along the branch of the newest. */
  beyond(from: Tip): readonly HeldBatch[] {
    return this.path(from, this.newest) ?? [];
  }
}
