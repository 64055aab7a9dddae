import { bytesToKey, type Height, type Nanos, type Txid } from "@touchmark/core";
import type { TransactionFacts } from "./input.ts";
import type { Entry } from "./order/entries.ts";

/**
 * One record for each transaction that a replica has heard of, shared by everything that names it, so that
 * 32-byte ids are looked up once, when they come in, and never while ordering.
 */
export class TransactionRecord {
  readonly txid: Txid;
  readonly key: string;
  /** Present while the content is held: checked, and durable before anything says so. */
  facts: TransactionFacts | undefined;
  /** When the content first arrived here, by the own clock. */
  arrived: Nanos | undefined;
  /** The delivered height whose block holds it. */
  orderedAt: Height | undefined;
  /** A delivered cut covers a sighting of it. */
  isCovered = false;
  /** How many held batches, orders and other tables name it; at 0 it is forgotten. */
  uses = 0;
  /** What the order knows of it. Only the order looks at this; a table serves one order. */
  entry: Entry | undefined;

  constructor(txid: Txid, key: string) {
    this.txid = txid;
    this.key = key;
  }
}

export class TransactionTable {
  private readonly byKey = new Map<string, TransactionRecord>();
  private forgotten: TransactionRecord[] = [];
  /** Rises with every content that comes in: what was computed without it is stale when this has changed. */
  contents = 0;

  get size(): number {
    return this.byKey.size;
  }

  find(txid: Txid): TransactionRecord | undefined {
    return this.byKey.get(bytesToKey(txid));
  }

  /** The record of this id, and one more use of it. */
  use(txid: Txid): TransactionRecord {
    const key = bytesToKey(txid);
    let record = this.byKey.get(key);
    if (record === undefined) {
      record = new TransactionRecord(txid, key);
      this.byKey.set(key, record);
    }
    record.uses++;
    return record;
  }

  /** The content is held: checked here, and in the log. */
  hold(record: TransactionRecord, facts: TransactionFacts, arrived: Nanos): void {
    record.facts = facts;
    record.arrived = arrived;
    this.contents++;
  }

  /** One use less. With the last one the record goes, and its content with it. */
  release(record: TransactionRecord): void {
    record.uses--;
    if (record.uses > 0) return;
    this.byKey.delete(record.key);
    if (record.facts !== undefined) this.forgotten.push(record);
  }

  /** The records with content that went since the last call. */
  takeForgotten(): readonly TransactionRecord[] {
    const { forgotten } = this;
    if (forgotten.length > 0) this.forgotten = [];
    return forgotten;
  }
}
