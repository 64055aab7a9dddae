import {
  addNanos,
  type Digest,
  Epoch,
  encode,
  Height,
  type Id,
  isRegistrableKey,
  isRejection,
  must,
  Nanos,
  portableHasher,
  portableVerifier,
  SECOND,
  SIGNATURE_BYTES,
  toTxid,
} from "@touchmark/core";
import { type AppliedBlock, Engine } from "../../src/engine.ts";
import { type GenesisBody, initialStateOf } from "../../src/genesis.ts";
import { type Keyspace, storeKey } from "../../src/keyspace.ts";
import type { Chain } from "../../src/machine.ts";
import { registry as ledgerRegistry, type Op } from "../../src/machines/all.ts";
import { keys } from "../../src/machines/identity/records.ts";
import { MemoryStore, viewOf } from "../../src/reader.ts";
import type { Receipt } from "../../src/receipt.ts";
import type { Named, Registry } from "../../src/registry.ts";
import type { Transaction } from "../../src/transaction.ts";
import { genesisBytesOf } from "./genesis.ts";
import { digestOf, keyOf } from "./parties.ts";
import { SumCommitment } from "./sum-commitment.ts";

export interface LedgerOptions {
  readonly genesis?: Partial<GenesisBody>;
  readonly registry?: Registry;
  readonly cachedLeaves?: number;
  readonly blockTimersMax?: number;
}

export interface Sent {
  /** A name of the cast, or of any other key. */
  readonly by: string;
  readonly ops: readonly Named[];
  readonly time: Nanos;
  readonly for?: Id<"acct"> | undefined;
  readonly at?: Nanos;
  readonly validUntil?: Nanos;
  readonly chainId?: string;
}

const STEP = Nanos.of(SECOND);
const VALID_FOR = Nanos.of(60n * SECOND);

const initial = new Map<string, ReturnType<typeof initialStateOf>>();

/** Genesis costs forty signatures, so equal ones are made once. */
function initialOf(ports: Omit<Chain, "chainId">, genesis: Partial<GenesisBody>) {
  const name = JSON.stringify(genesis, (_, value) => (typeof value === "bigint" ? `${value}` : value));
  const known = initial.get(name) ?? initialStateOf(ports, genesisBytesOf(genesis));
  initial.set(name, known);
  if (isRejection(known)) throw new Error(`genesis: ${known}`);
  return known;
}

/**
 * A ledger in memory for tests: it makes transactions (unsigned: the engine is never handed anything unverified), puts
 * each into a block of its own or several into one, and keeps what the shell keeps. Time moves by a second a block.
 */
export class Ledger {
  readonly store = new MemoryStore();
  readonly lists = new Map<number, Uint8Array>();
  readonly chain: Chain;
  readonly registry: Registry;
  readonly commitment = new SumCommitment();
  readonly blocks: AppliedBlock[] = [];
  engine: Engine;
  now: Nanos;
  epoch: Epoch = Epoch.of(0);
  private sent = 0;
  private readonly limits: Pick<LedgerOptions, "cachedLeaves" | "blockTimersMax">;

  constructor({ genesis = {}, registry = ledgerRegistry, ...limits }: LedgerOptions = {}) {
    const ports = { hasher: portableHasher, verifier: portableVerifier, isRegistrableKey };
    const { chainId, writes, time } = initialOf(ports, genesis);
    this.chain = { ...ports, chainId };
    this.registry = registry;
    this.limits = limits;
    this.store.write(writes);
    this.commitment.update(writes);
    this.now = time;
    this.engine = this.open();
  }

  /** A new engine on what is stored, as after a restart. */
  open(): Engine {
    const { registry, chain, store, commitment, lists, limits } = this;
    const recentList = (height: Height) => lists.get(height);
    return new Engine({ registry, chain, reader: store, commitment, recentList, ...limits });
  }

  restart(): void {
    this.engine = this.open();
  }

  /** Puts a leaf into the state behind the engine's back: what a test needs and no operation makes. */
  plant<K, V>(space: Keyspace<K, V>, key: K, value: V): void {
    const write = { key: storeKey(space, key), value: encode(space.value, value) };
    this.store.write([write]);
    this.commitment.update([write]);
    this.restart();
  }

  /** A participant's id, by its name in the cast or by any key that has a record. */
  id(name: string): Id<"acct"> {
    const record = viewOf(this.store).get(keys, keyOf(name));
    if (record?.kind !== "participant") throw new Error(`${name} is no participant`);
    return record.id;
  }

  get view() {
    return viewOf(this.store);
  }

  transaction({ by, ops, time, for: actsFor, at = time, validUntil, chainId }: Sent): Transaction {
    this.sent++;
    return {
      txid: toTxid(digestOf(`transaction ${this.sent}`)),
      chainId: chainId ?? this.chain.chainId,
      sender: keyOf(by),
      for: actsFor,
      at,
      validUntil: validUntil ?? addNanos(at, VALID_FOR),
      ops,
      signature: new Uint8Array(SIGNATURE_BYTES),
      bytes: 300,
    };
  }

  /** One block of these transactions, in the order of their times. */
  block(sent: readonly Sent[], timersUntil: Nanos = this.now): AppliedBlock {
    const height = Height.of(this.engine.height + 1);
    const last = sent.at(-1)?.time ?? this.now;
    const until = timersUntil > last ? timersUntil : last;
    const applied = this.engine.applyBlock({
      height,
      epoch: this.epoch,
      blockHash: blockHashOf(height),
      timersUntil: until,
      transactions: sent.map((it) => {
        const content = this.transaction(it);
        return { txid: content.txid, time: it.time, content };
      }),
    });
    this.store.write(applied.writes);
    if (applied.recentList !== undefined) this.lists.set(height, applied.recentList);
    for (const over of applied.recentOver) this.lists.delete(over);
    this.now = until;
    this.blocks.push(applied);
    return applied;
  }

  /** One transaction in a block of its own, a second later. */
  send(by: string, ...ops: readonly Op[]): Receipt {
    return this.sendAny({ by, ops });
  }

  /** The same with anything of the envelope, and operations of any registry. */
  sendAny(sent: Omit<Sent, "time"> & { readonly time?: Nanos }): Receipt {
    const time = sent.time ?? addNanos(this.now, STEP);
    const { receipts } = this.block([{ ...sent, time }]);
    return must(
      receipts.find((it) => it.kind === "transaction"),
      "a receipt",
    );
  }

  /** Lets time pass: an empty block that runs the timers up to then. */
  wait(duration: bigint): AppliedBlock {
    return this.block([], addNanos(this.now, Nanos.of(duration)));
  }

  newEpoch(): void {
    this.epoch = Epoch.of(this.epoch + 1);
  }
}

function blockHashOf(height: number): Digest {
  return digestOf(`block ${height}`);
}

/** The code of a refusal; "ok" where there was none. */
export function codeOf(receipt: Receipt): string {
  return receipt.refusal?.code ?? "ok";
}

/** The names of the events. */
export function eventsOf(receipt: Receipt): readonly string[] {
  return receipt.events.map((it) => it.kind);
}
