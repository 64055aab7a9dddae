import { bytesToKey, type Digest, type Epoch, equalBytes, type Height, type Txid } from "@touchmark/core";
import type { OpenCut } from "../agreement/open-chain.ts";
import {
  BLOCK_BATCHES_MAX,
  type Cut,
  type FinalityCertificate,
  type LaneBatch,
  type MessageOf,
} from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import type { TransactionRecord } from "../transactions.ts";

interface Kept {
  readonly cut: Cut;
  readonly digest: Digest;
  readonly epoch: Epoch;
  readonly batches: ReadonlyMap<string, LaneBatch>;
  finality: FinalityCertificate | undefined;
}

/** Y-1: the last delivered heights with all it takes to compute their order, for those that are behind. */
export class Archive {
  private readonly shared: Shared;
  private readonly byHeight = new Map<number, Kept>();
  private readonly batchByKey = new Map<string, LaneBatch>();
  /** Content that no block holds, by the height at which it ceased to count. */
  private readonly expired = new Map<number, readonly Txid[]>();
  private outlived: Txid[] = [];

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
        for (const record of held.records) record.isCovered = true;
      }
    });
    const { cut, digest } = open;
    const { epoch } = state.committee;
    this.byHeight.set(cut.height, { cut, digest, epoch, batches, finality: undefined });
    this.forget(open.cut.height - state.params.keptHeights);
  }

  private forget(height: number): void {
    this.outlived = this.outlived.concat(this.expired.get(height) ?? []);
    this.expired.delete(height);
    const kept = this.byHeight.get(height);
    if (kept === undefined) return;
    for (const key of kept.batches.keys()) this.batchByKey.delete(key);
    this.byHeight.delete(height);
  }

  /**
   * Of content that counts no longer here, and what did so before: what nobody can need any more. A block's
   * content is kept with the block; what cuts cover and no block holds is asked for by whoever is behind, since
   * only its validUntil tells that it is not due (O-2).
   */
  release(forgotten: readonly TransactionRecord[]): readonly Txid[] {
    const { outlived } = this;
    this.outlived = [];
    if (forgotten.length === 0) return outlived;
    const isNeeded = (it: TransactionRecord): boolean => it.isCovered && it.orderedAt === undefined;
    const { height } = this.shared.state.delivered;
    const needed = forgotten.filter(isNeeded).map((it) => it.txid);
    if (needed.length > 0) this.expired.set(height, [...(this.expired.get(height) ?? []), ...needed]);
    return [...outlived, ...forgotten.filter((it) => !isNeeded(it)).map((it) => it.txid)];
  }

  /** The height is final, by its own certificate or by that of a later one. */
  final(height: number, finality: FinalityCertificate): void {
    const kept = this.byHeight.get(height);
    if (kept === undefined) return;
    kept.finality = finality;
    const { config, out } = this.shared.state;
    if (config.archives !== true) return;
    const batches = [...kept.batches.values()];
    out.push({ kind: "archive", block: { cut: kept.cut, finality, batches } });
  }

  findBatch(key: string): LaneBatch | undefined {
    return this.batchByKey.get(key);
  }

  holds(digest: Digest): boolean {
    return this.batchByKey.has(bytesToKey(digest));
  }

  /** Of whatever epoch: a replica that is still in an older one asks for cuts of that. */
  findCut(height: Height, digest: Digest): MessageOf<"cut"> | undefined {
    const kept = this.byHeight.get(height);
    if (kept === undefined || !equalBytes(kept.digest, digest)) return undefined;
    return { kind: "cut", epoch: kept.epoch, cut: kept.cut };
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
