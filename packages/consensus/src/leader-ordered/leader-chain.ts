import { bytesToKey, type Digest, Height, must, type Nanos, type Txid } from "@touchmark/core";
import type { Block } from "../block.ts";
import type { ReplicaConfig } from "../config.ts";
import type { TransactionFacts } from "../input.ts";
import type { Cut, FinalityCertificate, LaneBatch } from "../messages.ts";
import { batchDigest } from "../signing.ts";
import { type ChainTip, follows, type Held, orderBatch } from "./leader-block.ts";

export interface FinalBlock {
  readonly cut: Cut;
  readonly batch: LaneBatch;
  readonly finality: FinalityCertificate;
}

/** What one replica holds: content that waits, batches, and the chain of delivered blocks. */
export class LeaderChain {
  tip: ChainTip;
  readonly finals = new Map<number, FinalBlock>();
  private readonly config: ReplicaConfig;
  private readonly waiting = new Map<string, Held>();
  private readonly ordered = new Set<string>();
  private readonly batches = new Map<string, LaneBatch>();

  constructor(config: ReplicaConfig) {
    const { digest, time } = config.genesis;
    this.config = config;
    this.tip = { height: Height.of(0), digest, blockHash: digest, horizon: time, lastTime: time };
  }

  get hasContent(): boolean {
    return this.waiting.size > 0;
  }

  /** In the order of their arrival; what has expired is forgotten. */
  takeNext(): readonly Held[] {
    for (const [key, { facts }] of this.waiting)
      if (!this.isInTime(facts.validUntil)) this.waiting.delete(key);
    return [...this.waiting.values()].slice(0, this.config.params.blockTransactionsMax);
  }

  /** O-2: nothing is ordered once the horizon has passed its validUntil. */
  private isInTime(validUntil: Nanos): boolean {
    return validUntil > this.tip.horizon;
  }

  /** Whether all of the batch's content, which is held, may still be ordered. */
  isTimely(batch: LaneBatch): boolean {
    return batch.sightings.every(({ txid }) => {
      const facts = this.waiting.get(bytesToKey(txid))?.facts;
      return facts !== undefined && this.isInTime(facts.validUntil);
    });
  }

  /** Whether it was new. */
  addContent(facts: TransactionFacts, arrived: Nanos): boolean {
    const key = bytesToKey(facts.txid);
    if (this.waiting.has(key) || this.ordered.has(key)) return false;
    this.waiting.set(key, { facts, arrived });
    return true;
  }

  addBatch(batch: LaneBatch): void {
    this.batches.set(bytesToKey(batchDigest(this.config.chain, batch)), batch);
  }

  batchOf(digest: Uint8Array): LaneBatch | undefined {
    return this.batches.get(bytesToKey(digest));
  }

  /** The batch under a cut, if it is held, and the cut may follow the tip. */
  batchUnder(cut: Cut): LaneBatch | undefined {
    const [only] = cut.tips;
    const batch = only === undefined ? undefined : this.batchOf(only.digest);
    if (batch === undefined || !follows(this.tip, cut, batch)) return undefined;
    return batch.sightings.some((it) => this.ordered.has(bytesToKey(it.txid))) ? undefined : batch;
  }

  /** What of the batch is neither held nor ordered. */
  missingOf(batch: LaneBatch): readonly Txid[] {
    return batch.sightings
      .map((it) => it.txid)
      .filter((txid) => !this.waiting.has(bytesToKey(txid)) && !this.ordered.has(bytesToKey(txid)));
  }

  /** Orders the batch behind the tip; everything of it is held. */
  deliver(cut: Cut, digest: Digest, batch: LaneBatch): Block {
    const validUntil = (txid: Txid): Nanos =>
      must(this.waiting.get(bytesToKey(txid)), "held content").facts.validUntil;
    const { block, tip } = orderBatch(this.config.chain, this.tip, cut, digest, batch, validUntil);
    this.tip = tip;
    for (const { txid } of batch.sightings) {
      const key = bytesToKey(txid);
      this.waiting.delete(key);
      this.ordered.add(key);
    }
    return block;
  }

  /** The tip is final: other batches of its height are needed no more. */
  settle(final: FinalBlock): void {
    this.finals.set(final.cut.height, final);
    for (const [key, batch] of this.batches) if (batch.seq <= final.cut.height) this.batches.delete(key);
  }
}
