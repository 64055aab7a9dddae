/**
 * L-10: timers in the order in which they run: by due time, then by id. The state has the leaves; here is the
 * index over them, in memory, rebuilt at the start.
 *
 * The heap may name timers that were cancelled: a leaf that is gone is passed over when its turn comes. So
 * cancelling costs nothing here, and taking a transaction back needs nothing either, since what it set comes
 * into the heap only once it has succeeded.
 */
import { bytesToKey, must } from "@touchmark/core";
import type { TimerKey } from "./registry.ts";

interface Queued extends TimerKey {
  /** The id as text, for comparisons. */
  readonly text: string;
}

function isBefore(a: Queued, b: Queued): boolean {
  return a.due === b.due ? a.text < b.text : a.due < b.due;
}

/** A heap with many more names than there are timers is built anew. */
const STALE_SPARE = 1_024;

export class TimerQueue {
  private heap: Queued[] = [];
  /** How many timers the state has. */
  private live = 0;

  push(key: TimerKey): void {
    this.live++;
    this.insert({ due: key.due, id: key.id, text: bytesToKey(key.id) });
  }

  /** A timer's leaf is gone: it ran, or it was cancelled. */
  removed(): void {
    this.live--;
  }

  /** The earliest timer that the state still has. */
  first(isLive: (key: TimerKey) => boolean): TimerKey | undefined {
    for (let top = this.heap[0]; top !== undefined; top = this.heap[0]) {
      if (isLive(top)) return top;
      this.drop();
    }
    return undefined;
  }

  /** Lets go of names without timers, where they have become many. */
  compact(isLive: (key: TimerKey) => boolean): void {
    if (this.heap.length <= 2 * this.live + STALE_SPARE) return;
    const kept = this.heap.filter(isLive);
    this.heap = [];
    const seen = new Set<string>();
    for (const it of kept) {
      const name = `${it.due}/${it.text}`;
      if (seen.has(name)) continue;
      seen.add(name);
      this.insert(it);
    }
  }

  private insert(entry: Queued): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = must(heap[parent], "an entry above");
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes the top away. */
  drop(): void {
    const { heap } = this;
    const last = must(heap.pop(), "an entry of the heap");
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const child = b !== undefined && isBefore(b, a) ? b : a;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = child === a ? left : left + 1;
    }
    heap[at] = last;
  }
}
