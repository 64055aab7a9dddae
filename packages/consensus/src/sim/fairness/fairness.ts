import { must } from "@touchmark/core";
import { LeaderOrdered } from "../../leader-ordered/leader-ordered.ts";
import { Replica } from "../../replica.ts";
import type { CreateReplica } from "../machine.ts";
import { loadPlan, MD, pairsPlan, singlesPlan } from "./fairness-plans.ts";
import {
  addPairCounts,
  type Latency,
  measureBytes,
  measureLatency,
  type PairCounts,
  runPairs,
} from "./fairness-run.ts";
import { createReorderingLeader, createUnfairReplica } from "./hostile-replicas.ts";
import { Wishes } from "./wishes.ts";

/**
 * What fair order is worth, in figures: this protocol beside leader-ordered PBFT, on the same plans.
 *
 * A pair is concurrent: the second transaction is submitted before the first can have been delivered, less
 * than 5 md after it, through another validator. The hostile leader wants the second before the first, and
 * does the best that it can, with f − 1 others in league. Clients use correct validators: a hostile one could
 * simply keep what it gets.
 */
export interface FairnessOptions {
  /** The first one. */
  readonly seed: number;
  /** How many seeds the pairs are drawn from. */
  readonly runs: number;
  readonly validators: number;
  readonly pairsPerRun: number;
  /** Transactions over which bytes are counted, a thousand in a second. */
  readonly transactions: number;
}

export interface FairnessRow {
  readonly protocol: string;
  readonly validators: number;
  readonly honest: PairCounts;
  readonly hostile: PairCounts;
  /** In message delays. */
  readonly latency: Latency;
  /** Bytes that all validators together send for each transaction. */
  readonly bytes: number;
}

interface Contestant {
  readonly hasLanes: boolean;
  readonly honest: CreateReplica;
  readonly hostile: (f: number, wishes: Wishes) => CreateReplica;
}

const CONTESTANTS: ReadonlyMap<string, Contestant> = new Map([
  [
    "touchmark",
    {
      hasLanes: true,
      honest: (config) => new Replica(config),
      hostile: (f, wishes) => (config) => createUnfairReplica(config, f, wishes),
    },
  ],
  [
    "leader-ordered",
    {
      hasLanes: false,
      honest: (config) => new LeaderOrdered(config),
      hostile: (_f, wishes) => (config) => createReorderingLeader(config, wishes),
    },
  ],
]);

export const FAIRNESS_PROTOCOLS: readonly string[] = [...CONTESTANTS.keys()];

function countPairs(
  { hasLanes }: Contestant,
  { seed, runs, validators, pairsPerRun }: FairnessOptions,
  create: (hostile: number, wishes: Wishes) => CreateReplica,
): PairCounts {
  const hostile = Math.floor((validators - 1) / 3);
  const counts = Array.from({ length: runs }, (_, run) => {
    const wishes = new Wishes();
    const plan = pairsPlan(seed + run, validators, pairsPerRun);
    return runPairs({ plan, createReplica: create(hostile, wishes), wishes, hostile, hasLanes });
  });
  return counts.reduce(addPairCounts);
}

export function measureFairness(protocol: string, options: FairnessOptions): FairnessRow {
  const contestant = must(CONTESTANTS.get(protocol), "one of the two protocols");
  const { seed, validators, transactions } = options;
  const { honest, hostile } = contestant;
  const latency = measureLatency(singlesPlan(seed, validators), honest);
  return {
    protocol,
    validators,
    honest: countPairs(contestant, options, () => honest),
    hostile: countPairs(contestant, options, hostile),
    latency: { delivery: latency.delivery / MD, finality: latency.finality / MD },
    bytes: measureBytes(loadPlan(seed, validators, transactions), honest),
  };
}
