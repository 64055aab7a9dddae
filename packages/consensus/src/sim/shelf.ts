import { bytesToKey, type Digest, type Height } from "@touchmark/core";
import type { ArchivedBlock } from "../block.ts";
import type { LaneBatch } from "../messages.ts";
import { batchDigest, type Chain } from "../signing.ts";
import type { ArchiveShelf } from "../sync/archive-answers.ts";

/** Y-1: where an archive node keeps its blocks. They outlive crashes; nothing is written twice. */
export class Shelf implements ArchiveShelf {
  private readonly chain: Chain;
  private readonly blocks = new Map<number, ArchivedBlock>();
  private readonly batches = new Map<string, LaneBatch>();

  constructor(chain: Chain) {
    this.chain = chain;
  }

  keep(block: ArchivedBlock): void {
    if (this.blocks.has(block.cut.height)) return;
    this.blocks.set(block.cut.height, block);
    for (const batch of block.batches) this.batches.set(bytesToKey(batchDigest(this.chain, batch)), batch);
  }

  block(height: Height): ArchivedBlock | undefined {
    return this.blocks.get(height);
  }

  batch(digest: Digest): LaneBatch | undefined {
    return this.batches.get(bytesToKey(digest));
  }
}
