import { must } from "@touchmark/core";

interface Event<T> {
  readonly at: bigint;
  readonly order: number;
  readonly what: T;
}

function isEarlier<T>(a: Event<T>, b: Event<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** What is to happen, by time; at one time, in the order in which it was put in. */
export class EventQueue<T> {
  private readonly heap: Event<T>[] = [];
  private order = 0;

  put(at: bigint, what: T): void {
    const { heap } = this;
    const event = { at, order: this.order++, what };
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = must(heap[parent], "event");
      if (isEarlier(above, event)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = event;
  }

  get nextAt(): bigint | undefined {
    return this.heap[0]?.at;
  }

  take(): T {
    const { heap } = this;
    const first = must(heap[0], "event");
    const last = must(heap.pop(), "event");
    if (heap.length > 0) this.sink(last);
    return first.what;
  }

  private sink(event: Event<T>): void {
    const { heap } = this;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isEarlier(right, left);
      const child = isRight ? right : left;
      if (isEarlier(event, child)) break;
      heap[place] = child;
      place = 2 * place + (isRight ? 2 : 1);
    }
    heap[place] = event;
  }
}
