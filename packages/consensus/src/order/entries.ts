import { assert, type Nanos } from "@touchmark/core";
import type { TransactionRecord, TransactionTable } from "../transactions.ts";

/** No sighting. */
export const NONE = -1;

/** What the order knows of one transaction, as of the point that is in view. */
export class Entry {
  readonly record: TransactionRecord;
  /** The newest of its sightings; the older ones hang on it. */
  newest = NONE;
  /** O-2: its validUntil, where a block holds it. It counts only as long as it is remembered. */
  orderedUntil: Nanos | undefined;
  /** Sightings, present or parked, and reasons to keep it without any; at 0 it goes. */
  uses = 0;
  /** The number of the last extension that looked at it. */
  seenBy = 0;
  readonly keeper: Entries;

  constructor(record: TransactionRecord, keeper: Entries) {
    this.record = record;
    this.keeper = keeper;
  }
}

/**
 * Every transaction that the order keeps: it holds one use of each one's record, and the record leads to its
 * entry, for a table of millions of them would be the most costly thing in a merge of lanes.
 */
export class Entries {
  private readonly table: TransactionTable;
  private released: TransactionRecord[] = [];

  constructor(table: TransactionTable) {
    this.table = table;
  }

  /** The caller gives the entry a use, or what is new stays for ever. */
  at(record: TransactionRecord): Entry {
    const known = record.entry;
    if (known !== undefined) {
      assert(known.keeper === this, "a table of transactions serves one order");
      return known;
    }
    const entry = new Entry(record, this);
    record.entry = entry;
    // The table's `use` would look the id up again; the record is at hand.
    record.uses++;
    return entry;
  }

  /** One use less; with the last one the order forgets the transaction. */
  drop(entry: Entry): void {
    if (--entry.uses > 0) return;
    const { record } = entry;
    record.entry = undefined;
    this.table.release(record);
    if (record.uses === 0) this.released.push(record);
  }

  /** The records that went since the last call, and that nobody else uses. */
  takeReleased(): readonly TransactionRecord[] {
    const { released } = this;
    if (released.length > 0) this.released = [];
    return released;
  }
}
