import { bytesToKey, type Txid } from "@touchmark/core";
import type { ValidatorKey } from "./committee.ts";
import type { LaneBatch } from "./messages.ts";
import type { ChainMemory, DurableRecord, LogRecord, SignedOnce } from "./recovery.ts";

/** What a journal is asked about while it looks for needless records. */
export interface Keeper {
  /** O-2: whether some later height may still need this content. */
  needsContent(txid: Txid): boolean;
  isSelf(key: ValidatorKey): boolean;
}

/**
 * The records that the log holds behind its newest checkpoint, as this replica wrote them. A checkpoint takes
 * over those that still matter, so it can never leave out what was signed but not yet heard of again.
 */
export class Journal {
  private records: LogRecord[] = [];

  /** A record goes into the log, or was found there by a start. */
  note(record: DurableRecord): void {
    if (record.kind !== "checkpoint") this.records.push(record);
  }

  /**
   * Y-1, P-7, S-3: what a start from behind this height needs: whatever was signed above it, the highest view
   * of its epoch, batches beyond the lanes' tips, content that may still be ordered, and the newest own batch,
   * for no number of the own lane is signed twice. The journal goes on with these alone.
   */
  cutAt({ order, past }: ChainMemory, keeper: Keeper): readonly LogRecord[] {
    const ends = [...order.lanes, ...past];
    const tips = new Map(ends.map(({ key, tip }) => [bytesToKey(key), tip.seq]));
    const dead = new Set(ends.filter((it) => it.dead).map(({ key }) => bytesToKey(key)));
    const newest = this.newestOwn(keeper);
    const views = this.highestViews(order.epoch);
    const contents = new Set<string>();
    const isNeeded = (record: LogRecord): boolean => {
      switch (record.kind) {
        case "content": {
          const key = bytesToKey(record.transaction.txid);
          if (contents.has(key) || !keeper.needsContent(record.transaction.txid)) return false;
          contents.add(key);
          return true;
        }
        case "batch":
          return (
            record.batch === newest || record.batch.seq > (tips.get(bytesToKey(record.batch.lane)) ?? -1)
          );
        case "evidence":
          // S-5: one for each lane, told again until the chain has it, which ends with the lane.
          return !dead.has(bytesToKey(record.evidence.first.lane));
        case "cut":
          return record.cut.height > order.height;
        case "certificate":
          return record.certificate.height > order.height;
        case "finality":
          return record.finality.height > order.height;
        case "sent":
        case "acceptedView": {
          const at = placeOf(record);
          return at.height === undefined ? views.get(at.name) === record : at.height > order.height;
        }
      }
    };
    this.records = this.records.filter(isNeeded);
    return [...this.records];
  }

  private newestOwn({ isSelf }: Keeper): LaneBatch | undefined {
    let newest: LaneBatch | undefined;
    for (const record of this.records) {
      if (record.kind !== "batch" || record.batch.seq <= (newest?.seq ?? 0)) continue;
      if (isSelf(record.batch.lane)) newest = record.batch;
    }
    return newest;
  }

  /** Of VIEW-CHANGE, NEW-VIEW and the accepted one, that of the highest view of this epoch or of a later one. */
  private highestViews(epoch: number): ReadonlyMap<string, LogRecord> {
    const highest = new Map<string, LogRecord>();
    for (const record of this.records) {
      if (record.kind !== "sent" && record.kind !== "acceptedView") continue;
      const { name, height, view } = placeOf(record);
      if (height !== undefined || view.epoch < epoch) continue;
      const known = highest.get(name);
      const before =
        known?.kind === "sent" || known?.kind === "acceptedView" ? placeOf(known).view : undefined;
      const isHigher =
        before === undefined ||
        view.epoch > before.epoch ||
        (view.epoch === before.epoch && view.view >= before.view);
      if (isHigher) highest.set(name, record);
    }
    return highest;
  }
}

interface Place {
  readonly name: string;
  /** None for what is of a view and of no height. */
  readonly height: number | undefined;
  readonly view: { readonly epoch: number; readonly view: number };
}

function placeOf(record: Extract<LogRecord, { readonly kind: "sent" | "acceptedView" }>): Place {
  if (record.kind === "acceptedView")
    return { name: "acceptedView", height: undefined, view: record.newView };
  const { message } = record;
  const { kind, epoch } = message;
  return {
    name: kind,
    height: heightOf(message),
    view: { epoch, view: "view" in message ? message.view : 0 },
  };
}

function heightOf(message: SignedOnce): number | undefined {
  if (message.kind === "preprepare") return message.cut.height;
  return message.kind === "viewChange" || message.kind === "newView" ? undefined : message.height;
}
