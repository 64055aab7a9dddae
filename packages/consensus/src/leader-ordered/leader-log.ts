import { bytesToKey } from "@touchmark/core";
import type { Block } from "../block.ts";
import type { Cut, FinalityCertificate, MessageOf, PrepareCertificate } from "../messages.ts";
import type { DurableRecord, SignedOnce } from "../recovery.ts";
import { type Chain, cutDigest } from "../signing.ts";
import type { LeaderChain } from "./leader-chain.ts";

/** What a start finds behind the final blocks. */
export interface Restored {
  readonly blocks: readonly Block[];
  readonly finality: FinalityCertificate | undefined;
  readonly cuts: readonly Cut[];
  readonly certificates: readonly PrepareCertificate[];
  readonly sent: readonly SignedOnce[];
  readonly acceptedView: MessageOf<"newView"> | undefined;
}

/** P-7: reads the log back in its order, and delivers again whatever is final. */
export function restoreLog(chain: Chain, held: LeaderChain, records: readonly DurableRecord[]): Restored {
  const blocks: Block[] = [];
  const cuts = new Map<string, Cut>();
  const certificates: PrepareCertificate[] = [];
  const sent: SignedOnce[] = [];
  let finality: FinalityCertificate | undefined;
  let acceptedView: MessageOf<"newView"> | undefined;
  for (const record of records) {
    if (record.kind === "content") held.addContent(record.transaction, record.arrived);
    else if (record.kind === "batch") held.addBatch(record.batch);
    else if (record.kind === "cut")
      cuts.set(bytesToKey(cutDigest(chain, record.epoch, record.cut)), record.cut);
    else if (record.kind === "certificate") certificates.push(record.certificate);
    else if (record.kind === "sent") sent.push(record.message);
    else if (record.kind === "acceptedView") acceptedView = record.newView;
    else if (record.kind === "finality") {
      const { digest } = record.finality;
      const cut = cuts.get(bytesToKey(digest));
      const batch = cut === undefined ? undefined : held.batchUnder(cut);
      if (cut === undefined || batch === undefined) continue;
      blocks.push(held.deliver(cut, digest, batch));
      held.settle({ cut, batch, finality: record.finality });
      finality = record.finality;
    }
  }
  return { blocks, finality, cuts: [...cuts.values()], certificates, sent, acceptedView };
}
