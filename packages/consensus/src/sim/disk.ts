import type { Prng } from "@touchmark/core";
import type { DurableRecord } from "../recovery.ts";
import type { Scheduler } from "./scheduler.ts";
import type { TrueTime } from "./true-time.ts";

export interface DiskSpeed {
  readonly least: TrueTime;
  readonly spread: TrueTime;
}

interface Held {
  /** How many records must be durable before this may happen. */
  readonly records: number;
  readonly run: () => void;
}

/**
 * One log per machine. What is appended becomes durable with the next sync; a sync takes a while, and covers
 * all that was appended when it began (group commit). A crash loses un-synced records: some of them may have
 * reached the disk all the same, so a random number of the first ones survive, and the one behind is torn.
 */
export class Disk {
  private readonly scheduler: Scheduler;
  private readonly prng: Prng;
  private readonly speed: DiskSpeed;
  /** False as a negative control: what should wait for the disk does not. */
  private readonly waits: boolean;
  private readonly records: DurableRecord[] = [];
  /** How many records the shell has deleted at the log's beginning; all counts go on over them. */
  private deleted = 0;
  private durable = 0;
  /** What the sync that is under way began with. */
  private syncing: { readonly startedAt: TrueTime; covered: number } | undefined;
  private held: Held[] = [];
  private factor = 1;
  private lost = 0;

  constructor(scheduler: Scheduler, prng: Prng, speed: DiskSpeed, waits: boolean) {
    this.scheduler = scheduler;
    this.prng = prng;
    this.speed = speed;
    this.waits = waits;
  }

  /** How many records were ever appended and not lost. */
  get size(): number {
    return this.deleted + this.records.length;
  }

  get durableSize(): number {
    return this.durable;
  }

  /** Records that crashes have taken. */
  get lostRecords(): number {
    return this.lost;
  }

  append(record: DurableRecord): void {
    this.records.push(record);
    const { now } = this.scheduler;
    if (this.syncing === undefined) this.sync();
    // What comes in one moment is in one sync.
    else if (this.syncing.startedAt === now) this.syncing.covered = this.size;
  }

  /** Y-1: what stands in front of a checkpoint goes, the first ones first; it may stop anywhere. */
  deleteBefore(place: number): void {
    const count = Math.min(place, this.durable) - this.deleted;
    if (count <= 0) return;
    this.records.splice(0, count);
    this.deleted += count;
  }

  /** P-7: runs once everything that was appended so far is durable; at once where it is already. */
  whenDurable(run: () => void): void {
    const isOpen = this.held.length === 0 && this.durable === this.size;
    if (isOpen || !this.waits) run();
    else this.held.push({ records: this.size, run });
  }

  slow(factor: number): void {
    this.factor = factor;
  }

  crash(): void {
    const unsynced = this.size - this.durable;
    this.keep(this.durable + (unsynced === 0 ? 0 : this.prng.below(unsynced + 1)));
  }

  /** Everything is lost, or everything behind some part of it: an old copy was put back. */
  wipe(kept: number): void {
    this.keep(Math.min(this.deleted + kept, this.durable));
  }

  /** What a machine finds when it starts. */
  read(): readonly DurableRecord[] {
    return [...this.records];
  }

  private keep(count: number): void {
    this.lost += this.size - count;
    this.records.length = count - this.deleted;
    this.durable = count;
    this.syncing = undefined;
    this.held = [];
  }

  private sync(): void {
    const drawn = this.prng.fraction();
    const delay = Math.ceil((this.speed.least + this.speed.spread * drawn * drawn * drawn) * this.factor);
    const sync = { startedAt: this.scheduler.now, covered: this.size };
    this.syncing = sync;
    this.scheduler.after(delay, () => {
      // The sync of a machine that crashed meanwhile ends in nothing.
      if (this.syncing === sync) this.synced(sync.covered);
    });
  }

  private synced(covered: number): void {
    this.durable = covered;
    this.syncing = undefined;
    if (this.size > covered) this.sync();
    const { held } = this;
    let count = 0;
    // What runs may put more behind the queue's end; it waits for its turn there.
    for (const it of held) {
      if (it.records > this.durable || this.held !== held) break;
      count += 1;
      it.run();
    }
    if (this.held === held) this.held = held.slice(count);
  }
}
