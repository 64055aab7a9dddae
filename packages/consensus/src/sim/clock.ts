import type { Nanos } from "@touchmark/core";
import { RUN_EPOCH, type TrueTime, toNanos } from "./true-time.ts";

const PPM = 1_000_000;

/** The clock of one machine: off by some amount, running too fast or too slow, and set from time to time. */
export class Clock {
  /** How far it is ahead of true time at the anchor. */
  private offset: number;
  private readonly driftPpm: number;
  private anchor: TrueTime = 0;

  constructor(offset: number, driftPpm: number) {
    this.offset = offset;
    this.driftPpm = driftPpm;
  }

  /** How far it is ahead of true time; negative if it is behind. */
  ahead(at: TrueTime): number {
    return this.offset + Math.floor(((at - this.anchor) * this.driftPpm) / PPM);
  }

  read(at: TrueTime): Nanos {
    return toNanos(at + this.ahead(at));
  }

  /** Somebody sets the clock: it leaps by so much, forwards or backwards. */
  jump(at: TrueTime, by: number): void {
    this.offset = this.ahead(at) + by;
    this.anchor = at;
  }

  /** The first moment, not before `now`, at which it shows this time or a later one. */
  whenShows(local: Nanos, now: TrueTime): TrueTime {
    const shown = Number(local - RUN_EPOCH);
    const sinceAnchor = ((shown - this.offset - this.anchor) * PPM) / (PPM + this.driftPpm);
    let at = Math.max(now, this.anchor + Math.floor(sinceAnchor));
    // Drift is counted in whole nanoseconds, so the division can be off by a few.
    while (at + this.ahead(at) < shown) at += 1;
    while (at > now && at - 1 + this.ahead(at - 1) >= shown) at -= 1;
    return at;
  }
}
