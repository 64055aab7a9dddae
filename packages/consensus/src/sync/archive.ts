import type { Height } from "@touchmark/core";
import type { OpenCut } from "../agreement/open-chain.ts";
import {
  BLOCK_BATCHES_MAX,
  type Cut,
  type FinalityCertificate,
  type LaneBatch,
  type MessageOf,
} from "../messages.ts";
import type { Shared } from "../replica-state.ts";

interface Kept {
  readonly cut: Cut;
  readonly batches: ReadonlyMap<string, LaneBatch>;
  finality: FinalityCertificate | undefined;
}

/** Y-1: the last delivered heights with all it takes to compute their order, for those that are behind. */
export class Archive {
  private readonly shared: Shared;
  private readonly byHeight = new Map<number, Kept>();
  private readonly batchByKey = new Map<string, LaneBatch>();

  constructor(shared: Shared) {
    this.shared = shared;
  }

  /** Called before the lanes let go of what the cut covers. */
  add(open: OpenCut): void {
    const { state, lanes } = this.shared;
    const batches = new Map<string, LaneBatch>();
    state.rosterAt(open.cut.height).forEach((key, i) => {
      const [from, tip] = [open.from[i], open.cut.tips[i]];
      if (from === undefined || tip === undefined) return;
      for (const held of lanes.get(key)?.path(from, tip) ?? []) {
        batches.set(held.key, held.batch);
        this.batchByKey.set(held.key, held.batch);
      }
    });
    this.byHeight.set(open.cut.height, { cut: open.cut, batches, finality: undefined });
    this.forget(open.cut.height - state.params.keptHeights);
  }

  private forget(height: number): void {
    const kept = this.byHeight.get(height);
    if (kept === undefined) return;
    for (const key of kept.batches.keys()) this.batchByKey.delete(key);
    this.byHeight.delete(height);
  }

  /** The height is final, by its own certificate or by that of a later one. */
  final(height: number, finality: FinalityCertificate): void {
    const kept = this.byHeight.get(height);
    if (kept !== undefined) kept.finality = finality;
  }

  findBatch(key: string): LaneBatch | undefined {
    return this.batchByKey.get(key);
  }

  findCut(height: Height): Cut | undefined {
    return this.byHeight.get(height)?.cut;
  }

  /**
   * The height's block, or the next one above that has a certificate of its own: the asker finds those between
   * by their digests. Batches beyond the format's bound are asked for by name.
   */
  block(height: Height): MessageOf<"block"> | undefined {
    const at = this.byHeight.get(height)?.finality?.height;
    const kept = at === undefined ? undefined : this.byHeight.get(at);
    if (kept?.finality === undefined || kept.finality.height !== kept.cut.height) return undefined;
    const batches = [...kept.batches.values()].slice(0, BLOCK_BATCHES_MAX);
    return { kind: "block", cut: kept.cut, finality: kept.finality, batches };
  }
}
