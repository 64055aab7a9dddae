import type { Nanos } from "@touchmark/core";
import type { Clock } from "./clock.ts";
import type { Scheduler } from "./scheduler.ts";
import { MICROS, type TrueTime } from "./true-time.ts";

/** No timer is finer: a replica that asks for a tick in the past must not stop the time. */
const LEAST_WAIT = 10 * MICROS;
/** Past this much from now nothing is scheduled: the run is over long before. */
const FARTHEST = 1e15;

/**
 * The one timer that a replica has, set by the machine's own clock. Nearly every `wake` moves it further
 * away, so a new entry is scheduled only if it must ring earlier than the one that is there.
 */
export class WakeTimer {
  private readonly scheduler: Scheduler;
  private readonly clock: Clock;
  private readonly ring: () => void;
  private wanted: Nanos | undefined;
  private scheduledAt: TrueTime | undefined;

  constructor(scheduler: Scheduler, clock: Clock, ring: () => void) {
    this.scheduler = scheduler;
    this.clock = clock;
    this.ring = ring;
  }

  set(at: Nanos): void {
    this.wanted = at;
    this.schedule();
  }

  cancel(): void {
    this.wanted = undefined;
    this.scheduledAt = undefined;
  }

  /** The clock was set: what was scheduled by its old reading may be wrong. */
  clockJumped(): void {
    this.scheduledAt = undefined;
    if (this.wanted !== undefined) this.schedule();
  }

  private schedule(): void {
    const { wanted } = this;
    if (wanted === undefined) return;
    const { now } = this.scheduler;
    const at = Math.max(this.clock.whenShows(wanted, now), now + LEAST_WAIT);
    if (at > FARTHEST || (this.scheduledAt !== undefined && this.scheduledAt <= at)) return;
    this.scheduledAt = at;
    this.scheduler.at(at, () => {
      // An earlier entry took this one's place, or the timer was cancelled.
      if (this.scheduledAt === at) this.rang();
    });
  }

  private rang(): void {
    this.scheduledAt = undefined;
    if (this.wanted === undefined) return;
    if (this.clock.read(this.scheduler.now) < this.wanted) {
      this.schedule();
      return;
    }
    this.wanted = undefined;
    this.ring();
  }
}
