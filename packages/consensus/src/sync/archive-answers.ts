import { type Digest, equalBytes, type Height } from "@touchmark/core";
import type { ArchivedBlock } from "../block.ts";
import { BLOCK_BATCHES_MAX, type LaneBatch, type Message, type MessageOf } from "../messages.ts";

/** What an archive is asked. */
export type ArchiveAsk = MessageOf<"askBlock"> | MessageOf<"askBatches"> | MessageOf<"askCut">;

/** Where a shell keeps archived blocks. */
export interface ArchiveShelf {
  block(height: Height): ArchivedBlock | undefined;
  batch(digest: Digest): LaneBatch | undefined;
}

/** How many batches one request is answered with. */
const BATCHES_MAX = 512;

/** Y-1: what the shell of an archive node sends to whoever asks for what its replica has no more. */
export function answerFrom(shelf: ArchiveShelf, ask: ArchiveAsk): readonly Message[] {
  switch (ask.kind) {
    case "askBlock": {
      // A height without a certificate of its own is found from the next one above that has one.
      const above = shelf.block(ask.height)?.finality.height;
      const found = above === undefined ? undefined : shelf.block(above);
      if (found === undefined) return [];
      const { cut, finality, batches } = found;
      return [{ kind: "block", cut, finality, batches: batches.slice(0, BLOCK_BATCHES_MAX) }];
    }
    case "askCut": {
      const found = shelf.block(ask.height);
      if (found === undefined) return [];
      const { cut, finality } = found;
      // Only the certificate's own height names its cut's digest; the asker checks every digest itself.
      const isOther = finality.height === ask.height && !equalBytes(finality.digest, ask.digest);
      return isOther ? [] : [{ kind: "cut", epoch: finality.epoch, cut }];
    }
    case "askBatches":
      return ask.batches.slice(0, BATCHES_MAX).flatMap(({ name }): readonly Message[] => {
        const batch = shelf.batch(name.digest);
        return batch === undefined ? [] : [{ kind: "batch", batch }];
      });
  }
}
