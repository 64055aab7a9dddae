import { assert, type Digest, type Epoch, Nanos, Seq, ZERO_DIGEST } from "@touchmark/core";
import { isValidatorKey, type ValidatorKey } from "../committee.ts";
import type { LaneBatch } from "../messages.ts";
import type { Params } from "../params.ts";
import { batchDigest, type Chain, type DigestSigner } from "../signing.ts";
import type { TransactionRecord } from "../transactions.ts";

interface Pending {
  readonly ref: number;
  readonly stamp: Nanos;
}

export interface Ready {
  readonly record: TransactionRecord;
  readonly stamp: Nanos;
}

const SIGHTING_BYTES_MAX = 45;

/**
 * The lane that this replica signs: the log of "I first held this transaction in full at that stamp".
 *
 * A stamp is taken on arrival, before verification; a sighting goes out after it. So the lane's promise (its
 * head) must stay below every arrival that is still being verified, or a slow verification would turn into
 * a broken promise.
 */
export class OwnLane {
  private readonly chain: Chain;
  private readonly params: Params;
  private readonly signer: DigestSigner;
  readonly key: ValidatorKey;
  /** S-1: no later stamp may be at or below this. */
  private last: Nanos;
  private seq = Seq.of(0);
  private tip: Digest = ZERO_DIGEST;
  private head: Nanos;
  /** Arrived and not yet judged, in the order of their stamps. */
  private pending: Pending[] = [];
  /** Judged good, not yet in a batch. */
  private readonly ready: Ready[] = [];
  lastSentAt: Nanos | undefined;

  constructor(chain: Chain, params: Params, signer: DigestSigner, genesisTime: Nanos) {
    const key = signer.publicKey;
    assert(isValidatorKey(key), "a lane's key is 32 bytes");
    this.chain = chain;
    this.params = params;
    this.signer = signer;
    this.key = key;
    this.last = genesisTime;
    this.head = genesisTime;
  }

  /** S-3: goes on behind the newest batch that was signed before the restart. */
  resume(newest: LaneBatch): void {
    this.seq = newest.seq;
    this.tip = batchDigest(this.chain, newest);
    this.head = newest.head;
    if (newest.head > this.last) this.last = newest.head;
  }

  /** What arrived and isn't judged yet counts as never held. */
  abandon(): readonly number[] {
    const refs = this.pending.map((it) => it.ref);
    this.pending = [];
    return refs;
  }

  /** S-1: the stamp of something that arrives now. */
  stamp(now: Nanos): Nanos {
    const next = this.last + 1n;
    this.last = now > next ? now : Nanos.of(next);
    return this.last;
  }

  arrived(ref: number, now: Nanos): void {
    this.pending.push({ ref, stamp: this.stamp(now) });
  }

  /** The stamp of what was under verification; none if it took too long and was dropped. */
  judged(ref: number): Nanos | undefined {
    const at = this.pending.findIndex((it) => it.ref === ref);
    if (at < 0) return undefined;
    return this.pending.splice(at, 1)[0]?.stamp;
  }

  /** S-1: what is unverified for too long counts as never held, so that it can't hold the promise back. */
  dropOverdue(now: Nanos): readonly number[] {
    const overdue = this.pending.filter((it) => now - it.stamp > this.params.verifyHold);
    if (overdue.length > 0)
      this.pending = this.pending.filter((it) => now - it.stamp <= this.params.verifyHold);
    return overdue.map((it) => it.ref);
  }

  /** When the oldest unverified arrival is dropped. */
  get nextOverdue(): Nanos | undefined {
    const [oldest] = this.pending;
    return oldest === undefined ? undefined : Nanos.of(oldest.stamp + this.params.verifyHold + 1n);
  }

  sight(record: TransactionRecord, stamp: Nanos): void {
    // Verification may finish out of order; a batch goes by stamps.
    let at = this.ready.length;
    while (at > 0 && (this.ready[at - 1]?.stamp ?? 0n) > stamp) at--;
    this.ready.splice(at, 0, { record, stamp });
  }

  /** The last arrival that is fully judged: nothing at or below it is open. */
  private get judgedUntil(): Nanos | undefined {
    const [oldest] = this.pending;
    return oldest === undefined ? undefined : Nanos.of(oldest.stamp - 1n);
  }

  /** Whether a sighting could go out now. */
  get hasSightings(): boolean {
    const [first] = this.ready;
    const until = this.judgedUntil;
    return first !== undefined && (until === undefined || first.stamp <= until);
  }

  get isFull(): boolean {
    return this.ready.length >= this.sightingsMax;
  }

  private get sightingsMax(): number {
    return Math.min(
      this.params.batchSightingsMax,
      Math.floor(this.params.batchBytesMax / SIGHTING_BYTES_MAX),
    );
  }

  get pendingCount(): number {
    return this.pending.length;
  }

  /**
   * S-1, S-7: the next batch, signed; none if the promise can't move. The head is the time, or what the
   * others have promised already if that is later, but below whatever is still under verification.
   */
  seal(
    epoch: Epoch,
    now: Nanos,
    foreignHead: Nanos,
  ): { batch: LaneBatch; sighted: readonly Ready[] } | undefined {
    const until = this.judgedUntil;
    const taken: Ready[] = [];
    for (const it of this.ready) {
      if (taken.length >= this.sightingsMax || (until !== undefined && it.stamp > until)) break;
      taken.push(it);
    }
    const rest = this.ready[taken.length];
    let head = now > foreignHead ? now : foreignHead;
    if (this.last > head) head = this.last;
    if (until !== undefined && until < head) head = until;
    // A batch that is full leaves sightings behind, whose stamps the head may not pass.
    if (rest !== undefined && rest.stamp <= head) head = Nanos.of(rest.stamp - 1n);
    if (head <= this.head) return undefined;
    this.ready.splice(0, taken.length);
    const sightings = taken.map((it) => ({ txid: it.record.txid, stamp: it.stamp }));
    const body = { epoch, lane: this.key, seq: Seq.of(this.seq + 1), prev: this.tip, head, sightings };
    const digest = batchDigest(this.chain, body);
    const batch: LaneBatch = { ...body, signature: this.signer.sign(digest) };
    assert(
      taken.every((it) => it.stamp > this.head && it.stamp <= head),
      "S-1: stamps lie between the heads",
    );
    this.seq = body.seq;
    this.tip = digest;
    this.head = head;
    if (head > this.last) this.last = head;
    this.lastSentAt = now;
    return { batch, sighted: taken };
  }
}
