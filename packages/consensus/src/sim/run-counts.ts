import type { RunListener } from "./event-log.ts";
import type { RunEvent } from "./run-event.ts";

/** What happened in one run or in many, as numbers. */
export interface RunCounts {
  readonly heights: number;
  readonly transactions: number;
  readonly viewChanges: number;
  readonly crashes: number;
  readonly partitions: number;
  /** Hostile acts, by adversary. */
  readonly acts: ReadonlyMap<string, number>;
  /** True time that passed in the runs, in nanoseconds. */
  readonly virtualTime: number;
  /** Scheduler entries. */
  readonly entries: number;
}

export const NO_COUNTS: RunCounts = {
  heights: 0,
  transactions: 0,
  viewChanges: 0,
  crashes: 0,
  partitions: 0,
  acts: new Map(),
  virtualTime: 0,
  entries: 0,
};

export function addCounts(a: RunCounts, b: RunCounts): RunCounts {
  const acts = new Map(a.acts);
  for (const [adversary, count] of b.acts) acts.set(adversary, (acts.get(adversary) ?? 0) + count);
  return {
    heights: a.heights + b.heights,
    transactions: a.transactions + b.transactions,
    viewChanges: a.viewChanges + b.viewChanges,
    crashes: a.crashes + b.crashes,
    partitions: a.partitions + b.partitions,
    acts,
    virtualTime: a.virtualTime + b.virtualTime,
    entries: a.entries + b.entries,
  };
}

/** Counts while a run goes on. */
export class RunCounter implements RunListener {
  readonly kinds = new Set<RunEvent["kind"]>(["delivered", "crashed", "network", "hostile", "fact"]);
  private readonly transactionsByHeight = new Map<number, number>();
  private readonly views = new Set<string>();
  private readonly acts = new Map<string, number>();
  private epoch = 0;
  private crashes = 0;
  private partitions = 0;

  observe(event: RunEvent): void {
    if (event.kind === "delivered") {
      this.epoch = Math.max(this.epoch, event.block.epoch);
      this.transactionsByHeight.set(event.block.height, event.block.transactions.length);
    } else if (event.kind === "crashed") this.crashes += 1;
    else if (event.kind === "network" && event.change === "partition") this.partitions += 1;
    else if (event.kind === "hostile") {
      this.acts.set(event.adversary, (this.acts.get(event.adversary) ?? 0) + 1);
    } else if (event.kind === "fact" && event.fact.kind === "newView") {
      // Every machine enters a view of its own; the view changed once.
      this.views.add(`${this.epoch} ${event.fact.view}`);
    }
  }

  counts(virtualTime: number, entries: number): RunCounts {
    let transactions = 0;
    for (const count of this.transactionsByHeight.values()) transactions += count;
    return {
      heights: this.transactionsByHeight.size,
      transactions,
      viewChanges: this.views.size,
      crashes: this.crashes,
      partitions: this.partitions,
      acts: this.acts,
      virtualTime,
      entries,
    };
  }
}
