import type { Prng } from "@touchmark/core";
import type { Checkpoint } from "../recovery.ts";
import type { Disk } from "./disk.ts";
import type { Executor } from "./executor.ts";
import { MILLIS, type TrueTime } from "./true-time.ts";

/** How long it may take until the rest of a log in front of a checkpoint is deleted. */
const REST_WITHIN = 200 * MILLIS;

/** Y-1: what stands in front of a checkpoint goes in two steps, so that a crash finds it half done. */
export class Truncation {
  private readonly disk: Disk;
  private readonly executor: Executor;
  private readonly prng: Prng;
  private readonly after: (delay: TrueTime, run: () => void) => void;

  constructor(disk: Disk, executor: Executor, prng: Prng, after: (delay: TrueTime, run: () => void) => void) {
    this.disk = disk;
    this.executor = executor;
    this.prng = prng;
    this.after = after;
  }

  /** The checkpoint is the newest record of the log. */
  behind({ finality }: Checkpoint): void {
    const { disk, executor, prng } = this;
    const place = disk.size - 1;
    disk.whenDurable(() =>
      executor.whenDurable(finality.height, () => {
        disk.deleteBefore(prng.below(place + 1));
        this.after(prng.below(REST_WITHIN), () => disk.deleteBefore(place));
      }),
    );
  }
}
