import { equalBytes, isRejection, type Result, reject, ZERO_DIGEST } from "@touchmark/core";
import type { LaneBatch, Tip } from "../../messages.ts";
import type { Batches } from "./batches.ts";
import { nameOfBytes, nameOfLane } from "./names.ts";

/** Where a lane stands in a cut. */
export interface LanePlace {
  readonly tip: Tip;
  readonly head: bigint;
}

interface LaneStep {
  readonly place: LanePlace;
  /** What the cut adds to the lane, ascending. */
  readonly batches: readonly LaneBatch[];
}

export type CutCode = "CUT_BREAKS_RULES" | "BATCH_UNSEEN";

export function breaks(why: string): Result<never, CutCode> {
  return reject("CUT_BREAKS_RULES", { why });
}

/** C-1: from a lane's place in the parent to its tip in the cut, along the hash chain; C-3: not too far. */
function walkLane(
  sent: Batches,
  lane: string,
  from: LanePlace,
  tip: Tip,
  batchesMax: number,
): Result<LaneStep, CutCode> {
  if (tip.seq < from.tip.seq) return breaks(`C-1: ${nameOfLane(lane)} goes back to ${tip.seq}`);
  if (tip.seq - from.tip.seq > batchesMax) return breaks(`C-3: ${nameOfLane(lane)} runs too far ahead`);
  const batches: LaneBatch[] = [];
  let digest: Uint8Array = tip.digest;
  for (let seq: number = tip.seq; seq > from.tip.seq; seq--) {
    const seen = sent.find(lane, seq, digest);
    if (seen === undefined) {
      const why = `C-1: batch ${seq} ${nameOfBytes(digest)} of ${nameOfLane(lane)} was never sent`;
      return reject("BATCH_UNSEEN", { why });
    }
    batches.push(seen.batch);
    digest = seen.batch.prev;
  }
  if (!equalBytes(digest, from.tip.digest))
    return breaks(`C-1: ${nameOfLane(lane)} leaves its committed prefix`);
  batches.reverse();
  return { place: { tip, head: batches.at(-1)?.head ?? from.head }, batches };
}

/** The lanes of a chain of cuts, by owner. A lane begins with number 0 and 32 zero bytes, its head at T0. */
export class LanePlaces {
  private readonly sent: Batches;
  private readonly batchesMax: number;
  private readonly genesis: LanePlace;
  private readonly places = new Map<string, LanePlace>();

  constructor(sent: Batches, batchesMax: number, genesisTip: Tip, genesisTime: bigint) {
    this.sent = sent;
    this.batchesMax = batchesMax;
    this.genesis = { tip: genesisTip, head: genesisTime };
  }

  headOf(lane: string): bigint {
    return (this.places.get(lane) ?? this.genesis).head;
  }

  /** Moves every lane of a cut to its tip; answers what each of them added. */
  advance(
    keys: readonly string[],
    tips: readonly Tip[],
  ): Result<readonly { readonly lane: string; readonly batch: LaneBatch }[], CutCode> {
    const added: { lane: string; batch: LaneBatch }[] = [];
    for (const [i, tip] of tips.entries()) {
      // E-1: behind the set's tips stand those of joiners, whose keys the batches tell.
      const lane = keys[i] ?? this.sent.laneOf(tip.seq, tip.digest);
      if (lane === undefined && tip.seq === 0 && equalBytes(tip.digest, ZERO_DIGEST)) continue;
      if (lane === undefined) return breaks(`C-1: tip ${i} is of no lane`);
      const from = this.places.get(lane) ?? this.genesis;
      const step = walkLane(this.sent, lane, from, tip, this.batchesMax);
      if (isRejection(step)) return step;
      this.places.set(lane, step.place);
      for (const batch of step.batches) added.push({ lane, batch });
    }
    return added;
  }
}
