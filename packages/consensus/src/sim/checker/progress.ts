import { bytesToKey } from "@touchmark/core";
import type { RunEvent } from "../run-event.ts";
import { latest } from "./bigints.ts";
import { findHalts } from "./halts.ts";
import type { Machine } from "./machines.ts";
import { nameOfTransaction } from "./names.ts";
import { OwedTransactions } from "./owed-transactions.ts";
import { defaultProgress } from "./progress-bound.ts";
import type { RunLog } from "./run-log.ts";
import type { ProgressBound, Property, PropertyName, RunEnd, RunEventKind, RunEventOf } from "./setup.ts";
import type { SeenTransaction } from "./transactions.ts";

/**
 * Liveness after `healedAt`, for the correct machines of the newest set:
 * - not more than `views` views are given up by f + 1 of them between healing and the first new height, if
 *   anything was ordered then at all;
 * - a transaction that is owed is delivered by every one that has run for that long, `within` after it was
 *   owed, unless it can have expired by then. Owed, from healing at the earliest, is what a running machine
 *   has sent a sighting of, since that machine keeps the content (S-3); and what has reached all that run,
 *   and one of them at least neither declined (S-2 b, S-6) nor dropped (S-1);
 * - with a transaction in the lanes of n − f of them, whatever its validity, a new height comes `within`
 *   (`halts.ts`);
 * - at the end each one that has run for `within` has delivered what any other had `lag` before, or is not
 *   more than W heights behind.
 */
export class Progress implements Property {
  readonly name: PropertyName = "progress";
  readonly kinds: readonly RunEventKind[] = ["sent", "delivered"];
  private readonly log: RunLog;
  private readonly bound: ProgressBound;
  /** Views that each correct machine has claimed since healing, until the first new height. */
  private readonly claimed = new Map<number, number>();
  private readonly claims = new Map<number, Set<string>>();
  private readonly heights = new Map<string, number>();
  private heightAtHealing = 0;
  private isMoving = false;
  private readonly found: string[] = [];

  constructor(log: RunLog) {
    this.log = log;
    this.bound = log.setup.progress ?? defaultProgress(log.setup);
  }

  observe(event: RunEvent): void {
    const { healedAt } = this.log.setup;
    if (healedAt === undefined || this.isMoving) return;
    if (event.kind === "sent" && event.message.kind === "viewChange")
      this.viewChange(event, event.at >= healedAt);
    if (event.kind !== "delivered" || this.log.machines.correct(event.machine) === undefined) return;
    const { height } = event.block;
    if (event.at < healedAt) this.heightAtHealing = Math.max(this.heightAtHealing, height);
    else if (height > this.heightAtHealing) this.isMoving = true;
  }

  private viewChange({ machine, message }: RunEventOf<"sent">, isHealed: boolean): void {
    if (message.kind !== "viewChange" || this.log.machines.correct(machine) === undefined) return;
    const view = `${message.epoch} ${message.view}`;
    const claims = this.claims.get(machine) ?? new Set<string>();
    this.claims.set(machine, claims);
    // P-6 says it again every second.
    if (claims.has(view)) return;
    claims.add(view);
    if (isHealed) this.claimed.set(machine, (this.claimed.get(machine) ?? 0) + 1);
  }

  /** Of f + 1 machines one at least gave up its views by its own timers. */
  private judgeViews(): void {
    const epoch = this.log.deliveries.at(this.heightAtHealing)?.block.epoch ?? 0;
    const { f } = this.log.sets.of(epoch) ?? this.log.sets.newest;
    const counts = [...this.claimed.values()].sort((a, b) => b - a);
    const views = counts[f] ?? 0;
    if (views > this.bound.views) {
      this.found.push(`${views} views were given up after healing, more than ${this.bound.views}`);
    }
  }

  finish(end: RunEnd): readonly string[] {
    const { healedAt } = this.log.setup;
    if (healedAt === undefined) return [];
    this.judgeViews();
    const lastChance = end.at - this.bound.within;
    const { newest } = this.log.sets;
    const { running } = this.log.machines;
    const steady = running.filter((it) => it.startedAt <= lastChance && newest.keys.includes(it.key));
    if (healedAt > lastChance) return this.found;
    const owed = new OwedTransactions(this.log, steady);
    for (const { block } of this.log.deliveries.chain) {
      for (const { txid } of block.transactions) this.heights.set(bytesToKey(txid), block.height);
    }
    for (const transaction of this.log.transactions.all) {
      const at = owed.owedAt(transaction);
      if (at !== undefined) this.judge(transaction, steady, latest(at, healedAt), lastChance);
    }
    const { within } = this.bound;
    this.found.push(...findHalts(this.log, owed, this.heights, { at: end.at, within, healedAt }));
    for (const machine of steady) this.judgeHeight(machine, end.at - this.bound.lag);
    return this.found;
  }

  private judge(
    transaction: SeenTransaction,
    steady: readonly Machine[],
    owedAt: bigint,
    lastChance: bigint,
  ): void {
    if (owedAt > lastChance) return;
    const { clockErrorMax } = this.log.setup;
    const until = owedAt + this.bound.within;
    if ((transaction.submitted?.validUntil ?? 0n) <= until + clockErrorMax) return;
    const height = this.heights.get(transaction.key) ?? Number.POSITIVE_INFINITY;
    for (const { number } of steady) {
      const at = this.log.deliveries.timeAt(number, height);
      const isPassed = this.reached(number) > height || this.log.deliveries.adoptedBy(number) >= height;
      if (at === undefined ? isPassed : at <= until) continue;
      const when = at === undefined ? "never" : `only at ${at}`;
      this.found.push(
        `${nameOfTransaction(transaction.key)}, owed at ${owedAt}, was due at machine ${number} by ${until}: ${when}`,
      );
    }
  }

  /** A machine that began with a copy of the chain, or behind a snapshot, did not deliver what was in it. */
  private reached(machine: number): number {
    const { deliveries } = this.log;
    const adopted = deliveries.adoptedBy(machine);
    for (let height = deliveries.highest; height > adopted; height--) {
      if (deliveries.timeAt(machine, height) !== undefined) return height;
    }
    return adopted;
  }

  private judgeHeight({ number }: Machine, before: bigint): void {
    const { deliveries, setup } = this.log;
    const { chain, highest } = deliveries;
    const reached = this.reached(number);
    const expected = chain.findLast(({ at }) => at <= before)?.block.height ?? 0;
    if (reached >= expected || reached >= highest - setup.params.window) return;
    this.found.push(
      `machine ${number} ended at height ${reached}, where others had been at ${expected} by ${before}`,
    );
  }
}
