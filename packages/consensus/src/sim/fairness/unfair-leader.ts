import { bytesToKey, type Nanos } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { Effect } from "../../effect.ts";
import type { Input, StateMachine } from "../../input.ts";
import type { LaneBatch } from "../../messages.ts";
import { MD } from "./fairness-plans.ts";
import type { Wish, Wishes } from "./wishes.ts";

type BatchInput = Extract<Input, { readonly kind: "message" }> & { readonly message: { kind: "batch" } };

/** How long it waits for the lanes to tell of both transactions: V-2 allows Λ, 25 md, and no more. */
const HOLD = BigInt(15 * MD);

/** What one lane has said of a pair. */
interface Seen {
  first: Nanos | undefined;
  second: Nanos | undefined;
}

interface Waiting {
  readonly input: BatchInput;
  readonly batch: LaneBatch;
  readonly lane: string;
}

function isBatch(input: Input): input is BatchInput {
  return input.kind === "message" && input.message.kind === "batch";
}

/**
 * A hostile leader at its best. A leader chooses nothing but how far each lane counts, and an honest replica
 * proposes all that it holds; so this one lets the replica inside hold what suits it, and no more.
 *
 * It collects batches until each correct lane has told of both transactions of a pair. Let b be the lowest
 * correct stamp of the second: with the f colluding stamps below it, that is its consensus stamp (O-1). Up to
 * f lanes may stay behind the horizon (C-2): it lets those stay that have stamped the first by b. Where not
 * more than f are left that have, the first one's consensus stamp is above b, and the wish comes true: that
 * is, unless all 2f + 1 correct lanes have stamped the first by b, which is where the promise begins.
 */
export class UnfairLeader implements StateMachine<Input, Effect> {
  private readonly inner: StateMachine<Input, Effect>;
  private readonly self: string;
  private readonly colluders: ReadonlySet<string>;
  private readonly correct: readonly string[];
  private readonly f: number;
  private readonly wishes: Wishes;
  private waiting: Waiting[] = [];
  /** By lane: the head of the last batch that the replica inside was given. */
  private readonly givenHeads = new Map<string, Nanos>();
  private readonly settled = new Set<Wish>();
  private readonly seen = new Map<Wish, Map<string, Seen>>();
  /** The pair that it is about, since when, and whether it has decided and waits for its own proposal. */
  private about: { readonly wish: Wish; readonly since: Nanos; decided: boolean } | undefined;

  constructor(
    inner: StateMachine<Input, Effect>,
    self: ValidatorKey,
    validators: readonly ValidatorKey[],
    colluders: readonly ValidatorKey[],
    wishes: Wishes,
  ) {
    this.inner = inner;
    this.self = bytesToKey(self);
    this.colluders = new Set(colluders.map(bytesToKey));
    this.correct = validators.map(bytesToKey).filter((key) => !this.colluders.has(key));
    this.f = colluders.length;
    this.wishes = wishes;
  }

  step(input: Input): readonly Effect[] {
    const effects: Effect[] = [];
    const lane = isBatch(input) ? bytesToKey(input.message.batch.lane) : this.self;
    if (isBatch(input)) this.note(input.message.batch, lane);
    if (isBatch(input) && lane !== this.self) this.waiting.push({ input, batch: input.message.batch, lane });
    else this.give(input, effects);
    this.consider(input.now, effects);
    return effects;
  }

  private give(input: Input, effects: Effect[]): void {
    for (const effect of this.inner.step(input)) {
      effects.push(effect);
      const isProposal = effect.kind === "broadcast" && effect.message.kind === "preprepare";
      if (isProposal && this.about?.decided === true) this.settle(this.about.wish);
    }
  }

  private note({ sightings }: LaneBatch, lane: string): void {
    for (const { txid, stamp } of sightings) {
      const key = bytesToKey(txid);
      const wish = this.wishes.of(key);
      if (wish === undefined) continue;
      const lanes = this.seen.get(wish) ?? new Map<string, Seen>();
      this.seen.set(wish, lanes);
      const seen = lanes.get(lane) ?? { first: undefined, second: undefined };
      lanes.set(lane, seen);
      if (key === wish.first) seen.first = stamp;
      else seen.second = stamp;
    }
  }

  private settle(wish: Wish): void {
    this.settled.add(wish);
    this.about = undefined;
  }

  private consider(now: Nanos, effects: Effect[]): void {
    const wish = this.about?.wish ?? this.openWish();
    if (wish !== undefined) {
      this.about ??= { wish, since: now, decided: false };
      const { about } = this;
      const isOver = now >= about.since + HOLD;
      if (!about.decided && (isOver || this.knowsAll(wish))) {
        about.decided = true;
        this.decide(wish, now, effects);
      } else if (isOver && about.decided) this.settle(wish);
    }
    // The pair may have been settled meanwhile; what nobody wishes anything of goes its way.
    if (this.about === undefined && this.openWish() === undefined && !this.isFirstAlone()) {
      this.release(() => true, now, effects);
    }
  }

  private openWish(): Wish | undefined {
    for (const { batch } of this.waiting) {
      for (const { txid } of batch.sightings) {
        const wish = this.wishes.of(bytesToKey(txid));
        if (wish !== undefined && !this.settled.has(wish)) return wish;
      }
    }
    return undefined;
  }

  /** The first of a pair is here, and the second is not even made. */
  private isFirstAlone(): boolean {
    return this.waiting.some(({ batch }) =>
      batch.sightings.some((it) => this.wishes.isWaitingFor(bytesToKey(it.txid))),
    );
  }

  /** The correct lanes have told of both, and the colluding ones of the second. */
  private knowsAll(wish: Wish): boolean {
    const lanes = this.seen.get(wish);
    const isTold = [...this.colluders].every((lane) => lanes?.get(lane)?.second !== undefined);
    return (
      isTold &&
      this.correct.every((lane) => {
        const seen = lanes?.get(lane);
        return seen?.first !== undefined && seen.second !== undefined;
      })
    );
  }

  private decide(wish: Wish, now: Nanos, effects: Effect[]): void {
    const lanes = this.seen.get(wish) ?? new Map<string, Seen>();
    const seconds = this.correct.flatMap((lane) => {
      const stamp = lanes.get(lane)?.second;
      return stamp === undefined ? [] : [{ lane, stamp }];
    });
    const [lowest, ...others] = seconds;
    if (lowest === undefined) {
      this.settle(wish);
      return;
    }
    const b = others.reduce((least, it) => (it.stamp < least.stamp ? it : least), lowest);
    const early = this.correct.filter((lane) => (lanes.get(lane)?.first ?? b.stamp + 1n) <= b.stamp);
    const behind = new Set(early.filter((lane) => lane !== b.lane).slice(0, this.f));
    if (early.length - behind.size > this.f) {
      this.settle(wish);
      return;
    }
    // The lane with b first: whatever horizon a later one completes, the second is due in it.
    this.release(({ lane }) => lane === b.lane && !this.isPast(lane, b.stamp), now, effects);
    this.release(({ lane }) => !behind.has(lane) && !this.isPast(lane, b.stamp), now, effects);
  }

  /** The replica inside holds the lane far enough. */
  private isPast(lane: string, stamp: Nanos): boolean {
    return (this.givenHeads.get(lane) ?? 0n) >= stamp;
  }

  private release(isWanted: (it: Waiting) => boolean, now: Nanos, effects: Effect[]): void {
    const kept: Waiting[] = [];
    const { waiting } = this;
    this.waiting = [];
    for (const it of waiting) {
      if (!isWanted(it)) {
        kept.push(it);
        continue;
      }
      this.givenHeads.set(it.lane, it.batch.head);
      this.give({ ...it.input, now }, effects);
    }
    this.waiting = [...kept, ...this.waiting];
  }
}
