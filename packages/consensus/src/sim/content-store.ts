import type { Prng, Txid } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { Input } from "../input.ts";
import type { DurableRecord } from "../recovery.ts";
import type { SimTransaction, TransactionPool } from "./transaction-pool.ts";
import { MILLIS, type TrueTime } from "./true-time.ts";

export interface ContentTiming {
  /** Checking format and signature takes at least this, */
  readonly checkLeast: TrueTime;
  /** and up to this much more. */
  readonly checkSpread: TrueTime;
  /** To how many others verified content is passed on by one that did not introduce it. */
  readonly forwardTo: number;
}

/** What of an input is the store's to say; the machine adds the time. */
type ContentInput =
  | Omit<Extract<Input, { readonly kind: "arrived" }>, "now">
  | Omit<Extract<Input, { readonly kind: "checked" }>, "now">
  | Omit<Extract<Input, { readonly kind: "refused" }>, "now">;

export interface ContentPorts {
  readonly pool: TransactionPool;
  readonly prng: Prng;
  /** Runs after a while, unless the machine crashes before. */
  after(delay: TrueTime, run: () => void): void;
  input(input: ContentInput): void;
  arrived(transaction: SimTransaction): void;
  /** The machines that bundles go to. */
  peers(): readonly number[];
  machinesOf(key: ValidatorKey): readonly number[];
  send(to: number, transaction: SimTransaction): void;
  ask(of: number, transaction: SimTransaction): void;
}

/** Where content came from. */
export type ContentOrigin = "client" | "bundle" | "fetched";

const FETCH_TRY = 150 * MILLIS;

/** The content that one machine holds, and how it spreads: S-1's arrival, S-2's bundles and fetches. */
export class ContentStore {
  private readonly ports: ContentPorts;
  private readonly timing: ContentTiming;
  /** False as a negative control: the replica hears of content only once it is checked. */
  private readonly stampsArrival: boolean;
  private readonly held = new Map<string, SimTransaction>();
  /** What is being checked, by its ref; a verdict on what was dropped meanwhile counts for nothing. */
  private readonly checking = new Map<number, SimTransaction>();
  private readonly checkingKeys = new Set<string>();
  private readonly fetching = new Set<string>();
  private readonly released = new Set<string>();
  /** What stands in delivered blocks is kept with them, for those that are behind (Y-1). */
  private readonly inBlocks = new Set<string>();
  private lastRef = 0;

  constructor(ports: ContentPorts, timing: ContentTiming, stampsArrival: boolean) {
    this.ports = ports;
    this.timing = timing;
    this.stampsArrival = stampsArrival;
  }

  holds(transaction: SimTransaction): boolean {
    return this.held.has(transaction.key);
  }

  /** S-1: the content is whole. What is held or being checked already is the same again, and passed over. */
  arrive(transaction: SimTransaction, origin: ContentOrigin): void {
    const { key, facts } = transaction;
    if (this.checkingKeys.has(key)) return;
    // The replica asks for what it does not hold, whatever this store thinks.
    if (origin !== "fetched" && this.held.has(key)) return;
    this.lastRef += 1;
    const ref = this.lastRef;
    this.checking.set(ref, transaction);
    this.checkingKeys.add(key);
    this.ports.arrived(transaction);
    if (this.stampsArrival) this.ports.input({ kind: "arrived", ref, bytes: facts.bytes });
    const drawn = this.ports.prng.fraction();
    const delay = this.timing.checkLeast + Math.ceil(this.timing.checkSpread * drawn * drawn * drawn);
    this.ports.after(delay, () => {
      if (!this.endCheck(ref)) return;
      if (!this.stampsArrival) this.ports.input({ kind: "arrived", ref, bytes: facts.bytes });
      this.judge(transaction, ref, origin);
    });
  }

  /** False if it has ended before. */
  private endCheck(ref: number): boolean {
    const transaction = this.checking.get(ref);
    if (transaction === undefined) return false;
    this.checking.delete(ref);
    this.checkingKeys.delete(transaction.key);
    return true;
  }

  /** S-1: the replica gives up on what took too long; it counts as never held. */
  drop(refs: readonly number[]): readonly SimTransaction[] {
    return refs.flatMap((ref) => {
      const transaction = this.checking.get(ref);
      if (transaction === undefined || !this.endCheck(ref)) return [];
      this.fetching.delete(transaction.key);
      return transaction.isJunk ? [] : [transaction];
    });
  }

  private judge(transaction: SimTransaction, ref: number, origin: ContentOrigin): void {
    if (transaction.isJunk) {
      this.ports.input({ kind: "refused", ref });
      return;
    }
    this.fetching.delete(transaction.key);
    this.released.delete(transaction.key);
    this.held.set(transaction.key, transaction);
    this.ports.input({ kind: "checked", ref, transaction: transaction.facts });
    this.passOn(transaction, origin);
  }

  /** S-2 (c): only after verification; the introducer to everyone, others to a few. */
  private passOn(transaction: SimTransaction, origin: ContentOrigin): void {
    if (origin === "fetched") return;
    const peers = this.ports.peers();
    const chosen =
      origin === "client" || peers.length <= this.timing.forwardTo
        ? peers
        : this.ports.prng.shuffle(peers).slice(0, this.timing.forwardTo);
    for (const peer of chosen) this.ports.send(peer, transaction);
  }

  release(txids: readonly Txid[]): void {
    for (const txid of txids) {
      const transaction = this.ports.pool.find(txid);
      if (transaction === undefined) continue;
      this.held.delete(transaction.key);
      this.released.add(transaction.key);
    }
  }

  delivered(txids: readonly Txid[]): void {
    for (const txid of txids) {
      const transaction = this.ports.pool.find(txid);
      if (transaction !== undefined) this.inBlocks.add(transaction.key);
    }
  }

  /** Whether a peer that asks gets it. */
  serves(transaction: SimTransaction): boolean {
    return this.holds(transaction) || this.inBlocks.has(transaction.key);
  }

  /** S-2 (d): asks one peer after the other. What nobody ever made is not asked for: nobody has it. */
  fetch(txids: readonly Txid[], from: readonly ValidatorKey[]): void {
    const machines = from.flatMap((key) => this.ports.machinesOf(key));
    for (const txid of txids) {
      const transaction = this.ports.pool.find(txid);
      if (transaction === undefined || this.fetching.has(transaction.key)) continue;
      if (this.held.has(transaction.key)) {
        this.ports.after(0, () => this.arrive(transaction, "fetched"));
        continue;
      }
      this.fetching.add(transaction.key);
      this.tryFetch(transaction, machines, 0);
    }
  }

  private tryFetch(transaction: SimTransaction, machines: readonly number[], place: number): void {
    if (!this.fetching.has(transaction.key)) return;
    const peer = machines[place];
    if (peer === undefined) {
      this.fetching.delete(transaction.key);
      return;
    }
    this.ports.ask(peer, transaction);
    this.ports.after(FETCH_TRY, () => this.tryFetch(transaction, machines, place + 1));
  }

  crash(): void {
    this.held.clear();
    this.checking.clear();
    this.checkingKeys.clear();
    this.fetching.clear();
  }

  wipe(): void {
    this.crash();
    this.released.clear();
    this.inBlocks.clear();
  }

  /** Content outlives a restart where its record does, until it is released. */
  private isWanted(record: DurableRecord): boolean {
    if (record.kind !== "content") return false;
    const transaction = this.ports.pool.find(record.transaction.txid);
    return transaction !== undefined && !this.released.has(transaction.key);
  }

  restore(records: readonly DurableRecord[]): void {
    for (const record of records) {
      if (record.kind !== "content" || !this.isWanted(record)) continue;
      const transaction = this.ports.pool.find(record.transaction.txid);
      if (transaction !== undefined) this.held.set(transaction.key, transaction);
    }
  }
}
