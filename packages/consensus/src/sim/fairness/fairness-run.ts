import { bytesToKey, encode } from "@touchmark/core";
import { type Message, message as messageSchema } from "../../messages.ts";
import { stampsOfArrivals } from "../checker/arrivals.ts";
import { findInversions } from "../checker/fair-order.ts";
import { RunLog } from "../checker/run-log.ts";
import type { RunSetup } from "../checker/setup.ts";
import { boundsOf, type StampOf } from "../checker/stamps.ts";
import { Cluster } from "../cluster.ts";
import type { RunListener } from "../event-log.ts";
import type { CreateReplica } from "../machine.ts";
import type { Plan } from "../plan.ts";
import type { RunEvent } from "../run-event.ts";
import { toDuration, toNanos } from "../true-time.ts";
import type { Wishes } from "./wishes.ts";

/** What became of the pairs of one run, or of several. */
export interface PairCounts {
  readonly pairs: number;
  /** The second stands before the first. */
  readonly flipped: number;
  /** The first's highest correct stamp is not below the second's lowest. */
  readonly overlapping: number;
  readonly overlappingFlipped: number;
  /** Ordering linearizability, as the checker defines it: over what correct lanes said; none without lanes. */
  readonly stampViolations: number | undefined;
  /** And over when content was whole at correct validators. */
  readonly arrivalViolations: number;
}

export function addPairCounts(a: PairCounts, b: PairCounts): PairCounts {
  const hasStamps = a.stampViolations !== undefined && b.stampViolations !== undefined;
  return {
    pairs: a.pairs + b.pairs,
    flipped: a.flipped + b.flipped,
    overlapping: a.overlapping + b.overlapping,
    overlappingFlipped: a.overlappingFlipped + b.overlappingFlipped,
    stampViolations: hasStamps ? a.stampViolations + b.stampViolations : undefined,
    arrivalViolations: a.arrivalViolations + b.arrivalViolations,
  };
}

/** The first stamp that S-1 gives at each correct machine: for a protocol that has no lanes. */
function plainArrivals(log: RunLog, cluster: Cluster): StampOf {
  const numbers = new Map(cluster.machines.map((it) => [bytesToKey(it.key), it.number]));
  return (lane, transaction) => {
    const number = numbers.get(lane);
    const arrivals = log.transactions.get(transaction)?.arrivals;
    return number === undefined ? undefined : arrivals?.get(number)?.[0]?.expected;
  };
}

/** Hands the log what happened, with those who may be hostile marked as such. */
function toLog(log: RunLog, hostile: number): RunListener {
  return {
    kinds: new Set(RunLog.kinds),
    observe: (event) =>
      log.observe(event.kind === "started" ? { ...event, correct: event.machine >= hostile } : event),
  };
}

function assertClean(cluster: Cluster): void {
  const [failure] = cluster.failures;
  if (failure !== undefined) throw new Error(`machine ${failure.machine}: ${failure.detail}`);
}

export interface PairsRun {
  readonly plan: Plan;
  readonly createReplica: CreateReplica;
  readonly wishes: Wishes;
  /** How many validators, from number 0, may be hostile. */
  readonly hostile: number;
  readonly hasLanes: boolean;
}

export function runPairs({ plan, createReplica, wishes, hostile, hasLanes }: PairsRun): PairCounts {
  const cluster = new Cluster({ plan, createReplica });
  const { world } = cluster;
  const setup: RunSetup = {
    chain: world.chain,
    params: plan.params,
    genesis: world.genesis,
    validators: world.keys.map((key, number) => ({ key, correct: number >= hostile })),
    verifier: world.signatures,
    healedAt: toNanos(0),
    clockErrorMax: toDuration(0),
  };
  const log = new RunLog(setup);
  for (const listener of [wishes, toLog(log, hostile)]) cluster.listen(listener);
  cluster.runToEnd();
  assertClean(cluster);
  const arrivals = hasLanes ? stampsOfArrivals(log) : plainArrivals(log, cluster);
  return {
    ...countPairs(log, wishes, hasLanes ? log.stamps : arrivals),
    stampViolations: hasLanes ? findInversions(log, log.stamps).length : undefined,
    arrivalViolations: findInversions(log, arrivals).length,
  };
}

function countPairs(log: RunLog, wishes: Wishes, stampOf: StampOf) {
  const places = new Map<string, number>();
  for (const { block } of log.deliveries.chain) {
    for (const { txid } of block.transactions) places.set(bytesToKey(txid), places.size);
  }
  const counts = { pairs: 0, flipped: 0, overlapping: 0, overlappingFlipped: 0 };
  for (const { first, second } of wishes.pairs) {
    const [placeOfFirst, placeOfSecond] = [places.get(first), places.get(second)];
    if (placeOfFirst === undefined || placeOfSecond === undefined) continue;
    const isFlipped = placeOfSecond < placeOfFirst;
    counts.pairs += 1;
    if (isFlipped) counts.flipped += 1;
    const set = log.sets.newest;
    const { late } = boundsOf(set, stampOf, first);
    const { early } = boundsOf(set, stampOf, second);
    if (late === undefined || early === undefined || late < early) continue;
    counts.overlapping += 1;
    if (isFlipped) counts.overlappingFlipped += 1;
  }
  return counts;
}

/** From submission to delivery and to the certificate, over all transactions and machines, in true time. */
export interface Latency {
  readonly delivery: number;
  readonly finality: number;
}

export function measureLatency(plan: Plan, createReplica: CreateReplica): Latency {
  const cluster = new Cluster({ plan, createReplica });
  const submittedAt = new Map<string, bigint>();
  const heights = new Map<number, bigint>();
  const sums = { delivery: 0n, finality: 0n, deliveries: 0n, finals: 0n };
  cluster.listen({
    kinds: new Set(["submitted", "delivered", "final"]),
    observe: (event) => {
      if (event.kind === "submitted") submittedAt.set(bytesToKey(event.txid), event.at);
      else if (event.kind === "delivered") {
        for (const { txid } of event.block.transactions) {
          const at = submittedAt.get(bytesToKey(txid)) ?? event.at;
          heights.set(event.block.height, at);
          sums.delivery += event.at - at;
          sums.deliveries += 1n;
        }
      } else if (event.kind === "final") {
        const at = heights.get(event.finality.height);
        if (at === undefined) return;
        sums.finality += event.at - at;
        sums.finals += 1n;
      }
    },
  });
  cluster.runToEnd();
  assertClean(cluster);
  return {
    delivery: Number(sums.delivery) / Number(sums.deliveries),
    finality: Number(sums.finality) / Number(sums.finals),
  };
}

/** Bytes that all machines send for each transaction: messages as the codec writes them, and content as it is. */
export function measureBytes(plan: Plan, createReplica: CreateReplica): number {
  const cluster = new Cluster({ plan, createReplica });
  const lengths = new WeakMap<Message, number>();
  let bytes = 0;
  const lengthOf = (message: Message): number => {
    const known = lengths.get(message) ?? encode(messageSchema, message).length;
    lengths.set(message, known);
    return known;
  };
  const perContent = plan.submissions[0]?.bytes ?? 0;
  cluster.listen({
    kinds: new Set<RunEvent["kind"]>(["sent", "arrived"]),
    observe: (event) => {
      if (event.kind === "sent" && event.to !== event.machine) bytes += lengthOf(event.message);
      else if (event.kind === "arrived") bytes += perContent;
    },
  });
  cluster.runToEnd();
  assertClean(cluster);
  // The client's own handing over is no traffic between validators.
  return bytes / plan.submissions.length - perContent;
}
