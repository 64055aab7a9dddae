import { equalBytes, ZERO_DIGEST } from "@touchmark/core";
import type { OwnSend, SeenBatch } from "./batches.ts";
import { latest } from "./bigints.ts";
import { nameOfLane, nameOfTransaction } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import { atEnd, type Property } from "./setup.ts";

type OwnBatch = SeenBatch & { readonly own: OwnSend };

/**
 * S-1 to S-3, of the lanes of correct machines, across all their lives:
 * - one batch for each number, linked to the one before (where that was sent), the first to 32 zero bytes;
 * - stamps strictly increase along the lane; all of a batch are above the head before and at most its own;
 *   heads never fall;
 * - a sighting names what was whole at the machine before, with a stamp that is not below its clock then,
 *   below validUntil, and at most TTL before it (S-2 a);
 * - no transaction twice, unless its stamp before was ignored by then: at most TTL below a horizon that the
 *   machine had delivered (O-2, S-2 a).
 */
export function lanePromises(log: RunLog): Property {
  return atEnd("lane-promises", () =>
    log.batches.ownLanes.flatMap((lane) => {
      const review = new LaneReview(log, lane);
      for (const seen of log.batches.ownOf(lane)) review.judge(seen);
      return review.found;
    }),
  );
}

class LaneReview {
  readonly found: string[] = [];
  private readonly log: RunLog;
  private readonly lane: string;
  private readonly stamps = new Map<string, bigint>();
  private before: OwnBatch | undefined;
  private last: bigint;

  constructor(log: RunLog, lane: string) {
    this.log = log;
    this.lane = lane;
    this.last = log.setup.genesis.time;
  }

  judge(seen: OwnBatch): void {
    const { seq, head } = seen.batch;
    if (this.before?.batch.seq === seq) {
      this.break(seq, "was signed with two contents");
      return;
    }
    this.judgeLink(seen);
    if (head < this.last) this.break(seq, `has head ${head}, below ${this.last}`);
    this.judgeStamps(seen);
    if (head > this.last) this.last = head;
    this.before = seen;
  }

  private judgeLink({ batch }: OwnBatch): void {
    const { seq, prev } = batch;
    if (seq < 1) this.break(seq, "is not numbered from 1");
    if (seq > 1 && this.before?.batch.seq !== seq - 1) return;
    const expected = seq === 1 ? ZERO_DIGEST : this.before?.digest;
    if (expected !== undefined && !equalBytes(prev, expected))
      this.break(seq, "is not linked to the one before");
  }

  private judgeStamps(seen: OwnBatch): void {
    const { batch, transactions, own } = seen;
    transactions.forEach((key, i) => {
      const stamp = batch.sightings[i]?.stamp ?? 0n;
      const broken = [
        stamp <= this.last ? `not above ${this.last}` : undefined,
        stamp > batch.head ? `above its head ${batch.head}` : undefined,
        this.repetition(key, own),
        this.inadmissible(key, stamp, own),
      ];
      for (const why of broken) {
        if (why !== undefined)
          this.break(batch.seq, `names ${nameOfTransaction(key)} with stamp ${stamp}, ${why}`);
      }
      this.last = latest(this.last, stamp);
      this.stamps.set(key, stamp);
    });
  }

  private repetition(key: string, own: OwnSend): string | undefined {
    const known = this.stamps.get(key);
    if (known === undefined || known + this.log.setup.params.ttl <= own.horizon) return undefined;
    return `and had named it with ${known}`;
  }

  private inadmissible(key: string, stamp: bigint, own: OwnSend): string | undefined {
    const seen = this.log.transactions.get(key);
    const arrivals = (seen?.arrivals.get(own.machine) ?? []).filter((it) => it.order < own.order);
    const wasSet = this.log.transactions.clockSetBetween(
      own.machine,
      arrivals[0]?.order ?? own.order,
      own.order,
    );
    if (!wasSet && arrivals.every((it) => stamp < it.clock)) return "which had not reached it by then";
    if (seen?.submitted === undefined) return undefined;
    const { validUntil } = seen.submitted;
    if (stamp >= validUntil) return `not below its validUntil ${validUntil}`;
    if (validUntil > stamp + this.log.setup.params.ttl)
      return `more than TTL before its validUntil ${validUntil}`;
    return undefined;
  }

  private break(seq: number, what: string): void {
    this.found.push(`${nameOfLane(this.lane)}: batch ${seq} ${what}`);
  }
}
