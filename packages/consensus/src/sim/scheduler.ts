import { assert, must } from "@touchmark/core";
import type { TrueTime } from "./true-time.ts";

interface Entry {
  readonly at: TrueTime;
  /** Of two entries at one moment, the one that was scheduled first runs first. */
  readonly order: number;
  readonly run: () => void;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Everything that happens in a run, in true time. A binary heap; ties are broken by insertion, never by chance. */
export class Scheduler {
  private readonly heap: Entry[] = [];
  private order = 0;
  private time: TrueTime = 0;
  private ran = 0;

  get now(): TrueTime {
    return this.time;
  }

  /** How many entries have run. */
  get count(): number {
    return this.ran;
  }

  get waiting(): number {
    return this.heap.length;
  }

  at(at: TrueTime, run: () => void): void {
    assert(Number.isSafeInteger(at) && at >= this.time, "what is scheduled lies ahead, in whole nanoseconds");
    this.order += 1;
    this.siftUp({ at, order: this.order, run });
  }

  after(delay: TrueTime, run: () => void): void {
    this.at(this.time + delay, run);
  }

  /** Runs the next entry, if there is one up to that time. */
  step(until: TrueTime): boolean {
    const [first] = this.heap;
    if (first === undefined || first.at > until) return false;
    const last = must(this.heap.pop(), "the heap's last entry");
    if (last !== first) this.siftDown(last);
    this.time = first.at;
    this.ran += 1;
    first.run();
    return true;
  }

  /** Runs everything up to a time, which it then is; stops before that once `done` says so. */
  run(until: TrueTime, done: () => boolean = () => false): void {
    while (!done()) {
      if (this.step(until)) continue;
      this.time = Math.max(this.time, until);
      return;
    }
  }

  private siftUp(entry: Entry): void {
    const heap = this.heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = entry;
  }

  /** Puts an entry in the place of the first one. */
  private siftDown(entry: Entry): void {
    const heap = this.heap;
    const size = heap.length;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      if (below >= size || child === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, child)) {
        below += 1;
        child = right;
      }
      if (!isBefore(child, entry)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = entry;
  }
}
