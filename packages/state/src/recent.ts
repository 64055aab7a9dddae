/**
 * The transactions of the last minutes, failed ones too: what makes a replay a replay (L-4), and what counts
 * against a quota (L-9).
 *
 * The state has one leaf for each block that had any: the digest of the block's list. The lists themselves are
 * kept in memory and handed out with the block; whoever starts hands them back, and each is checked against its
 * leaf (L-13). So marks and quotas cost the tree one leaf a block, and are the same on every machine.
 */
import {
  addNanos,
  assert,
  binary,
  bytesToKey,
  type Digest,
  decode,
  digestSchema,
  domainDigest,
  Epoch,
  encode,
  equalBytes,
  Height,
  type Id,
  integer,
  isRejection,
  list,
  must,
  Nanos,
  optional,
  subtractNanos,
  tuple,
  txidSchema,
  type ValueOf,
} from "@touchmark/core";
import { keyspace } from "./keyspace.ts";
import type { Chain } from "./machine.ts";
import { acct } from "./machines/identity/records.ts";
import { QUOTA_PERIOD, STAMP_TTL } from "./parameters.ts";
import { OPS_MAX } from "./transaction.ts";

const recentEntry = tuple({
  txid: txidSchema,
  sender: binary(32),
  at: Nanos.schema,
  validUntil: Nanos.schema,
  /** Whose quota it costs; none for a key that the state did not know. */
  charged: optional(acct),
  /** What it costs; 0 where the quota itself refused it. */
  ops: integer(0, OPS_MAX),
  time: Nanos.schema,
});
export type RecentEntry = ValueOf<typeof recentEntry>;

const BLOCK_TRANSACTIONS_MAX = 100_000;
export const recentList = list(recentEntry, 1, BLOCK_TRANSACTIONS_MAX);

/** By height: the digest of the block's list. A block without transactions has none. */
export const recent = keyspace("recent", Height.schema, digestSchema);

const NO_EPOCH = Epoch.of(0);

/** The bytes of a block's list and the digest that its leaf has. */
export interface RecentRecord {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

interface MarkedBlock {
  readonly height: Height;
  /** The time of its last transaction. */
  readonly lastTime: Nanos;
  readonly marks: readonly string[];
}

/** L-4: sender key and its stamp: one transaction of this name, while the mark lives. */
export function markOf(sender: Uint8Array, at: Nanos): string {
  return `${bytesToKey(sender)}${at}`;
}

/** All keys that the state doesn't know share one quota: each of them costs nothing to make. */
export type Charged = Id<"acct"> | undefined;

export class RecentBlocks {
  private readonly chain: Chain;
  /** By mark: the last block that has it. */
  private readonly marks = new Map<string, number>();
  private blocks: MarkedBlock[] = [];
  private open: RecentEntry[] = [];
  private openMarks: string[] = [];
  private readonly usage = new Usage();
  private lastCharged: Charged;
  private lastAccount = "";

  constructor(chain: Chain) {
    this.chain = chain;
  }

  isUsed(mark: string): boolean {
    return this.marks.has(mark);
  }

  /** L-9: operations that this one has had run within the period that ends now. */
  opsUsed(charged: Charged, now: Nanos): number {
    return this.usage.of(this.accountOf(charged), now);
  }

  add(height: Height, entry: RecentEntry, mark = markOf(entry.sender, entry.at)): void {
    this.open.push(entry);
    this.openMarks.push(mark);
    this.marks.set(mark, height);
    this.usage.add(this.accountOf(entry.charged), entry.ops, entry.time);
  }

  /** The list of this block, if it has one. */
  endBlock(height: Height): RecentRecord | undefined {
    const { open, openMarks } = this;
    const last = open.at(-1);
    if (last === undefined) return undefined;
    this.blocks.push({ height, lastTime: last.time, marks: openMarks });
    this.open = [];
    this.openMarks = [];
    const bytes = encode(recentList, open);
    return { bytes, digest: this.digestOf(bytes) };
  }

  /** L-4: heights whose marks are past the life of every transaction in them. */
  expire(now: Nanos): readonly Height[] {
    const first = this.blocks.findIndex((it) => addNanos(it.lastTime, STAMP_TTL) >= now);
    const gone = this.blocks.slice(0, first < 0 ? this.blocks.length : first);
    if (gone.length === 0) return [];
    this.blocks = this.blocks.slice(gone.length);
    for (const { height, marks } of gone) {
      // A stamp that was used again meanwhile was refused, and stays marked by the later block.
      for (const mark of marks) if (this.marks.get(mark) === height) this.marks.delete(mark);
    }
    return gone.map((it) => it.height);
  }

  /** At the start, ascending by height: a list that was handed out, checked against its leaf. */
  restore(height: Height, bytes: Uint8Array, digest: Digest): void {
    assert(equalBytes(this.digestOf(bytes), digest), "a list of recent transactions has its leaf's digest");
    const entries = decode(recentList, bytes);
    assert(!isRejection(entries), "a list with the right digest decodes");
    for (const entry of entries) this.add(height, entry);
    const lastTime = must(entries.at(-1), "an entry of a list").time;
    this.blocks.push({ height, lastTime, marks: this.openMarks });
    this.open = [];
    this.openMarks = [];
  }

  /** The account's text; a transaction is charged right after its quota was asked for. */
  private accountOf(charged: Charged): string {
    if (charged === undefined) return "";
    if (charged !== this.lastCharged) {
      this.lastCharged = charged;
      this.lastAccount = bytesToKey(charged);
    }
    return this.lastAccount;
  }

  private digestOf(bytes: Uint8Array): Digest {
    const { hasher, chainId } = this.chain;
    return domainDigest(hasher, { type: "recent", chainId, epoch: NO_EPOCH }, bytes);
  }
}

interface Used {
  readonly account: string;
  readonly ops: number;
  readonly time: Nanos;
}

/** Entries that have left the window are cut off when there are so many. */
const CUT_AFTER = 4_096;

/** L-9: sums over a window of time that slides with consensus time, which never goes back. */
class Usage {
  private entries: Used[] = [];
  private first = 0;
  private readonly sums = new Map<string, number>();

  add(account: string, ops: number, time: Nanos): void {
    if (ops === 0) return;
    this.entries.push({ account, ops, time });
    this.sums.set(account, (this.sums.get(account) ?? 0) + ops);
  }

  of(account: string, now: Nanos): number {
    this.slide(subtractNanos(now, QUOTA_PERIOD));
    return this.sums.get(account) ?? 0;
  }

  private slide(from: Nanos): void {
    for (let entry = this.entries[this.first]; entry !== undefined && entry.time < from; ) {
      const left = (this.sums.get(entry.account) ?? 0) - entry.ops;
      if (left === 0) this.sums.delete(entry.account);
      else this.sums.set(entry.account, left);
      this.first++;
      entry = this.entries[this.first];
    }
    if (this.first < CUT_AFTER || this.first * 2 < this.entries.length) return;
    this.entries = this.entries.slice(this.first);
    this.first = 0;
  }
}
