/** L-16: the last blocks by height, so that a statement can name one of them as proof that it is fresh. */
import { addNanos, digestSchema, Height, MINUTE, Nanos, tuple, type ValueOf } from "@touchmark/core";
import { keyspace } from "./keyspace.ts";
import type { Overlay } from "./overlay.ts";
import { type Reader, readAll } from "./reader.ts";

/** At least so many blocks, and at least so long. */
export const RING_BLOCKS = 1_024;
const RING_AGE: Nanos = Nanos.of(5n * MINUTE);

const blockRecord = tuple({ hash: digestSchema, time: Nanos.schema, receiptsRoot: digestSchema });
export type BlockRecord = ValueOf<typeof blockRecord>;
export const blocks = keyspace("blocks", Height.schema, blockRecord);

/** Blocks that leave the ring with one that comes: more than one, so that it shrinks after a burst. */
const LEAVING_MAX = 4;

export class BlockRing {
  private readonly overlay: Overlay;
  private oldest: number;
  private newest: number;

  constructor(overlay: Overlay, reader: Reader) {
    this.overlay = overlay;
    const heights = [...readAll(reader, blocks)].map(([height]) => height);
    this.oldest = heights.reduce((least, height) => Math.min(least, height), heights[0] ?? 1);
    this.newest = heights.reduce((most, height) => Math.max(most, height), 0);
  }

  /** The height of the last block that was executed. */
  get height(): Height {
    return Height.of(this.newest);
  }

  add(height: Height, record: BlockRecord): void {
    this.overlay.put(blocks, height, record);
    this.newest = height;
    for (let i = 0; i < LEAVING_MAX && this.mayLeave(record.time); i++) {
      this.overlay.remove(blocks, Height.of(this.oldest));
      this.oldest++;
    }
  }

  private mayLeave(now: Nanos): boolean {
    if (this.newest - this.oldest < RING_BLOCKS) return false;
    const record = this.overlay.get(blocks, Height.of(this.oldest));
    return record === undefined || addNanos(record.time, RING_AGE) < now;
  }
}
