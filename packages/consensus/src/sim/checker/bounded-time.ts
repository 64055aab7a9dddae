import { bytesToKey, MICROSECOND } from "@touchmark/core";
import type { OrderedTransaction } from "../../block.ts";
import { latest } from "./bigints.ts";
import type { DeliveredBlock } from "./deliveries.ts";
import { nameOfTransaction } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import type { ValidatorSet } from "./sets.ts";
import { atEnd, type Property } from "./setup.ts";
import { boundsOf } from "./stamps.ts";

/** A head may run ahead of every clock by one for each stamp given within a nanosecond (S-1): far less. */
const HEAD_SLACK = MICROSECOND;

/**
 * O-4 and design 1 section 1, from what the blocks say:
 * - horizons never fall, and rise where anything is ordered; a block's horizon is its cut's; its timersUntil is its horizon, or the time of its last
 *   transaction if that is later;
 * - times rise along the chain, and each is above the parent's horizon, and so above its timersUntil;
 * - a time is at least `early` and at most `late` (`stamps.ts`), or else exactly one above the parent's
 *   horizon or above the time before, whichever is later: it had to move;
 * - a horizon is at most some correct clock's time: not ahead of true time by more than clocks are wrong.
 */
export function boundedTime(log: RunLog): Property {
  return atEnd("bounded-time", () => {
    const review = new TimeReview(log);
    for (const delivered of log.deliveries.chain) {
      const set = log.sets.of(delivered.block.epoch);
      if (set !== undefined) review.judge(delivered, set);
    }
    return review.found;
  });
}

class TimeReview {
  readonly found: string[] = [];
  private readonly log: RunLog;
  private horizon: bigint;
  private timersUntil: bigint;
  private lastTime: bigint;

  constructor(log: RunLog) {
    this.log = log;
    this.horizon = log.setup.genesis.time;
    this.timersUntil = this.horizon;
    this.lastTime = 0n;
  }

  judge({ block, at }: DeliveredBlock, set: ValidatorSet): void {
    const { height, horizon, cut, timersUntil, transactions } = block;
    if (horizon !== cut.horizon)
      this.break(height, `horizon ${horizon} is not that of the cut, ${cut.horizon}`);
    if (horizon < this.horizon) this.break(height, `horizon ${horizon} is before ${this.horizon}`);
    // C-2: where it can't rise, nothing is ordered.
    if (horizon === this.horizon && transactions.length > 0)
      this.break(height, `transactions are ordered at the parent's horizon ${horizon}`);
    if (horizon > at + this.log.setup.clockErrorMax + HEAD_SLACK) {
      this.break(height, `horizon ${horizon} is ahead of every correct clock: it is ${at}`);
    }
    for (const transaction of transactions) this.judgeTime(set, height, transaction);
    const expected = latest(horizon, transactions.at(-1)?.time ?? 0n);
    if (timersUntil !== expected) this.break(height, `timersUntil is ${timersUntil}, not ${expected}`);
    this.horizon = horizon;
    this.timersUntil = timersUntil;
  }

  private judgeTime(set: ValidatorSet, height: number, transaction: OrderedTransaction): void {
    const why = this.wrongTime(set, transaction);
    this.lastTime = transaction.time;
    if (why === undefined) return;
    this.break(height, `the time ${transaction.time} of ${nameOfTransaction(transaction.txid)} ${why}`);
  }

  private wrongTime(set: ValidatorSet, { txid, time }: OrderedTransaction): string | undefined {
    const floor = latest(this.horizon, this.timersUntil, this.lastTime);
    if (time <= floor) return `is not after ${floor}`;
    if (set.hostile > set.f) return undefined;
    const { early, late } = boundsOf(set, this.log.stamps, bytesToKey(txid));
    // What one validator alone stamped and was kept from sending by a crash, the world has never seen.
    if (early === undefined) return set.n > 1 ? "stands on too few correct stamps" : undefined;
    if (time < early) return `is below the lowest stamp of correct validators, ${early}`;
    if (late === undefined || time <= late || time === floor + 1n) return undefined;
    return `is above the highest stamp of correct validators, ${late}, and did not have to move`;
  }

  private break(height: number, detail: string): void {
    this.found.push(`height ${height}: ${detail}`);
  }
}
