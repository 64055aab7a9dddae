import { bytesToKey } from "@touchmark/core";
import type { Block } from "../../block.ts";
import { Claims } from "./claims.ts";
import { nameOfTransaction } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import { atEnd, type Property } from "./setup.ts";

/**
 * Design 1 section 1, no censorship: with late(A) in the set of a block (`stamps.ts`: by then all correct
 * validators have stamped A, or as many as count) at or below its horizon, A is in that block or an earlier
 * one, unless A had expired: validUntil not above the parent's horizon. Or the block is *full* (C-2): its
 * horizon is the parent's plus one, and what is left of it does not take the largest transaction that waits.
 * That only those before A fill it is for `ordering-linearizability` to judge.
 */
export function inclusion(log: RunLog): Property {
  return atEnd("inclusion", () => findLeftOut(log));
}

function findLeftOut(log: RunLog): readonly string[] {
  const claims = new Claims(log, log.stamps);
  const found: string[] = [];
  let horizon: bigint = log.setup.genesis.time;
  for (const { block } of log.deliveries.chain) {
    for (const { txid } of block.transactions) claims.order(bytesToKey(txid));
    const set = log.sets.of(block.epoch);
    const first = set === undefined ? undefined : claims.firstOpen(set, horizon);
    // C-2: a block whose horizon is the parent's orders nothing, and promises no more than the parent's did.
    const isOwed = first !== undefined && block.horizon > horizon && first.late <= block.horizon;
    if (isOwed && !(block.horizon === horizon + 1n && isFull(log, block, claims))) {
      found.push(
        `height ${block.height} with horizon ${block.horizon} leaves out ${nameOfTransaction(first.key)}, ` +
          `which correct validators had stamped by ${first.late}`,
      );
    }
    horizon = block.horizon;
  }
  return found;
}

function isFull(log: RunLog, block: Block, claims: Claims): boolean {
  const { blockTransactionsMax, blockBytesMax } = log.setup.params;
  if (block.transactions.length >= blockTransactionsMax) return true;
  let largest = 0;
  for (const { key, submitted } of log.transactions.all) {
    if (submitted !== undefined && !claims.isOrdered(key)) largest = Math.max(largest, submitted.bytes);
  }
  const bytesOf = (txid: Uint8Array): number => log.transactions.get(bytesToKey(txid))?.submitted?.bytes ?? 0;
  return block.transactions.reduce((sum, it) => sum + bytesOf(it.txid), largest) > blockBytesMax;
}
