import type { Nanos, Prng, Txid } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import { FairReader, type ReaderLimits, type Unread } from "../content/fair-reader.ts";
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
  now(): Nanos;
  /** S-2 (b): whether the newest state accepts its sender. */
  isKnown(transaction: SimTransaction): boolean;
  /** The machines that bundles go to. */
  peers(): readonly number[];
  machinesOf(key: ValidatorKey): readonly number[];
  send(to: number, transaction: SimTransaction, introducer: number): void;
  ask(of: number, transaction: SimTransaction): void;
}

/** Where content came from. */
export type ContentOrigin = "client" | "bundle" | "fetched";

/** S-2 (c): who sent content, and who brought it in and signed the bundle. */
export interface ContentSource {
  readonly peer: number;
  readonly introducer: number;
}

interface Arriving {
  readonly transaction: SimTransaction;
  readonly origin: ContentOrigin;
  readonly source: ContentSource;
}

/** The clients of the machine itself. */
const CLIENTS: ContentSource = { peer: -1, introducer: -1 };
/** What was asked for has a turn of its own: nobody's flood keeps a cut from being judged. */
const ASKED = "asked";
/** When a stream that was left alone is looked at again. */
const READ_AGAIN = 5 * MILLIS;
const FETCH_TRY = 150 * MILLIS;

/** The content that one machine holds, and how it spreads: S-1's arrival, S-2's bundles and fetches. */
export class ContentStore {
  private readonly ports: ContentPorts;
  private readonly timing: ContentTiming;
  private readonly limits: ReaderLimits;
  /** False as a negative control: the replica hears of content only once it is checked. */
  private readonly stampsArrival: boolean;
  private readonly held = new Map<string, SimTransaction>();
  /** What is being checked, by its ref; a verdict on what was dropped meanwhile counts for nothing. */
  private readonly checking = new Map<number, Unread<Arriving>>();
  private readonly checkingKeys = new Set<string>();
  /** S-2 (c): waits until it is its introducer's turn. */
  private readonly unreadKeys = new Set<string>();
  private reader: FairReader<Arriving>;
  private readonly fetching = new Set<string>();
  private readonly released = new Set<string>();
  /** What stands in delivered blocks is kept with them, for those that are behind (Y-1). */
  private readonly inBlocks = new Set<string>();
  private lastRef = 0;
  private wokenFor: bigint | undefined;

  constructor(ports: ContentPorts, timing: ContentTiming, limits: ReaderLimits, stampsArrival: boolean) {
    this.ports = ports;
    this.timing = timing;
    this.limits = limits;
    this.stampsArrival = stampsArrival;
    this.reader = new FairReader(limits);
  }

  holds(transaction: SimTransaction): boolean {
    return this.held.has(transaction.key);
  }

  /** It came in, and is neither held nor refused yet. */
  isJudging({ key }: SimTransaction): boolean {
    return this.unreadKeys.has(key) || this.checkingKeys.has(key);
  }

  /** What is held, waits or is being checked already is the same again, and passed over. */
  arrive(transaction: SimTransaction, origin: ContentOrigin, source = CLIENTS): void {
    const { key, facts } = transaction;
    if (this.checkingKeys.has(key) || this.unreadKeys.has(key)) return;
    // The replica asks for what it does not hold, whatever this store thinks.
    if (origin !== "fetched" && this.held.has(key)) return;
    const isAsked = origin === "fetched";
    const isTaken = this.reader.put({
      item: { transaction, origin, source },
      bytes: facts.bytes,
      peer: String(source.peer),
      introducer: isAsked ? ASKED : String(source.introducer),
      isKnown: isAsked || this.ports.isKnown(transaction),
    });
    if (isTaken) {
      this.unreadKeys.add(key);
      this.readOn();
    } else if (!this.reader.mayRead(String(source.peer))) {
      // S-1: it stays in the stream.
      this.ports.after(READ_AGAIN, () => this.arrive(transaction, origin, source));
    }
  }

  /** S-2 (c): reads whatever may be read now. */
  private readOn(): void {
    for (let next = this.read(); next !== undefined; next = this.read()) this.check(next);
    const { nextAt } = this.reader;
    if (nextAt === undefined || nextAt === this.wokenFor) return;
    this.wokenFor = nextAt;
    this.ports.after(Math.max(Number(nextAt - this.ports.now()), 0), () => this.readOn());
  }

  private read(): Unread<Arriving> | undefined {
    return this.reader.take(this.ports.now());
  }

  /** S-1: the content is whole: it is stamped, and then checked. */
  private check(unread: Unread<Arriving>): void {
    const { transaction, origin, source } = unread.item;
    const { key, facts } = transaction;
    this.unreadKeys.delete(key);
    this.lastRef += 1;
    const ref = this.lastRef;
    this.checking.set(ref, unread);
    this.checkingKeys.add(key);
    this.ports.arrived(transaction);
    if (this.stampsArrival) this.ports.input({ kind: "arrived", ref, bytes: facts.bytes });
    const drawn = this.ports.prng.fraction();
    const delay = this.timing.checkLeast + Math.ceil(this.timing.checkSpread * drawn * drawn * drawn);
    this.ports.after(delay, () => {
      if (!this.endCheck(ref)) return;
      if (!this.stampsArrival) this.ports.input({ kind: "arrived", ref, bytes: facts.bytes });
      this.judge({ transaction, origin, source }, ref);
      this.readOn();
    });
  }

  /** False if it has ended before. */
  private endCheck(ref: number): boolean {
    const unread = this.checking.get(ref);
    if (unread === undefined) return false;
    this.checking.delete(ref);
    this.checkingKeys.delete(unread.item.transaction.key);
    this.reader.checked(unread);
    return true;
  }

  /** S-1: the replica gives up on what took too long; it counts as never held. */
  drop(refs: readonly number[]): readonly SimTransaction[] {
    this.ports.after(0, () => this.readOn());
    return refs.flatMap((ref) => {
      const transaction = this.checking.get(ref)?.item.transaction;
      if (transaction === undefined || !this.endCheck(ref)) return [];
      this.fetching.delete(transaction.key);
      return transaction.isJunk ? [] : [transaction];
    });
  }

  private judge(arriving: Arriving, ref: number): void {
    const { transaction } = arriving;
    if (transaction.isJunk) {
      this.ports.input({ kind: "refused", ref });
      return;
    }
    this.fetching.delete(transaction.key);
    this.released.delete(transaction.key);
    this.held.set(transaction.key, transaction);
    this.ports.input({ kind: "checked", ref, transaction: transaction.facts });
    this.passOn(arriving);
  }

  /** S-2 (c): only after verification; the introducer to everyone, others to a few. */
  private passOn({ transaction, origin, source }: Arriving): void {
    if (origin === "fetched") return;
    const peers = this.ports.peers();
    const chosen =
      origin === "client" || peers.length <= this.timing.forwardTo
        ? peers
        : this.ports.prng.shuffle(peers).slice(0, this.timing.forwardTo);
    for (const peer of chosen) this.ports.send(peer, transaction, source.introducer);
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
    this.unreadKeys.clear();
    this.reader = new FairReader(this.limits);
    this.wokenFor = undefined;
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
