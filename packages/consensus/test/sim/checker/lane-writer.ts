import { type Digest, Epoch, must, type Nanos, Seq, ZERO_DIGEST } from "@touchmark/core";
import type { ValidatorKey } from "../../../src/committee.ts";
import type { LaneBatch, Tip } from "../../../src/messages.ts";
import { batchDigest } from "../../../src/signing.ts";
import { chain, sign, txid } from "./names.ts";

export interface BatchOptions {
  readonly seq?: number;
  readonly prev?: Digest;
  /** False where content reaches the machine by another line of the test, or not at all. */
  readonly arrives?: boolean;
  readonly at?: Nanos;
  /** False keeps it out of later cuts: a second branch of a lane. */
  readonly isTip?: boolean;
}

/** The lanes of a run, by machine. */
export class LaneWriter {
  private readonly keys: readonly ValidatorKey[];
  private readonly lanes: readonly LaneBatch[][];

  constructor(keys: readonly ValidatorKey[]) {
    this.keys = keys;
    this.lanes = keys.map(() => []);
  }

  /** Makes the next batch of a lane; `sightings` by name. */
  make(
    lane: number,
    head: Nanos,
    sightings: Readonly<Record<string, Nanos>> = {},
    options: BatchOptions = {},
  ): LaneBatch {
    const sent = must(this.lanes[lane], "lane");
    const key = must(this.keys[lane], "key");
    const before = sent.at(-1);
    const { seq = (before?.seq ?? 0) + 1, prev, isTip = true } = options;
    const body = {
      epoch: Epoch.of(0),
      lane: key,
      seq: Seq.of(seq),
      prev: prev ?? (before === undefined ? ZERO_DIGEST : batchDigest(chain, before)),
      head,
      sightings: Object.entries(sightings).map(([name, stamp]) => ({ txid: txid(name), stamp })),
    };
    const batch = { ...body, signature: sign(key, batchDigest(chain, body)) };
    if (isTip) sent.push(batch);
    return batch;
  }

  /** The newest batch, or that of a number, as a tip; 0 is the lane's beginning. */
  tipOf(lane: number, seq: number | undefined): Tip {
    const sent = must(this.lanes[lane], "lane");
    const batch = seq === undefined ? sent.at(-1) : sent.find((it) => it.seq === seq);
    if (batch === undefined) return { seq: Seq.of(0), digest: ZERO_DIGEST };
    return { seq: batch.seq, digest: batchDigest(chain, batch) };
  }
}
