import { must, Nanos, Prng, toTxid, ZERO_DIGEST } from "@touchmark/core";
import {
  type LaneAdvance,
  OrderBook,
  type OrderPoint,
  type SightedBatch,
} from "../../src/order/order-book.ts";
import { TransactionTable } from "../../src/transactions.ts";
import { giveContent, hasher, heightOf, keyOf, toAdvance } from "./book-world.ts";

const GENESIS = 1_790_000_000_000_000_000n;
const MILLISECOND = 1_000_000n;
const PERIOD = 30n * MILLISECOND;
const BATCH = 1_024;

/** What a lane sees, in its order: columns, for objects would leave the collector work that isn't the order's. */
interface Seen {
  readonly indexes: Int32Array;
  readonly stamps: BigUint64Array;
}

interface CostPlan {
  readonly lanes: number;
  /** Transactions of one cut. */
  readonly transactions: number;
  readonly cuts: number;
  /** Cuts on one another before the first is settled. */
  readonly depth: number;
}

/** Microseconds for each transaction. */
interface Cost {
  /** Processor time of this thread over all cuts: what others do on the machine counts only through its caches. */
  readonly mean: number;
  /** By the clock, of the best cut: ordering it, and settling one. */
  readonly bestExtend: number;
  readonly bestSettle: number;
}

/**
 * The cost of ordering cut after cut: each transaction reaches each lane with a delay of its own, so it is
 * named by some lanes in one cut and by the rest in the next, as on a real network. All input is made
 * before the first cut is timed.
 */
function measureOrder(plan: CostPlan, seed: number): Cost {
  const prng = new Prng(seed);
  const table = new TransactionTable();
  const limits = {
    ttl: Nanos.of(300_000_000_000n),
    blockTransactionsMax: 2 * plan.transactions,
    blockBytesMax: 2 ** 40,
  };
  const names = Array.from({ length: plan.lanes }, (_, i) => `lane ${i}`);
  const book = OrderBook.atGenesis({ limits, table, hasher }, Nanos.of(GENESIS), names.map(keyOf));
  const f = Math.floor((plan.lanes - 1) / 3);
  const cuts = makeCuts(plan, prng, table, names);
  const open: OrderPoint[] = [];
  let [ordered, bestExtend, bestSettle] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let parent = book.settled;
  const startUs = threadUs();
  for (const lanes of cuts) {
    const height = heightOf(parent.height + 1);
    const start = performance.now();
    const point = book.extend(parent, { height, parentDigest: ZERO_DIGEST, f, lanes });
    const middle = performance.now();
    if (!("horizon" in point)) throw new Error("a cut of the measurement is not ordered");
    open.push(point);
    if (open.length > plan.depth) book.settle(must(open.shift(), "point"));
    const end = performance.now();
    parent = point;
    ordered += point.transactions.length;
    // The first cuts fill the pipeline, and the last one empties it.
    if (height <= plan.depth + 1 || point.transactions.length < plan.transactions / 2) continue;
    bestExtend = Math.min(bestExtend, ((middle - start) * 1_000) / point.transactions.length);
    bestSettle = Math.min(bestSettle, ((end - middle) * 1_000) / point.transactions.length);
  }
  return { mean: (threadUs() - startUs) / ordered, bestExtend, bestSettle };
}

function threadUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function makeCuts(
  plan: CostPlan,
  prng: Prng,
  table: TransactionTable,
  names: readonly string[],
): readonly (readonly LaneAdvance[])[] {
  const records = Array.from({ length: plan.transactions * plan.cuts }, () => {
    const record = table.use(toTxid(prng.bytes(32)));
    giveContent(record, GENESIS + 60_000_000_000n, 300);
    return record;
  });
  const lanes = names.map((name) => ({ name, seen: seenBy(plan, prng), at: 0 }));
  return Array.from({ length: plan.cuts + 1 }, (_, cut) => {
    const head = GENESIS + BigInt(cut + 1) * PERIOD;
    return lanes.map((lane) => {
      const { indexes, stamps } = lane.seen;
      const from = lane.at;
      while (lane.at < stamps.length && must(stamps[lane.at], "stamp") <= head) lane.at++;
      const batches: SightedBatch[] = [];
      for (let i = from; i < lane.at; i += BATCH) {
        const end = Math.min(i + BATCH, lane.at);
        batches.push({
          records: Array.from(indexes.subarray(i, end), (index) => must(records[index], "record")),
          stamps: stamps.slice(i, end),
        });
      }
      return { ...toAdvance(lane.name, cut + 1, head, []), batches };
    });
  });
}

function seenBy(plan: CostPlan, prng: Prng): Seen {
  const gap = Number(PERIOD) / plan.transactions;
  const jitter = Number(6n * MILLISECOND);
  const count = plan.transactions * plan.cuts;
  const arrivals = Float64Array.from(
    { length: count },
    (_, i) => Math.floor(i * gap) + 1 + prng.below(jitter),
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

/** One line for each size of cut and of set. */
export function printCosts(): void {
  for (const lanes of [4, 31]) {
    for (const transactions of [1_000, 10_000]) {
      const plan = { lanes, transactions, cuts: lanes === 4 ? 24 : 10, depth: 4 };
      // The first run warms the compiler up.
      measureOrder(plan, 1);
      const { mean, bestExtend, bestSettle } = measureOrder(plan, 2);
      const figures = `${mean.toFixed(2)} us; best cut ${bestExtend.toFixed(2)} + ${bestSettle.toFixed(2)}`;
      console.log(`${transactions} transactions × ${lanes} lanes, each: ${figures}`);
    }
  }
}

// By itself, for the test runner's transformed modules take more than twice as long.
if (import.meta.main) printCosts();
