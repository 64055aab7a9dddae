import { type Digest, equalBytes, isRejection, Nanos, type Result, Seq, ZERO_DIGEST } from "@touchmark/core";
import type { Block, OrderedTransaction } from "../../block.ts";
import { compareBigints, latest } from "./bigints.ts";
import { digestOfCut, hashOfBlock } from "./digests.ts";
import { breaks, type CutCode, LanePlaces } from "./lane-walk.ts";
import { nameOfBytes, nameOfLane } from "./names.ts";
import { countFitting, type Due, PlainOrder, sortByRank } from "./plain-order.ts";
import type { RunLog } from "./run-log.ts";
import type { ValidatorSet } from "./sets.ts";
import { atEnd, type Property } from "./setup.ts";

interface Chosen {
  readonly horizon: bigint;
  /** In O-3 order. */
  readonly due: readonly Due[];
}

/**
 * Design 1 section 5: the order is a function of the chain of cuts. For every delivered height the horizon
 * (C-2), the transactions, their order, times and marks (O-1 to O-4), the digest and the hash are computed
 * again from nothing but the cuts' tips and the batches that were sent, and must come out the same. The cuts
 * extend one another (C-1), no lane runs more than LANE_AHEAD batches ahead (C-3), and epochs change where
 * E-1 says. The first height that differs is reported; after it nothing can be told.
 */
export function oneBlockPerCuts(log: RunLog): Property {
  return atEnd("one-block-per-cuts", () => {
    const replay = new Replay(log);
    for (const { block } of log.deliveries.chain) {
      const set = log.sets.of(block.epoch);
      const why = set === undefined ? "its epoch has no known set" : replay.judge(block, set);
      if (replay.isBlind) return [];
      if (why !== undefined) return [`height ${block.height}: ${why}`];
    }
    return [];
  });
}

class Replay {
  /** A validator alone may count a batch that a crash kept it from sending: the world never saw it. */
  isBlind = false;
  private readonly log: RunLog;
  private readonly lanes: LanePlaces;
  private readonly order: PlainOrder;
  private digest: Digest;
  private blockHash: Digest;
  private epoch = 0;
  /** E-1: the last height of the epoch. */
  private epochEnd: number;
  private horizon: bigint;
  private lastTime = 0n;

  constructor(log: RunLog) {
    const { params, genesis } = log.setup;
    this.log = log;
    const tip = { seq: Seq.of(0), digest: ZERO_DIGEST };
    this.lanes = new LanePlaces(log.batches, params.laneAheadBatches, tip, genesis.time);
    this.order = new PlainOrder(params, log.transactions);
    this.epochEnd = params.epochHeights;
    this.digest = genesis.digest;
    this.blockHash = genesis.digest;
    this.horizon = genesis.time;
  }

  /** Why the block is not the one that follows from the cuts; none if it is. */
  judge(block: Block, set: ValidatorSet): string | undefined {
    const { cut, epoch, height } = block;
    this.startEpoch(height);
    if (epoch !== this.epoch) return `E-1: it says epoch ${epoch}, and is of epoch ${this.epoch}`;
    if (cut.height !== height) return `C-1: the cut is of height ${cut.height}`;
    if (!equalBytes(cut.parent, this.digest)) return `C-1: its parent is ${nameOfBytes(cut.parent)}`;
    const chosen = this.choose(block, set);
    if (isRejection(chosen)) return String(chosen.data["why"]);
    if (block.horizon !== chosen.horizon) return `C-2: horizon ${block.horizon}, not ${chosen.horizon}`;
    const transactions = this.timesOf(chosen.due);
    const why = differenceOf(block.transactions, transactions) ?? this.judgeNames(block, transactions);
    if (why !== undefined) return why;
    for (const { seen } of chosen.due) this.order.order(seen.key);
    this.digest = block.digest;
    this.blockHash = block.blockHash;
    this.horizon = block.horizon;
    this.lastTime = transactions.at(-1)?.time ?? this.lastTime;
    return undefined;
  }

  /** E-1: an epoch ends at its fixed end, or W heights after a block that suspends or wants another set. */
  private startEpoch(height: number): void {
    const { epochHeights, window } = this.log.setup.params;
    const before = this.log.deliveries.executedAt(height - 1);
    const isChange = before !== undefined && (before.suspends || before.nextValidators !== undefined);
    if (isChange && height - 1 + window < this.epochEnd) this.epochEnd = height - 1 + window;
    if (height <= this.epochEnd) return;
    this.epoch++;
    this.epochEnd += epochHeights;
  }

  private choose({ cut }: Block, set: ValidatorSet): Result<Chosen, CutCode> {
    if (cut.tips.length < set.n) return breaks(`C-1: ${cut.tips.length} tips for ${set.n} lanes`);
    const added = this.lanes.advance(set.keys, cut.tips);
    if (isRejection(added)) {
      this.isBlind = added.code === "BATCH_UNSEEN" && set.n === 1;
      return added;
    }
    const dead = added.find(({ lane }) => set.keys.includes(lane) && !set.counting.includes(lane));
    if (dead !== undefined) return breaks(`E-1: the dead ${nameOfLane(dead.lane)} advances`);
    for (const { lane, batch } of added) this.order.add(this.log.batches, lane, batch);
    const heads = set.counting.map((lane) => this.lanes.headOf(lane)).sort(compareBigints);
    const head = heads[set.f] ?? this.horizon;
    if (head > this.horizon) return this.fit(set, head);
    if (added.length === 0)
      return breaks(`C-2: the (f + 1)-th smallest head ${head} is not after the parent's horizon`);
    return { horizon: this.horizon, due: [] };
  }

  /** C-2: everything due up to the (f + 1)-th smallest head, or what fits. */
  private fit(set: ValidatorSet, head: bigint): Chosen {
    const { params } = this.log.setup;
    const all = this.order.due(set, head, this.horizon);
    if (countFitting(all, params) === all.length) return { horizon: head, due: this.rank(all) };
    const byStamp = [...all].sort((a, b) => compareBigints(a.c, b.c));
    const over = byStamp[countFitting(byStamp, params)];
    const lower = (over?.c ?? 0n) - 1n;
    if (lower > this.horizon) return { horizon: lower, due: this.rank(all.filter((it) => it.c <= lower)) };
    const horizon = this.horizon + 1n;
    const ranked = this.rank(all.filter((it) => it.c <= horizon));
    return { horizon, due: ranked.slice(0, countFitting(ranked, params)) };
  }

  private rank(due: readonly Due[]): readonly Due[] {
    return sortByRank(due, this.digest, this.log.setup.chain.hasher);
  }

  /** O-4 */
  private timesOf(due: readonly Due[]): readonly OrderedTransaction[] {
    let last = this.lastTime;
    return due.map(({ seen, c, validUntil }) => {
      last = latest(c, this.horizon + 1n, last + 1n);
      return { txid: seen.txid, time: Nanos.of(last), expired: last > validUntil };
    });
  }

  private judgeNames(block: Block, transactions: readonly OrderedTransaction[]): string | undefined {
    const { chain } = this.log.setup;
    const { epoch, cut, digest, parentBlockHash, blockHash, horizon, timersUntil } = block;
    if (!equalBytes(digest, digestOfCut(chain, epoch, cut))) return "its digest is not that of its cut";
    if (!equalBytes(parentBlockHash, this.blockHash))
      return "its parent's hash is not that of the block before";
    const hash = hashOfBlock(chain, { epoch, transactions }, digest, parentBlockHash);
    if (!equalBytes(blockHash, hash)) return "its hash is not that of its order";
    const until = latest(horizon, transactions.at(-1)?.time ?? 0n);
    return timersUntil === until ? undefined : `O-4: timersUntil ${timersUntil}, not ${until}`;
  }
}

function differenceOf(
  got: readonly OrderedTransaction[],
  expected: readonly OrderedTransaction[],
): string | undefined {
  const count = Math.max(got.length, expected.length);
  for (let i = 0; i < count; i++) {
    const [a, b] = [got[i], expected[i]];
    const isSame =
      a !== undefined &&
      b !== undefined &&
      a.time === b.time &&
      a.expired === b.expired &&
      equalBytes(a.txid, b.txid);
    if (!isSame) return `transaction ${i} is ${nameOfPlace(a)}, and follows as ${nameOfPlace(b)}`;
  }
  return undefined;
}

function nameOfPlace(place: OrderedTransaction | undefined): string {
  if (place === undefined) return "none";
  return `${nameOfBytes(place.txid)} at ${place.time}${place.expired ? " (expired)" : ""}`;
}
