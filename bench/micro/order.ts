import {
  isValidatorKey,
  type LaneAdvance,
  OrderBook,
  type OrderPoint,
  type SightedBatch,
  TransactionTable,
  type ValidatorKey,
} from "@touchmark/consensus";
import {
  assert,
  Height,
  isRejection,
  must,
  Nanos,
  type Prng,
  Seq,
  toDigest,
  toTxid,
  ZERO_DIGEST,
} from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import type { Bench, Context, Measured } from "../figure.ts";
import { measureTogether, median } from "../harness.ts";
import { Laps, type Tally } from "../laps.ts";

/**
 * What the order costs for each transaction: the merge of the lanes' stamps cut after cut (O-1 to O-4), and
 * the settling of each cut. A transaction reaches each lane with a delay of its own, so some lanes name it in
 * one cut and the rest in the next, as on a real network. All input is made outside of what is measured.
 *
 * The floor reads every stamp once and sorts one for each transaction: no order of this kind does less.
 */
const GENESIS = 1_790_000_000_000_000_000n;
const PERIOD_NS = 30_000_000;
const JITTER_NS = 6_000_000;
const TTL = 300_000_000_000n;
const BATCH = 1_024;
/** Cuts on one another before the first is settled: as many as the window. */
const DEPTH = 4;
const CUTS = DEPTH + 3;
const TRANSACTION_BYTES = 300;

interface OrderPlan {
  readonly lanes: number;
  /** Transactions of one cut. */
  readonly transactions: number;
}

/** What a lane sees, in its order: columns, for objects would leave the collector work that isn't the order's. */
interface Seen {
  readonly indexes: Int32Array;
  readonly stamps: BigUint64Array;
}

/** Everything about the cuts that does not depend on one table of transactions. */
interface Material {
  readonly plan: OrderPlan;
  readonly keys: readonly ValidatorKey[];
  readonly txids: readonly ReturnType<typeof toTxid>[];
  readonly seen: readonly Seen[];
}

function drawMaterial(prng: Prng, plan: OrderPlan): Material {
  const keys = Array.from({ length: plan.lanes }, () => {
    const key = prng.bytes(32);
    assert(isValidatorKey(key), "a key has 32 bytes");
    return key;
  });
  const count = plan.transactions * CUTS;
  const txids = Array.from({ length: count }, () => toTxid(prng.bytes(32)));
  return { plan, keys, txids, seen: keys.map(() => drawSeen(prng, plan.transactions, count)) };
}

function drawSeen(prng: Prng, perCut: number, count: number): Seen {
  const gap = PERIOD_NS / perCut;
  const arrivals = Float64Array.from(
    { length: count },
    (_, i) => Math.floor(i * gap) + 1 + prng.below(JITTER_NS),
  );
  const indexes = Int32Array.from({ length: count }, (_, i) => i);
  indexes.sort((a, b) => (arrivals[a] ?? 0) - (arrivals[b] ?? 0) || a - b);
  const stamps = new BigUint64Array(count);
  // S-1: strictly increasing.
  let last = 0;
  indexes.forEach((index, i) => {
    last = Math.max(arrivals[index] ?? 0, last + 1);
    stamps[i] = GENESIS + BigInt(last);
  });
  return { indexes, stamps };
}

type Cuts = readonly (readonly LaneAdvance[])[];

/** The lanes' advances of each cut, over records of this table. */
function makeCuts({ keys, txids, seen }: Material, table: TransactionTable): Cuts {
  const validUntil = Nanos.of(GENESIS + TTL / 2n);
  const records = txids.map((txid) => {
    const record = table.use(txid);
    record.facts = { txid, sender: txid, validUntil, bytes: TRANSACTION_BYTES };
    return record;
  });
  const digests = Array.from({ length: CUTS + 1 }, (_, cut) => toDigest(new Uint8Array(32).fill(cut)));
  const places = keys.map(() => 0);
  return digests.map((digest, cut) => {
    const head = Nanos.of(GENESIS + BigInt((cut + 1) * PERIOD_NS));
    return keys.map((key, lane) => {
      const { indexes, stamps } = must(seen[lane], "what the lane sees");
      const from = must(places[lane], "a place");
      let until = from;
      while (until < stamps.length && must(stamps[until], "stamp") <= head) until++;
      places[lane] = until;
      const batches: SightedBatch[] = [];
      for (let at = from; at < until; at += BATCH) {
        const end = Math.min(at + BATCH, until);
        batches.push({
          records: Array.from(indexes.subarray(at, end), (index) => must(records[index], "record")),
          stamps: stamps.slice(at, end),
        });
      }
      return { key, tip: { seq: Seq.of(cut + 1), digest }, head, batches, counts: true };
    });
  });
}

/** Orders and settles all cuts; gives how many transactions that were. */
function orderAll(book: OrderBook, cuts: Cuts, f: number): number {
  const open: OrderPoint[] = [];
  let ordered = 0;
  let parent = book.settled;
  for (const lanes of cuts) {
    const height = Height.of(parent.height + 1);
    const point = book.extend(parent, { height, parentDigest: ZERO_DIGEST, f, lanes });
    assert(!isRejection(point) && "horizon" in point, "a cut of the bench is ordered");
    open.push(point);
    if (open.length > DEPTH) book.settle(must(open.shift(), "point"));
    parent = point;
    ordered += point.transactions.length;
  }
  return ordered;
}

function mergeLap(material: Material): (tally: Tally) => void {
  const { plan, keys, txids } = material;
  const limits = {
    ttl: Nanos.of(TTL),
    blockTransactionsMax: 2 * plan.transactions,
    blockBytesMax: 2 * plan.transactions * TRANSACTION_BYTES,
  };
  return ({ ms, things }) => {
    const table = new TransactionTable();
    const cuts = makeCuts(material, table);
    const book = OrderBook.atGenesis({ limits, table, hasher: nativeHasher }, Nanos.of(GENESIS), keys);
    const startedAt = performance.now();
    const ordered = orderAll(book, cuts, Math.floor((plan.lanes - 1) / 3));
    ms[0] = (ms[0] ?? 0) + performance.now() - startedAt;
    assert(ordered === txids.length, "every transaction is ordered");
    things[0] = (things[0] ?? 0) + ordered;
  };
}

function floorLap({ seen, txids }: Material): (tally: Tally) => void {
  return ({ ms, things }) => {
    const startedAt = performance.now();
    let highest = 0n;
    for (const { stamps } of seen) for (const stamp of stamps) if (stamp > highest) highest = stamp;
    const sorted = must(seen[0], "a lane").stamps.slice().sort();
    ms[0] = (ms[0] ?? 0) + performance.now() - startedAt;
    assert(sorted.length === txids.length && highest > GENESIS, "the floor has read them all");
    things[0] = (things[0] ?? 0) + txids.length;
  };
}

const FULL_CUT = 10_000;
const TINY_CUT = 100;
/** Below this many inputs a run only shows that everything runs. */
const FULL_INPUTS = 1_000;

function mergeBench(lanes: number, most: number): Bench {
  const floorIs = "each stamp read, one a transaction sorted";
  return {
    kinds: [
      { bench: `micro.order.merge-${lanes}-lanes`, unit: "ns", floorIs, target: { of: "value", most } },
    ],
    run({ prng, plan, inputs }: Context): readonly Measured[] {
      const transactions = inputs < FULL_INPUTS ? TINY_CUT : FULL_CUT;
      const material = drawMaterial(prng, { lanes, transactions });
      const ours = new Laps(1, mergeLap(material));
      const floor = new Laps(1, floorLap(material), plan.runMs / 2);
      measureTogether([ours, floor], plan);
      return [{ value: median(must(ours.runs[0], "runs")), floor: median(must(floor.runs[0], "runs")) }];
    },
  };
}

export const orderBenches: readonly Bench[] = [mergeBench(4, 1_500), mergeBench(31, 8_000)];
