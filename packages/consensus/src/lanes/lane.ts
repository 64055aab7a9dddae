import { bytesToKey, type Digest, equalBytes, type Nanos, Seq, ZERO_DIGEST } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { BatchName, LaneBatch, Tip } from "../messages.ts";
import type { Params } from "../params.ts";
import type { NamedBatch } from "../signing.ts";
import type { HeldBatch } from "./held-batch.ts";
import { SettledBatches } from "./settled-batches.ts";

/** Batches that wait for one before them, for each lane; the farthest from the settled tip go first. */
export const UNLINKED_MAX = 1_024;

/** How much of one lane is held, so that its owner can't fill anybody's memory. */
export interface LaneRoom {
  /** Beyond the settled place, on all branches together; as many bytes again may wait for one before them. */
  readonly batches: number;
  readonly bytes: number;
  /** S-5: delivered heights whose settled batches late ones are compared with. */
  readonly heights: number;
}

/**
 * What W open heights can take (C-3), and as much again as one of them. What an open cut hangs on is held beyond
 * that (V-1), and so is what this replica itself signed.
 */
export function laneRoom(params: Params): LaneRoom {
  const { window, laneAheadBatches, laneAheadBytes, keptHeights } = params;
  const heights = window + 1;
  return { batches: heights * laneAheadBatches, bytes: heights * laneAheadBytes, heights: keptHeights };
}

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

interface Unlinked {
  readonly batch: LaneBatch;
  readonly key: string;
  readonly bytes: number;
}

/**
 * One validator's lane as this replica holds it: a tree of batches, since a faulty owner may sign two of one
 * number; everything hangs on the settled place, which the delivered cuts have fixed.
 */
export class Lane {
  readonly key: ValidatorKey;
  /** Where the delivered cuts have got to. */
  settled: LanePlace;
  /** S-5: the owner was proven to have signed two of one number, or one that breaks S-1. */
  private proven = false;
  /** E-1: nothing of it counts from this epoch on. */
  dead = false;
  private readonly byKey = new Map<string, HeldBatch>();
  /** The first batch that was held of each number: a second one with another digest is evidence (S-5). */
  private readonly bySeq = new Map<number, HeldBatch>();
  /** S-3: batches that wait, by the one before them and by themselves. */
  private readonly unlinked = new Map<string, Unlinked>();
  private readonly unlinkedByKey = new Map<string, LaneBatch>();
  /** V-1: what open cuts hang on, held or not, with its number: at most what their tips advance by (C-3). */
  private readonly needed = new Map<string, number>();
  private readonly room: LaneRoom;
  private heldBytes = 0;
  private waitingBytes = 0;
  private readonly past: SettledBatches;
  /** The branch of the newest batch, from behind the settled place on: almost always all there is. */
  private line: HeldBatch[] = [];

  constructor(key: ValidatorKey, settled: LanePlace, room: LaneRoom) {
    this.key = key;
    this.settled = settled;
    this.room = room;
    this.past = new SettledBatches(room.heights);
  }

  /** S-5: proven here, or by the chain. */
  get forked(): boolean {
    return this.proven || this.dead;
  }

  prove(): void {
    this.proven = true;
  }

  static beginning(time: Nanos): LanePlace {
    return { seq: Seq.of(0), digest: ZERO_DIGEST, key: bytesToKey(ZERO_DIGEST), head: time };
  }

  /** The farthest batch held, first come where there are two; the settled place if none is beyond it. */
  get newest(): LanePlace {
    const last = this.line[this.line.length - 1];
    return last === undefined ? this.settled : placeOf(last);
  }

  get newestSeq(): Seq {
    return this.line[this.line.length - 1]?.batch.seq ?? this.settled.seq;
  }

  find(key: string): HeldBatch | undefined {
    return this.byKey.get(key);
  }

  firstOf(seq: number): HeldBatch | undefined {
    return this.bySeq.get(seq);
  }

  /** S-5: the batch of the same number that delivered cuts have settled, if it is another one. */
  contradictedBy(batch: LaneBatch, key: string): LaneBatch | undefined {
    return this.past.contradictedBy(batch, key);
  }

  /** V-1: whether an open cut hangs on this batch. */
  isNeeded(key: string): boolean {
    return this.needed.has(key);
  }

  /** Whether a batch may be held. */
  takes({ key, bytes }: Pick<NamedBatch, "key" | "bytes">): boolean {
    if (this.needed.has(key)) return true;
    return this.byKey.size < this.room.batches && this.heldBytes + bytes <= this.room.bytes;
  }

  /** The place that a batch would follow, if it is held. */
  placeAt(key: string): LanePlace | undefined {
    if (key === this.settled.key) return this.settled;
    const held = this.byKey.get(key);
    return held === undefined ? undefined : placeOf(held);
  }

  hold(held: HeldBatch): void {
    this.byKey.set(held.key, held);
    this.heldBytes += held.bytes;
    if (!this.bySeq.has(held.batch.seq)) this.bySeq.set(held.batch.seq, held);
    const last = this.line[this.line.length - 1];
    if (held.prevKey === (last?.key ?? this.settled.key)) this.line.push(held);
    else if (held.batch.seq > this.newest.seq) this.line = this.lineTo(held);
  }

  /** Gives another one that waits behind the same batch: the first stays, unless a cut needs the second. */
  wait(batch: LaneBatch, { key, prevKey, bytes }: NamedBatch): LaneBatch | undefined {
    const known = this.unlinked.get(prevKey);
    const isNeeded = this.needed.has(key);
    if (isNeeded) this.needed.set(prevKey, batch.seq - 1);
    if (known?.key === key) return undefined;
    if (known !== undefined && (!isNeeded || this.needed.has(known.key))) return known.batch;
    this.takeFollower(prevKey);
    while (!isNeeded && this.isWaitingFull(bytes)) if (!this.dropFarthest()) return undefined;
    this.unlinked.set(prevKey, { batch, key, bytes });
    this.unlinkedByKey.set(key, batch);
    this.waitingBytes += bytes;
    return known?.batch;
  }

  private isWaitingFull(more: number): boolean {
    return this.unlinked.size >= UNLINKED_MAX || this.waitingBytes + more > this.room.bytes;
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

  /** False if cuts need all that waits. */
  private dropFarthest(): boolean {
    let farthest: string | undefined;
    let most = -1;
    for (const [prevKey, { batch, key }] of this.unlinked) {
      if (batch.seq > most && !this.needed.has(key)) [farthest, most] = [prevKey, batch.seq];
    }
    return farthest !== undefined && this.takeFollower(farthest) !== undefined;
  }

  /** The batch that waited for this one. */
  takeFollower(prevKey: string): LaneBatch | undefined {
    const follower = this.unlinked.get(prevKey);
    if (follower === undefined) return undefined;
    this.unlinked.delete(prevKey);
    this.unlinkedByKey.delete(follower.key);
    this.waitingBytes -= follower.bytes;
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

  /** V-1: a cut needs the lane up to `to`. Gives the first missing one on the way back, to be asked for. */
  need(to: Tip): BatchName | undefined {
    let { seq, digest } = to;
    while (seq > this.settled.seq) {
      const key = bytesToKey(digest);
      this.needed.set(key, seq);
      const batch = this.byKey.get(key)?.batch ?? this.unlinkedByKey.get(key);
      if (batch === undefined) return { lane: this.key, seq, digest };
      digest = batch.prev;
      seq = Seq.of(batch.seq - 1);
    }
    return undefined;
  }

  /** P-6: cuts that have hung on batches are gone; what those that are left hang on, they say again. */
  forgetNeeds(): void {
    this.needed.clear();
  }

  /**
   * S-5: a forked lane may hold more than its room, for cuts that have come to nothing. What is left over goes,
   * except what these tips stand on, and the line as far as there is room.
   */
  trim(tips: readonly Tip[]): readonly HeldBatch[] {
    const { room } = this;
    if (!this.forked || (this.byKey.size <= room.batches && this.heldBytes <= room.bytes)) return [];
    const kept = new Set(tips.flatMap((tip) => this.path(this.settled, tip) ?? []));
    let bytes = 0;
    for (const held of this.line.slice(0, room.batches)) {
      bytes += held.bytes;
      if (bytes <= room.bytes) kept.add(held);
    }
    const dropped = [...this.byKey.values()].filter((held) => !kept.has(held));
    for (const held of dropped) this.letGo(held);
    const gone = this.line.findIndex((held) => !kept.has(held));
    if (gone >= 0) this.line.length = gone;
    return dropped;
  }

  private letGo(held: HeldBatch): void {
    this.byKey.delete(held.key);
    this.heldBytes -= held.bytes;
    if (this.bySeq.get(held.batch.seq) === held) this.bySeq.delete(held.batch.seq);
  }

  /** A cut was delivered: what it covers goes to the archive, what contradicts it goes away. */
  settle(tip: Tip): readonly HeldBatch[] {
    const passed = this.path(this.settled, tip);
    if (passed === undefined) return [];
    this.past.add(passed);
    const last = passed[passed.length - 1];
    if (last !== undefined) this.settled = placeOf(last);
    for (const [key, seq] of this.needed) if (seq <= tip.seq) this.needed.delete(key);
    // Without a fork the held batches are one chain, and nothing else is needed to tell them apart.
    const following = this.forked ? this.following() : undefined;
    const dropped = [...this.byKey.values()].filter(
      (held) => held.batch.seq <= tip.seq || following?.has(held.key) === false,
    );
    for (const held of dropped) this.letGo(held);
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

  /** S-5: what hangs on the settled place, in one pass: a walk for each would be a day's work on many branches. */
  private following(): ReadonlySet<string> {
    const following = new Set([this.settled.key]);
    const ascending = [...this.byKey.values()].sort((a, b) => a.batch.seq - b.batch.seq);
    for (const held of ascending) if (following.has(held.prevKey)) following.add(held.key);
    return following;
  }

  /** Batches held beyond a place, along the branch of the newest. */
  beyond(from: Tip): readonly HeldBatch[] {
    return this.path(from, this.newest) ?? [];
  }
}
