import type { Nanos } from "@touchmark/core";
import type { RunEvent } from "./run-event.ts";
import type { Scheduler } from "./scheduler.ts";
import { type TrueTime, toNanos } from "./true-time.ts";

export type RunEventKind = RunEvent["kind"];

/** Events of the world itself (a client's, the network's) have this in place of a machine. */
export const NO_MACHINE = -1;

export interface RunListener {
  /** What it wants to hear of; nothing is made that nobody wants. */
  readonly kinds: ReadonlySet<RunEventKind> | "all";
  observe(event: RunEvent): void;
}

/** Hands what happens to those who listen. */
export class EventLog {
  private readonly scheduler: Scheduler;
  private readonly listeners: RunListener[] = [];
  private readonly wanted = new Set<RunEventKind>();
  private wantsAll = false;
  private cachedAt: TrueTime = 0;
  private cached: Nanos = toNanos(0);

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  listen(listener: RunListener): void {
    this.listeners.push(listener);
    if (listener.kinds === "all") this.wantsAll = true;
    else for (const kind of listener.kinds) this.wanted.add(kind);
  }

  wants(kind: RunEventKind): boolean {
    return this.wantsAll || this.wanted.has(kind);
  }

  /** Now, in true time. Many events share a moment, so the last one is kept. */
  get at(): Nanos {
    const { now } = this.scheduler;
    if (now !== this.cachedAt) {
      this.cachedAt = now;
      this.cached = toNanos(now);
    }
    return this.cached;
  }

  emit(event: RunEvent): void {
    for (const listener of this.listeners) {
      if (listener.kinds === "all" || listener.kinds.has(event.kind)) listener.observe(event);
    }
  }
}
