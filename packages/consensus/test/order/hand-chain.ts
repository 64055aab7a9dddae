import { bytesToHex, Epoch, isRejection, must, Nanos, toDigest } from "@touchmark/core";
import { type Extension, OrderBook, type OrderPoint } from "../../src/order/order-book.ts";
import { FAIR_ORDER, type OrderRules } from "../../src/order/rules.ts";
import type { OrderMemory } from "../../src/recovery.ts";
import { TransactionTable } from "../../src/transactions.ts";
import {
  giveContent,
  hasher,
  heightOf,
  keyOf,
  named,
  plain,
  toAdvance,
  toBatch,
  txidOf,
} from "./book-world.ts";

export interface HandLimits {
  readonly ttl: bigint;
  readonly transactions: number;
  readonly bytes: number;
}

/** What a cut adds of a lane: its new head, and what it has seen since, ascending. */
export interface Said {
  readonly head: bigint;
  readonly sees?: readonly (readonly [transaction: string, stamp: bigint])[];
  /** True where nothing is said. */
  readonly counts?: boolean;
}

export interface HandCut {
  /** By lane; one that isn't named here stays where it is. */
  readonly lanes: Readonly<Record<string, Said>>;
  /** Lanes that leave. */
  readonly without?: readonly string[];
}

interface LaneAt {
  readonly seq: number;
  readonly head: bigint;
  readonly counts: boolean;
}

interface PointAt {
  readonly lanes: ReadonlyMap<string, LaneAt>;
  readonly digest: Uint8Array;
}

const GENESIS = named("genesis");

/** Cuts by hand, with names for lanes and transactions. */
export class HandChain {
  readonly table = new TransactionTable();
  book: OrderBook;
  readonly limits: HandLimits;
  private readonly rules: OrderRules;
  private readonly at = new Map<OrderPoint, PointAt>();
  private readonly names = new Map<string, string>();

  constructor(lanes: number, options: Partial<HandLimits> & { rules?: OrderRules; genesis?: bigint } = {}) {
    const { rules = FAIR_ORDER, genesis = 0n, ...limits } = options;
    this.limits = { ttl: 1_000n, transactions: 1_000, bytes: 1_000_000, ...limits };
    this.rules = rules;
    const names = Array.from({ length: lanes }, (_, i) => `lane ${i}`);
    this.book = OrderBook.atGenesis(this.setting(this.table), Nanos.of(genesis), names.map(keyOf));
    const start = names.map((name) => [name, { seq: 0, head: genesis, counts: true }] as const);
    this.at.set(this.book.settled, { lanes: new Map(start), digest: GENESIS });
  }

  private setting(table: TransactionTable) {
    const { ttl, transactions, bytes } = this.limits;
    const limits = { ttl: Nanos.of(ttl), blockTransactionsMax: transactions, blockBytesMax: bytes };
    return { limits, table, hasher, rules: this.rules };
  }

  txid(name: string): string {
    const txid = bytesToHex(named(name));
    this.names.set(txid, name);
    return txid;
  }

  idOf(name: string): ReturnType<typeof txidOf> {
    return txidOf(this.txid(name));
  }

  nameOf(txid: Uint8Array): string {
    return must(this.names.get(bytesToHex(txid)), "name");
  }

  /** Content is held from now on. */
  content(name: string, validUntil: bigint, bytes = 1): void {
    giveContent(this.table.use(this.idOf(name)), validUntil, bytes);
  }

  usesOf(name: string): number {
    return this.table.find(this.idOf(name))?.uses ?? 0;
  }

  tryExtend(parent: OrderPoint, cut: HandCut): Extension {
    const before = must(this.at.get(parent), "a point of this chain");
    const lanes = new Map(before.lanes);
    for (const name of cut.without ?? []) lanes.delete(name);
    for (const [name, said] of Object.entries(cut.lanes)) {
      const seq = (lanes.get(name)?.seq ?? 0) + 1;
      lanes.set(name, { seq, head: said.head, counts: said.counts ?? true });
    }
    const counting = [...lanes.values()].filter(({ counts }) => counts).length;
    const extension = this.book.extend(parent, {
      height: heightOf(parent.height + 1),
      parentDigest: before.digest,
      f: Math.floor((counting - 1) / 3),
      lanes: [...lanes].map(([name, { seq, head, counts }]) => {
        const sees = (cut.lanes[name]?.sees ?? []).map(([it, stamp]) => ({ txid: this.txid(it), stamp }));
        return toAdvance(name, seq, head, sees.length > 0 ? [toBatch(this.table, sees)] : [], counts);
      }),
    });
    if (isRejection(extension) || "missing" in extension) return extension;
    this.at.set(extension, {
      lanes,
      digest: named(`${bytesToHex(before.digest)}${JSON.stringify(plain(extension), text)}`),
    });
    return extension;
  }

  extend(parent: OrderPoint, cut: HandCut): OrderPoint {
    const extension = this.tryExtend(parent, cut);
    if (isRejection(extension) || "missing" in extension)
      throw new Error(`no point: ${JSON.stringify(extension, text)}`);
    return extension;
  }

  /** On the settled point, and settled at once. */
  deliver(cut: HandCut): OrderPoint {
    const point = this.extend(this.book.settled, cut);
    this.book.settle(point);
    return point;
  }

  /** The block, as `A@12`, and `A@12!` where it expired. */
  block(point: OrderPoint): readonly string[] {
    return point.transactions.map(
      ({ txid, time, expired }) => `${this.nameOf(txid)}@${time}${expired ? "!" : ""}`,
    );
  }

  memory(): OrderMemory {
    const digest = toDigest(must(this.at.get(this.book.settled), "settled").digest);
    return this.book.toMemory({ epoch: Epoch.of(0), digest, blockHash: digest });
  }

  /** The same chain, gone on with from the memory alone. */
  restart(): HandChain {
    const { lanes, digest } = must(this.at.get(this.book.settled), "settled");
    const other = new HandChain(0, { ...this.limits, rules: this.rules });
    other.book = OrderBook.fromMemory(other.setting(other.table), this.memory());
    other.at.set(other.book.settled, { lanes, digest });
    for (const [txid, name] of this.names) {
      const facts = this.table.find(txidOf(txid))?.facts;
      if (facts !== undefined) other.content(name, facts.validUntil, facts.bytes);
    }
    return other;
  }
}

function text(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}

/** The same for every lane: all heads there, and these sightings by lane. */
export function everyone(
  lanes: number,
  head: bigint,
  sees: (lane: number) => NonNullable<Said["sees"]> = () => [],
): HandCut {
  return {
    lanes: Object.fromEntries(
      Array.from({ length: lanes }, (_, i) => [`lane ${i}`, { head, sees: sees(i) }]),
    ),
  };
}
