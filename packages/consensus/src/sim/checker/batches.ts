import { bytesToKey, type Digest, equalBytes } from "@touchmark/core";
import type { LaneBatch, Message } from "../../messages.ts";
import type { Chain } from "../../signing.ts";
import { digestOfBatch } from "./digests.ts";

/** The first time that the owner of a lane, a correct machine, sent this batch. */
export interface OwnSend {
  readonly machine: number;
  readonly life: number;
  readonly at: bigint;
  readonly order: number;
  /** The highest horizon that the machine had delivered by then. */
  readonly horizon: bigint;
  /** The highest that its clock had shown by then. */
  readonly clockSeen: bigint;
}

/** A batch that somebody sent: one object for one content, however often and in whatever message it went. */
export class SeenBatch {
  readonly batch: LaneBatch;
  readonly lane: string;
  own: OwnSend | undefined;
  private readonly chain: Chain;
  private computed: Digest | undefined;
  private txKeys: readonly string[] | undefined;

  constructor(chain: Chain, batch: LaneBatch, lane: string) {
    this.chain = chain;
    this.batch = batch;
    this.lane = lane;
  }

  get digest(): Digest {
    this.computed ??= digestOfBatch(this.chain, this.batch);
    return this.computed;
  }

  /** Its transactions as Maps' keys, in its order. */
  get transactions(): readonly string[] {
    this.txKeys ??= this.batch.sightings.map((it) => bytesToKey(it.txid));
    return this.txKeys;
  }
}

function sameContent(a: LaneBatch, b: LaneBatch): boolean {
  if (a.epoch !== b.epoch || a.head !== b.head || a.sightings.length !== b.sightings.length) return false;
  if (!equalBytes(a.prev, b.prev)) return false;
  return a.sightings.every((it, i) => {
    const other = b.sightings[i];
    return other !== undefined && it.stamp === other.stamp && equalBytes(it.txid, other.txid);
  });
}

/** Every lane batch that was ever sent, by lane and number. */
export class Batches {
  private readonly chain: Chain;
  private readonly lanes = new Map<string, Map<number, SeenBatch[]>>();
  private readonly byObject = new WeakMap<LaneBatch, SeenBatch>();

  constructor(chain: Chain) {
    this.chain = chain;
  }

  /** Takes whatever batches a message carries. */
  addAll(message: Message): void {
    if (message.kind === "batch") this.add(message.batch);
    else if (message.kind === "block") for (const batch of message.batches) this.add(batch);
    else if (message.kind === "evidence") {
      this.add(message.first);
      if (message.second !== undefined) this.add(message.second);
    }
  }

  add(batch: LaneBatch): SeenBatch {
    const known = this.byObject.get(batch);
    if (known !== undefined) return known;
    const lane = bytesToKey(batch.lane);
    const numbers = this.lanes.get(lane) ?? new Map<number, SeenBatch[]>();
    this.lanes.set(lane, numbers);
    const others = numbers.get(batch.seq) ?? [];
    numbers.set(batch.seq, others);
    let seen = others.find((it) => sameContent(it.batch, batch));
    if (seen === undefined) {
      seen = new SeenBatch(this.chain, batch, lane);
      others.push(seen);
    }
    this.byObject.set(batch, seen);
    return seen;
  }

  find(lane: string, seq: number, digest: Uint8Array): SeenBatch | undefined {
    return this.lanes
      .get(lane)
      ?.get(seq)
      ?.find((it) => equalBytes(it.digest, digest));
  }

  /** Whose lane a tip is of: in a cut only the tips of the set have their keys by their places. */
  laneOf(seq: number, digest: Uint8Array): string | undefined {
    for (const lane of this.lanes.keys()) if (this.find(lane, seq, digest) !== undefined) return lane;
    return undefined;
  }

  /** The lanes that correct machines sent batches of, in the order of their keys. */
  get ownLanes(): readonly string[] {
    const isOwned = (lane: string): boolean => this.ownOf(lane).length > 0;
    return [...this.lanes.keys()].filter(isOwned).sort((a, b) => (a < b ? -1 : 1));
  }

  /** What the owner itself sent, ascending; of one number, in the order of sending. */
  ownOf(lane: string): readonly (SeenBatch & { readonly own: OwnSend })[] {
    return [...(this.lanes.get(lane)?.values() ?? [])]
      .flat()
      .filter(isOwn)
      .sort((a, b) => a.batch.seq - b.batch.seq || a.own.order - b.own.order);
  }
}

function isOwn(seen: SeenBatch): seen is SeenBatch & { readonly own: OwnSend } {
  return seen.own !== undefined;
}
