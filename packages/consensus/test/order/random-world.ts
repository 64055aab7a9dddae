import { bytesToHex, Epoch, isRejection, must, Nanos, Prng, toDigest } from "@touchmark/core";
import { OrderBook, type OrderPoint, type SightedBatch } from "../../src/order/order-book.ts";
import { FAIR_ORDER, type OrderRules } from "../../src/order/rules.ts";
import type { OrderMemory } from "../../src/recovery.ts";
import { TransactionTable } from "../../src/transactions.ts";
import {
  giveContent,
  hasher,
  heightOf,
  keyOf,
  named,
  type PlainSighting,
  plain,
  releaseBatch,
  toAdvance,
  toBatch,
  txidOf,
} from "./book-world.ts";
import { type OracleAnswer, type OracleCut, type OracleLimits, orderByOracle } from "./oracle.ts";

/** The difference that ends a run: what the book says, and what the oracle says. */
export class Difference extends Error {}

function check(what: string, got: unknown, want: unknown): void {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, it: unknown) => (typeof it === "bigint" ? `${it}` : it));
  if (text(got) !== text(want)) throw new Difference(`${what}: book ${text(got)}, oracle ${text(want)}`);
}

interface LaneState {
  readonly name: string;
  /** S-2: what it has named, if it names nothing twice. */
  readonly named: ReadonlySet<string>;

  readonly seq: number;
  readonly head: bigint;
  readonly counts: boolean;
}

interface LaneMove extends LaneState {
  readonly parts: readonly (readonly PlainSighting[])[];
}

/** One cut of the tree of cuts that a run grows. */
interface Node {
  parent: Node | undefined;
  readonly children: Node[];
  readonly lanes: readonly LaneState[];
  readonly moves: readonly LaneMove[];
  readonly history: readonly OracleCut[];
  readonly digest: Uint8Array;
  readonly f: number;
  readonly height: number;
  point: OrderPoint;
  batches: readonly (readonly SightedBatch[])[];
}

interface Transaction {
  readonly txid: string;
  readonly validUntil: bigint;
  readonly bytes: number;
}

export interface WorldShape {
  readonly lanes: number;
  readonly ttl: bigint;
  readonly genesisTime: bigint;
  readonly transactionsMax: number;
  readonly bytesMax: number;
  /** How fast the lanes' clocks run, in stamps for each cut. */
  readonly pace: number;
  readonly steps: number;
  /** Whether sets of lanes change. */
  readonly epochs: boolean;
  /** Open cuts on one another, at most. */
  readonly depth: number;
  /** Transactions that lanes name at one time, and how likely a lane names a new one. */
  readonly pool: number;
  readonly fresh: number;
  /** The most sightings of one lane in one cut. */
  readonly burst: number;
  /**
   * S-2: all but f lanes name what is in time, and once. Then the plainest reading of the rules, in which
   * nothing is ever dropped, must give the same blocks.
   */
  readonly keepsS2?: boolean;
}

export function drawShape(prng: Prng): WorldShape {
  return {
    lanes: prng.chance(0.03) ? prng.between(8, 31) : prng.between(1, 7),
    ttl: BigInt(prng.pick([3, 8, 20, 60, 100_000])),
    genesisTime: prng.pick([0n, 10n, 1_000n, 1_790_000_000_000_000_000n]),
    transactionsMax: prng.pick([1, 2, 3, 1_000]),
    bytesMax: prng.pick([10, 15, 1_000_000]),
    pace: prng.pick([2, 5, 20]),
    steps: prng.between(4, 22),
    epochs: prng.chance(0.3),
    depth: prng.pick([1, 4, 16]),
    pool: prng.pick([2, 5, 14]),
    fresh: prng.pick([0.05, 0.2]),
    burst: prng.pick([2, 5, 12]),
  };
}

/**
 * A random tree of cuts over random lanes, ordered by a book and by the oracle. Every stamp is drawn from a
 * few, so that ties, late stamps, duplicates and expiry are everywhere.
 */
export class RandomWorld {
  readonly shape: WorldShape;
  private readonly prng: Prng;
  private readonly rules: OrderRules;
  private readonly limits: OracleLimits;
  private table = new TransactionTable();
  private book: OrderBook;
  private root: Node;
  private readonly all = new Map<string, Transaction>();
  /** Those that lanes name now and then. */
  private readonly pool: Transaction[] = [];
  /** Those whose content is held. */
  private readonly known = new Map<string, Transaction>();
  private made = 0;
  /** How often each kind of thing happened, to see that the runs reach everywhere. */
  readonly seen = new Map<string, number>();

  constructor(seed: number, rules: OrderRules = FAIR_ORDER, shape?: WorldShape) {
    this.prng = new Prng(seed);
    this.shape = shape ?? drawShape(this.prng);
    this.rules = rules;
    const { ttl, transactionsMax, bytesMax, genesisTime } = this.shape;
    this.limits = { ttl, transactions: transactionsMax, bytes: bytesMax };
    const lanes = Array.from({ length: this.shape.lanes }, (_, i): LaneState => {
      return { name: `lane ${i}`, named: new Set(), seq: 0, head: genesisTime, counts: true };
    });
    this.book = OrderBook.atGenesis(
      this.setting(),
      Nanos.of(genesisTime),
      lanes.map(({ name }) => keyOf(name)),
    );
    this.root = {
      parent: undefined,
      children: [],
      lanes,
      moves: [],
      history: [],
      digest: named("genesis"),
      f: Math.floor((lanes.length - 1) / 3),
      height: 0,
      point: this.book.settled,
      batches: [],
    };
  }

  private setting() {
    const { ttl, transactionsMax, bytesMax } = this.shape;
    const limits = {
      ttl: Nanos.of(ttl),
      blockTransactionsMax: transactionsMax,
      blockBytesMax: bytesMax,
    };
    return { limits, table: this.table, hasher, rules: this.rules };
  }

  private note(what: string, times = 1): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + times);
  }

  run(): void {
    for (let step = 0; step < this.shape.steps; step++) this.step();
    this.drain();
  }

  private step(): void {
    const draw = this.prng.below(100);
    const open = this.openNodes();
    if (draw < 60) this.grow(this.prng.pick(open));
    else if (draw < 75) this.grow(must(open.at(-1), "open"));
    else if (draw < 90) this.settle();
    else if (draw < 95) this.remember();
    else if (draw < 98) this.dropSome();
    else this.countSome();
  }

  private openNodes(): readonly Node[] {
    const nodes = [this.root];
    for (const node of nodes) {
      for (const child of node.children)
        if (child.height - this.root.height <= this.shape.depth) nodes.push(child);
    }
    const { depth } = this.shape;
    return nodes.filter((node) => node.height - this.root.height < depth || node === this.root);
  }

  private drawTransaction(now: bigint): Transaction {
    const { prng } = this;
    const { ttl } = this.shape;
    const ahead = ttl > 1_000n ? BigInt(prng.below(200)) : BigInt(prng.below(Number(ttl) + 4));
    const transaction = {
      txid: bytesToHex(named(`transaction ${this.made++}`)),
      validUntil: now + (prng.chance(0.1) ? 0n : ahead),
      bytes: prng.between(1, 10),
    };
    this.all.set(transaction.txid, transaction);
    return transaction;
  }

  private pickTxid(now: bigint): string {
    if (this.pool.length < this.shape.pool || this.prng.chance(this.shape.fresh)) {
      this.pool.push(this.drawTransaction(now));
      if (this.pool.length > this.shape.pool) this.pool.shift();
    }
    return this.prng.pick(this.pool).txid;
  }

  private nextLanes(parent: Node): readonly LaneState[] {
    const { prng } = this;
    let { lanes } = parent;
    if (!this.shape.epochs || !prng.chance(0.25)) return lanes;
    for (let changes = prng.between(1, 3); changes > 0; changes--)
      lanes = this.changeLanes(lanes, parent.lanes);
    return lanes.some((it) => it.counts) ? lanes : parent.lanes;
  }

  private changeLanes(lanes: readonly LaneState[], before: readonly LaneState[]): readonly LaneState[] {
    const { prng } = this;
    const isSmall = lanes.filter((it) => it.counts).length <= 2;
    switch (prng.below(isSmall ? 2 : 4)) {
      case 0: {
        const name = `joiner ${prng.below(3)}`;
        if ([...lanes, ...before].some((it) => it.name === name)) return lanes;
        this.note("joiner");
        const head = this.shape.genesisTime;
        return [...lanes, { name, named: new Set(), seq: 0, head, counts: prng.chance(0.2) }];
      }
      case 1:
        this.note("joiner counts");
        return lanes.map((it) => ({ ...it, counts: true }));
      case 2: {
        this.note("lane leaves");
        const gone = prng.pick(lanes);
        return lanes.filter((it) => it !== gone);
      }
      default: {
        this.note("lane dies");
        const dead = prng.pick(lanes);
        return lanes.map((it) => (it === dead ? { ...it, counts: false } : it));
      }
    }
  }

  /** E-1: with the set f changes too; here it may change without. */
  private drawF(counting: number): number {
    const most = Math.floor((counting - 1) / 3);
    return this.shape.epochs && this.prng.chance(0.1) ? this.prng.between(0, most) : most;
  }

  private move(lane: LaneState, now: bigint): LaneMove {
    const { prng } = this;
    if (prng.chance(0.2)) return { ...lane, parts: [] };
    const target = now + BigInt(prng.below(this.shape.pace) - (prng.chance(0.15) ? this.shape.pace : 0));
    const already = new Set(lane.named);
    const least = lane.head + 1n;
    // A lane that fell behind, or begins, may catch up with a jump.
    const head = target > least ? target : least;
    const span = head - lane.head > 60n ? 60 : Number(head - lane.head);
    const count = Math.min(span, prng.between(0, this.shape.burst));
    const offsets = new Set<number>();
    while (offsets.size < count) offsets.add(prng.below(span));
    const stamps = [...offsets].sort((a, b) => b - a).map((offset) => head - BigInt(offset));
    const all = stamps.map((stamp) => ({ txid: this.pickTxid(stamp), stamp }));
    const sightings = this.isFaulty(lane) ? all : all.filter((it) => this.isProper(it, already));
    const split = prng.below(sightings.length + 1);
    return {
      ...lane,
      named: already,
      seq: lane.seq + 1,
      head,
      parts: [sightings.slice(0, split), sightings.slice(split)],
    };
  }

  private isFaulty({ name }: LaneState): boolean {
    const f = Math.floor((this.shape.lanes - 1) / 3);
    return this.shape.keepsS2 !== true || Number(name.slice("lane ".length)) < f;
  }

  /** S-2 (a) */
  private isProper({ txid, stamp }: PlainSighting, already: Set<string>): boolean {
    const { validUntil } = must(this.all.get(txid), "transaction");
    if (already.has(txid) || validUntil <= stamp || validUntil > stamp + this.shape.ttl) return false;
    already.add(txid);
    return true;
  }

  private grow(parent: Node): void {
    const now = (parent.point.horizon as bigint) + BigInt(this.prng.below(this.shape.pace) + 1);
    const moves = this.nextLanes(parent).map((lane) => this.move(lane, now));
    this.extend(parent, moves);
  }

  /** Orders one more cut both ways, giving content bit by bit where some is missing. */
  private extend(parent: Node, moves: readonly LaneMove[]): Node | undefined {
    const f = this.drawF(moves.filter((it) => it.counts).length);
    const cut: OracleCut = {
      parentDigest: parent.digest,
      f,
      lanes: moves.map(({ name, head, counts, parts }) => ({
        name,
        head,
        counts,
        batches: parts.length,
        sightings: parts.flat(),
      })),
    };
    const history = [...parent.history, cut];
    const node: Omit<Node, "point"> = {
      parent,
      children: [],
      lanes: moves.map(({ parts: _, ...lane }) => lane),
      moves,
      history,
      digest: named(`cut ${this.prng.u32()}`),
      f,
      height: parent.height + 1,
      batches: this.toBatches(moves),
    };
    for (;;) {
      const want = this.oracle(history);
      const got = this.book.extend(parent.point, this.advanceOf(parent, node));
      if (isRejection(got)) {
        check("rejected", "rejected", want.kind);
        this.note("rejected");
        this.release(node);
        return undefined;
      }
      if ("missing" in got) {
        const txids = got.missing.map(({ txid }) => bytesToHex(txid)).sort();
        check("missing", { kind: "missing", txids }, want);
        this.note("missing");
        const some = txids.filter(() => this.prng.chance(0.6));
        for (const txid of some.length > 0 ? some : txids) this.learn(txid);
        continue;
      }
      this.checkPoint(got, want);
      const same = parent.children.find(({ point }) => point === got);
      if (same !== undefined) {
        this.note("same cut");
        this.release(node);
        return same;
      }
      const made: Node = { ...node, point: got };
      parent.children.push(made);
      return made;
    }
  }

  private advanceOf(parent: Node, node: Omit<Node, "point">) {
    return {
      height: heightOf(node.height),
      parentDigest: parent.digest,
      f: node.f,
      lanes: node.moves.map(({ name, seq, head, counts }, i) =>
        toAdvance(name, seq, head, node.batches[i] ?? [], counts),
      ),
    };
  }

  private toBatches(moves: readonly LaneMove[]): readonly (readonly SightedBatch[])[] {
    return moves.map(({ parts }) => parts.map((part) => this.toBatch(part)));
  }

  private toBatch(part: readonly PlainSighting[]): SightedBatch {
    const batch = toBatch(this.table, part);
    for (const record of batch.records) {
      const txid = bytesToHex(record.txid);
      if (this.prng.chance(0.85) || this.known.has(txid)) this.learn(txid);
    }
    return batch;
  }

  private learn(txid: string): void {
    const transaction = must(this.all.get(txid), "transaction");
    this.known.set(txid, transaction);
    const record = this.table.find(txidOf(txid));
    if (record !== undefined) giveContent(record, transaction.validUntil, transaction.bytes);
  }

  private oracle(history: readonly OracleCut[]): OracleAnswer {
    return orderByOracle(history, {
      genesisTime: this.shape.genesisTime,
      limits: this.limits,
      facts: (txid) => this.known.get(txid),
      dropsNothing: this.shape.keepsS2 === true,
    });
  }

  private checkPoint(point: OrderPoint, want: OracleAnswer): void {
    if (want.kind !== "block") throw new Difference(`book made a block, oracle ${JSON.stringify(want)}`);
    const { kind: _, live, remembered: __, ...rest } = want;
    const { liveAfter, ...got } = plain(point);
    const { liveCounts, ...others } = rest;
    if (this.shape.keepsS2 === true) {
      const { stillDue: ___, liveCounts: ____, ...block } = got;
      const { stillDue: _____, ...wanted } = others;
      check("block", block, wanted);
    } else {
      check("point", { ...got }, { ...others, liveCounts });
      check(
        "liveAfter",
        liveAfter,
        live.map((it) => it.length),
      );
    }
    this.note("block");
    this.note("ordered", want.transactions.length);
    if (want.full) this.note("full");
    if (want.stillDue > 0) this.note("still due");
    if (want.transactions.some((it) => it.expired)) this.note("expired");
    if (want.transactions.length > 1) this.note("several");
  }

  private settle(): void {
    const { root } = this;
    if (root.children.length === 0) return;
    const next = this.prng.pick(root.children);
    this.book.settle(next.point);
    for (const child of root.children) if (child !== next) this.releaseTree(child);
    this.release(next);
    this.root = { ...next, parent: undefined, batches: [] };
    for (const child of this.root.children) child.parent = this.root;
    check("settled", this.book.settled === this.root.point, true);
    this.note("settled");
    if (this.prng.chance(0.3)) this.checkMemory(this.memory());
  }

  private release(node: Omit<Node, "point">): void {
    for (const batch of node.batches.flat()) releaseBatch(this.table, batch);
  }

  private releaseTree(node: Node): void {
    this.release(node);
    for (const child of node.children) this.releaseTree(child);
  }

  private memory(): OrderMemory {
    const digest = toDigest(this.root.digest);
    return this.book.toMemory({ epoch: Epoch.of(1), digest, blockHash: digest });
  }

  private checkMemory(memory: OrderMemory): void {
    const answer = this.oracle(this.root.history);
    if (answer.kind !== "block" || this.shape.keepsS2 === true) return;
    const live = memory.lanes.map((lane) =>
      lane.live.map(({ txid, stamp }) => ({ txid: bytesToHex(txid), stamp })),
    );
    // Y-1: a piece stays whole until the last of it is forgotten.
    const remembered = memory.remembered
      .flat()
      .filter(({ validUntil }) => memory.horizon < validUntil + this.limits.ttl)
      .map(({ txid, validUntil }) => ({ txid: bytesToHex(txid), validUntil }));
    check("memory: live", live, answer.live);
    check("memory: remembered", remembered, answer.remembered);
    check("memory: horizon", [memory.horizon, memory.lastTime], [answer.horizon, answer.lastTime]);
  }

  /** Y-1: goes on from the memory alone, with another table; the open cuts are ordered again. */
  private remember(): void {
    const memory = this.memory();
    this.checkMemory(memory);
    this.table = new TransactionTable();
    this.book = OrderBook.fromMemory(this.setting(), memory);
    for (const txid of this.known.keys()) this.learn(txid);
    this.root.point = this.book.settled;
    this.note("from memory");
    this.again(this.root);
  }

  private again(node: Node): void {
    for (const child of node.children) {
      child.batches = this.toBatches(child.moves);
      const got = this.book.extend(node.point, this.advanceOf(node, child));
      if (isRejection(got) || "missing" in got) throw new Difference("a memory knows less than its book");
      this.checkPoint(got, this.oracle(child.history));
      child.point = got;
      this.again(child);
    }
  }

  private dropSome(): void {
    const node = this.prng.pick(this.openNodes());
    const { parent } = node;
    if (parent === undefined) return;
    this.book.drop(node.point);
    this.releaseTree(node);
    parent.children.splice(parent.children.indexOf(node), 1);
    this.note("dropped");
  }

  /** C-3: what would be live of a batch, asked before it is in a cut. */
  private countSome(): void {
    const node = this.prng.pick(this.openNodes());
    const lane = must(node.lanes[0], "lane");
    const move = this.move(lane, (node.point.horizon as bigint) + 1n);
    const batches = must(this.toBatches([move])[0], "batches");
    const count = this.book.countLive(node.point, batches);
    const moves = node.lanes.map((it) =>
      it === lane ? { ...move, head: 1n << 63n } : { ...it, head: 1n << 63n, parts: [] },
    );
    const before = node.point.liveAfter[0] ?? 0;
    const made = this.extend(node, moves);
    if (made !== undefined) {
      check("countLive", count, (made.point.liveCounts[0] ?? 0) - before);
      this.book.drop(made.point);
      node.children.splice(node.children.indexOf(made), 1);
      this.release(made);
    }
    for (const batch of batches) releaseBatch(this.table, batch);
    this.note("counted");
  }

  /** Once everything is ignored and forgotten, the book holds nothing. */
  private drain(): void {
    while (this.root.children.length > 0) this.settle();
    const { ttl } = this.shape;
    for (let i = 0; i < 5; i++) {
      const head = (this.root.point.horizon as bigint) + 3n * ttl + 1_000n;
      const moves = this.root.lanes.map((lane) => ({ ...lane, seq: lane.seq + 1, head, parts: [] }));
      while (this.extend(this.root, moves) === undefined);
      this.settle();
      // A small block takes its time over what was due.
      if (this.root.point.full) i--;
    }
    check("drained", this.table.size, 0);
  }
}
