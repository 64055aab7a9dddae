import type { LaneBatch } from "../messages.ts";
import type { HeldBatch } from "./held-batch.ts";

type Settled = Pick<HeldBatch, "key" | "batch">;

/**
 * S-5: what the last delivered heights settled of one lane, by number, so that a late batch that contradicts it
 * is noticed. The batches themselves are kept as long for those that are behind (Y-1), so this is a list of names.
 */
export class SettledBatches {
  private readonly heightsMax: number;
  /** One chain, ascending without a gap. */
  private readonly chain: Settled[] = [];
  /** How many batches each of the last heights settled. */
  private readonly counts: number[] = [];

  constructor(heightsMax: number) {
    this.heightsMax = heightsMax;
  }

  /** A height was delivered that settled these, ascending. */
  add(passed: readonly HeldBatch[]): void {
    for (const { key, batch } of passed) this.chain.push({ key, batch });
    this.counts.push(passed.length);
    if (this.counts.length > this.heightsMax) this.chain.splice(0, this.counts.shift());
  }

  /** The settled batch of this number; none if it is beyond what is kept. */
  find(seq: number): Settled | undefined {
    const [first] = this.chain;
    return first === undefined ? undefined : this.chain[seq - first.batch.seq];
  }

  /** S-5: the settled batch that this one contradicts. */
  contradictedBy(batch: LaneBatch, key: string): LaneBatch | undefined {
    const settled = this.find(batch.seq);
    return settled === undefined || settled.key === key ? undefined : settled.batch;
  }
}
