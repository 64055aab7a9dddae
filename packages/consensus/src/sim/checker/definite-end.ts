import { bytesToKey } from "@touchmark/core";
import type { OrderedTransaction } from "../../block.ts";
import type { RunEvent } from "../run-event.ts";
import { nameOfTransaction } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import type { Property, PropertyName, RunEventKind } from "./setup.ts";

/**
 * Design 1 section 1, O-2, O-4: a transaction is ordered at most once ever, not even by machines that
 * disagree about the height; its block's parent has a horizon below its validUntil, so that "expired" is
 * definite from then on; and it is recorded as expired exactly if its time is past its validUntil.
 */
export class DefiniteEnd implements Property {
  readonly name: PropertyName = "definite-end";
  readonly kinds: readonly RunEventKind[] = ["delivered"];
  private readonly log: RunLog;
  private readonly heights = new Map<string, number>();
  private readonly found: string[] = [];

  constructor(log: RunLog) {
    this.log = log;
  }

  observe(event: RunEvent): void {
    if (event.kind !== "delivered" || this.log.machines.correct(event.machine) === undefined) return;
    const { block } = event;
    const inThisBlock = new Set<string>();
    for (const { txid } of block.transactions) {
      const key = bytesToKey(txid);
      const known = this.heights.get(key);
      if (known === undefined) this.heights.set(key, block.height);
      const isRepeated = inThisBlock.has(key) || (known !== undefined && known !== block.height);
      inThisBlock.add(key);
      if (!isRepeated) continue;
      this.found.push(
        `${nameOfTransaction(txid)} is ordered at height ${known ?? block.height} and again at ${block.height}`,
      );
    }
  }

  finish(): readonly string[] {
    let horizon: bigint = this.log.setup.genesis.time;
    for (const { block } of this.log.deliveries.chain) {
      for (const transaction of block.transactions) this.judge(transaction, block.height, horizon);
      horizon = block.horizon;
    }
    return this.found;
  }

  private judge({ txid, time, expired }: OrderedTransaction, height: number, parentHorizon: bigint): void {
    const submitted = this.log.transactions.get(bytesToKey(txid))?.submitted;
    if (submitted === undefined) return;
    const { validUntil } = submitted;
    const named = `${nameOfTransaction(txid)}, valid until ${validUntil},`;
    if (validUntil <= parentHorizon) {
      this.found.push(`${named} is ordered at height ${height}, after horizon ${parentHorizon}`);
    }
    if (expired !== time > validUntil) {
      this.found.push(
        `${named} has time ${time} at height ${height} and is ${expired ? "" : "not "}marked expired`,
      );
    }
  }
}
