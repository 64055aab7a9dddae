import { MICROSECOND } from "@touchmark/core";
import type { OwnSend, SeenBatch } from "./batches.ts";
import { latest } from "./bigints.ts";
import type { RunLog } from "./run-log.ts";
import type { StampOf } from "./stamps.ts";
import { ARRIVALS_KEPT_MAX, type Arrival, type SeenTransaction } from "./transactions.ts";

/** Stamps given to what was refused move `last` on by one each, unseen: this much of that is let pass. */
const SLACK = MICROSECOND;
/** A drifting clock measures the verification hold a little shorter or longer than it is. */
const HOLD_TENTHS = 9n;

type OwnBatch = SeenBatch & { readonly own: OwnSend };

/**
 * The stamps that correct lanes had to give by S-1, from when content was whole at their machines: the stamp
 * that was given, unless it is later than S-1 allows; then what S-1 would have given.
 *
 * S-1 allows, for the first arrival in this life of the machine, max(clock, last + 1), where last is the
 * last stamp given to any arrival, or the last head promised. When a head was promised, no event tells; but
 * the newest head below a stamp is that of the batch before it in the lane, whether it was sent by then or
 * not, so a stamp that follows that head by one is allowed, and so is one that follows the sighting before.
 * And what was given stands as it is where the rules let an arrival count for nothing:
 * - it was in an earlier life of the machine: its stamp was not durable when the machine crashed (S-3);
 * - its stamp was not below validUntil, or validUntil more than TTL above it (S-2 a);
 * - the machine had declined the transaction, and took it up later with a new stamp (S-2 b, S-6);
 * - the machine had stopped its lane because of its clock (S-7);
 * - it was unverified for too long, and dropped (S-1); the stamp is that of a later arrival.
 */
export function stampsOfArrivals(log: RunLog): StampOf {
  const lanes = new Map<string, Map<string, bigint>>();
  for (const lane of log.batches.ownLanes)
    lanes.set(lane, new LaneReplay(log).replay(log.batches.ownOf(lane)));
  return (lane, transaction) => lanes.get(lane)?.get(transaction);
}

/** One lane, from its first batch to its last. */
class LaneReplay {
  private readonly log: RunLog;
  private readonly stamps = new Map<string, bigint>();
  /** S-1's last, as far as the lane itself shows it; none where batches before were never sent. */
  private last: bigint | undefined;
  private seq = 0;

  constructor(log: RunLog) {
    this.log = log;
    this.last = log.setup.genesis.time;
  }

  replay(batches: readonly OwnBatch[]): Map<string, bigint> {
    for (const seen of batches) {
      const { seq, head, sightings } = seen.batch;
      if (seq !== this.seq + 1) this.last = undefined;
      this.seq = seq;
      seen.transactions.forEach((key, i) => {
        const stamp = sightings[i]?.stamp;
        if (stamp === undefined) return;
        const effective = this.judge(key, stamp, seen);
        if (!this.stamps.has(key)) this.stamps.set(key, effective);
        this.last = effective;
      });
      this.last = head;
    }
    return this.stamps;
  }

  private judge(key: string, stamp: bigint, seen: OwnBatch): bigint {
    const transaction = this.log.transactions.get(key);
    if (transaction === undefined || this.last === undefined) return stamp;
    if (stamp <= this.last + 1n + SLACK) return stamp;
    const all = transaction.arrivals.get(seen.own.machine) ?? [];
    const arrivals = all.filter((it) => it.order < seen.own.order && this.counts(it, transaction, seen.own));
    const [first] = arrivals;
    if (first === undefined || stamp <= first.expected + SLACK) return stamp;
    if (all.length > ARRIVALS_KEPT_MAX || this.isExcused(first, transaction, seen.own)) return stamp;
    return this.isOfLater(arrivals, stamp, seen) ? stamp : first.expected;
  }

  private counts(arrival: Arrival, { submitted }: SeenTransaction, own: OwnSend): boolean {
    if (arrival.life !== own.life) return false;
    if (submitted === undefined) return true;
    const { expected } = arrival;
    return expected < submitted.validUntil && submitted.validUntil <= expected + this.log.setup.params.ttl;
  }

  private isExcused(first: Arrival, transaction: SeenTransaction, own: OwnSend): boolean {
    const isBetween = (order: number): boolean => order > first.order && order < own.order;
    const declined = transaction.declined.get(own.machine) ?? [];
    return declined.some(isBetween) || this.log.transactions.clockStopsOf(own.machine).some(isBetween);
  }

  /** Whether the stamp is that of a later arrival, and all before it may have been dropped by then. */
  private isOfLater(arrivals: readonly Arrival[], stamp: bigint, { own, batch }: OwnBatch): boolean {
    const hold = this.log.setup.params.verifyHold;
    const clock = latest(own.clockSeen, batch.head);
    const isDropped = (it: Arrival): boolean =>
      (own.at - it.at) * 10n >= hold * HOLD_TENTHS || clock - it.expected >= hold;
    for (const arrival of arrivals.slice(1)) {
      const distance = stamp - arrival.expected;
      if (distance > SLACK || distance < -SLACK) continue;
      return arrivals.filter((it) => it.order < arrival.order).every(isDropped);
    }
    return false;
  }
}
