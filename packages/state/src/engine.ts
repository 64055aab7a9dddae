/**
 * The execution of blocks.
 *
 * upon a block:
 *   the first of an epoch turns the set of validators (L-19)
 *   for each transaction, in its order: first the timers that are due before its time, then the transaction
 *   then the timers that are due up to the block's `timersUntil` (L-10)
 *   then the block's own leaves: its list of transactions (L-4), its place in the ring (L-16)
 *   then one batch of writes, and the root over it
 *
 * Nothing that a sender can send stops the engine: each transaction and each timer ends in a receipt. An assertion
 * here is a bug of ours, and stopping is then the safe end, since a wrong root would be worse.
 */
import {
  assert,
  type Digest,
  type Epoch,
  type Height,
  isRejection,
  must,
  Nanos,
  type Schema,
  type Txid,
} from "@touchmark/core";
import { ownerOfKey } from "./actor.ts";
import { BlockRing } from "./blocks.ts";
import type { Commitment } from "./commitment.ts";
import { RunContext } from "./context.ts";
import type { Chain } from "./machine.ts";
import { keys } from "./machines/identity/records.ts";
import { CACHED_LEAVES_DEFAULT, Overlay } from "./overlay.ts";
import { type Reader, readAll, type Write } from "./reader.ts";
import { encodeReceipts, type Receipt, receiptSchema, receiptsRoot } from "./receipt.ts";
import { RecentBlocks, recent } from "./recent.ts";
import type { Registry, TimerKey } from "./registry.ts";
import { Runner } from "./runner.ts";
import { TimerQueue } from "./timers.ts";
import { decodeTransaction, type Envelope, envelopeSchema, type Transaction } from "./transaction.ts";
import {
  joinersOf,
  placeJoiners,
  suspendedOf,
  suspendsAt,
  turnEpoch,
  validatorSet,
  wantedValidators,
} from "./validators.ts";
import { ONLY_KEY } from "./versions.ts";

/** What consensus delivers, with the content of its transactions. */
export interface BlockInput {
  readonly height: Height;
  readonly epoch: Epoch;
  readonly blockHash: Digest;
  /** Timers due up to here run in this block. */
  readonly timersUntil: Nanos;
  readonly transactions: readonly {
    readonly txid: Txid;
    readonly time: Nanos;
    readonly content: Uint8Array | Transaction;
  }[];
}

/** The state's judgement over senders, for whoever takes transactions in. */
export interface SenderAdmission {
  accepts(sender: Uint8Array): boolean;
}

/** What a block came to. The shell stores `writes`, `receipts` and `recentList` as one batch before the next block. */
export interface AppliedBlock {
  readonly height: Height;
  readonly receipts: readonly Receipt[];
  readonly encodedReceipts: readonly Uint8Array[];
  readonly receiptsRoot: Digest;
  /** Ascending by key bytes. */
  readonly writes: readonly Write[];
  readonly stateRoot: Digest;
  /** The block's list for `recent`, to be handed back at the next start; none where it had no transactions. */
  readonly recentList: Uint8Array | undefined;
  /** Heights whose lists are needed no more. */
  readonly recentOver: readonly Height[];
  readonly nextTimerDue: Nanos | undefined;
  /** None where the next epoch keeps the set. */
  readonly nextValidators: readonly Uint8Array[] | undefined;
  readonly joiners: readonly Uint8Array[];
  readonly suspends: boolean;
  readonly suspended: readonly Uint8Array[];
  readonly admission: SenderAdmission;
}

export interface EngineOptions {
  readonly registry: Registry;
  readonly chain: Chain;
  readonly reader: Reader;
  readonly commitment: Commitment;
  /** The list that a block of this height handed out. */
  readonly recentList: (height: Height) => Uint8Array | undefined;
  readonly cachedLeaves?: number;
  /** L-11: what one block runs of timers; every node of a chain has the same. */
  readonly blockTimersMax?: number;
}

/** L-11: what a block runs of timers, unless a test wants less; the rest is first in the next. */
export const BLOCK_TIMERS_MAX = 10_000;

export class Engine {
  private readonly options: EngineOptions;
  private readonly overlay: Overlay;
  private readonly runner: Runner;
  private readonly recent: RecentBlocks;
  private readonly ring: BlockRing;
  private readonly timers = new TimerQueue();
  private readonly envelope: Schema<Envelope>;
  private readonly receipt: Schema<Receipt>;
  /** Timers that this block may still run. */
  private budget = 0;
  private receipts: Receipt[] = [];

  constructor(options: EngineOptions) {
    const { registry, chain, reader, cachedLeaves = CACHED_LEAVES_DEFAULT } = options;
    this.options = options;
    this.overlay = new Overlay(reader, cachedLeaves);
    this.recent = new RecentBlocks(chain);
    const context = new RunContext(this.overlay, registry, chain);
    this.runner = new Runner({
      overlay: this.overlay,
      registry,
      context,
      recent: this.recent,
      timers: this.timers,
    });
    this.ring = new BlockRing(this.overlay, reader);
    this.envelope = envelopeSchema(registry);
    this.receipt = receiptSchema(registry);
    for (const [key] of readAll(reader, registry.timerSpace)) this.timers.push(key);
    for (const [height, digest] of readAll(reader, recent)) {
      const bytes = must(options.recentList(height), `the list of recent transactions of height ${height}`);
      this.recent.restore(height, bytes, digest);
    }
  }

  /** The last height that was executed; 0 behind genesis. */
  get height(): Height {
    return this.ring.height;
  }

  /** The next block. Its writes must be in the store before the one after it. */
  applyBlock(block: BlockInput): AppliedBlock {
    const { height, epoch } = block;
    assert(height === this.height + 1, "blocks are executed in order, each once");
    this.receipts = [];
    this.budget = this.options.blockTimersMax ?? BLOCK_TIMERS_MAX;
    turnEpoch(this.overlay, epoch);
    this.runner.beginBlock(height, epoch);
    let clock = Nanos.of(0n);
    for (const { txid, time, content } of block.transactions) {
      assert(time >= clock, "transactions come in the order of their times");
      clock = time;
      // L-10: a timer that is due at the time of a transaction runs after it.
      this.runTimers((due) => due < time);
      this.receipts.push(this.runner.runTransaction(this.transactionOf(txid, content), time));
    }
    if (block.timersUntil > clock) clock = block.timersUntil;
    this.runTimers((due) => due <= block.timersUntil);
    return this.endBlock(block, clock);
  }

  /** The bytes were checked before anything was said about them; what doesn't decode was never ordered. */
  private transactionOf(txid: Txid, content: Uint8Array | Transaction): Transaction {
    if (!(content instanceof Uint8Array)) return content;
    const transaction = decodeTransaction(this.envelope, this.options.chain.hasher, content);
    assert(!isRejection(transaction), "content of an ordered transaction decodes");
    assert(
      transaction.txid.every((byte, i) => byte === txid[i]),
      "content is that of the txid",
    );
    return transaction;
  }

  private isLive(key: TimerKey): boolean {
    return this.overlay.get(this.options.registry.timerSpace, key) !== undefined;
  }

  /** L-10, L-11: in the order of due time and id, while the block's budget lasts. */
  private runTimers(isDue: (due: Nanos) => boolean): void {
    while (this.budget > 0) {
      const next = this.timers.first((key) => this.isLive(key));
      if (next === undefined || !isDue(next.due)) return;
      this.timers.drop();
      this.budget--;
      this.receipts.push(this.runner.runTimer(next));
    }
  }

  private endBlock({ height, blockHash }: BlockInput, clock: Nanos): AppliedBlock {
    const { chain, commitment } = this.options;
    const { overlay, receipts } = this;
    const encodedReceipts = encodeReceipts(this.receipt, receipts);
    const root = receiptsRoot(chain, encodedReceipts);
    const list = this.recent.endBlock(height);
    if (list !== undefined) overlay.put(recent, height, list.digest);
    const recentOver = this.recent.expire(clock);
    for (const old of recentOver) overlay.remove(recent, old);
    placeJoiners(overlay, clock);
    this.ring.add(height, { hash: blockHash, time: clock, receiptsRoot: root });
    overlay.commit();
    const consensus = this.forConsensus(height);
    const writes = overlay.takeChanges();
    const stateRoot = commitment.update(writes);
    return {
      height,
      receipts,
      encodedReceipts,
      receiptsRoot: root,
      writes,
      stateRoot,
      recentList: list?.bytes,
      recentOver,
      ...consensus,
    };
  }

  private forConsensus(height: Height) {
    const { overlay } = this;
    this.timers.compact((key) => this.isLive(key));
    const wanted = wantedValidators(overlay);
    const current = must(overlay.get(validatorSet, ONLY_KEY), "the set of validators").current;
    const isSame = wanted.length === current.length && wanted.every((key, i) => isSameKey(key, current[i]));
    return {
      nextTimerDue: this.timers.first((key) => this.isLive(key))?.due,
      nextValidators: isSame ? undefined : wanted,
      joiners: joinersOf(overlay),
      suspends: suspendsAt(overlay, height),
      suspended: suspendedOf(overlay),
      admission: { accepts: (sender: Uint8Array) => this.accepts(sender) },
    };
  }

  /** Whether this key has a place in the state, or may take one by registering itself. */
  private accepts(sender: Uint8Array): boolean {
    if (this.overlay.get(keys, sender) !== undefined) return ownerOfKey(this.overlay, sender) !== undefined;
    return this.runner.isRegistrationOpen();
  }
}

function isSameKey(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}
