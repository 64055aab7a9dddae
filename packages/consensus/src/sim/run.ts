import { Nanos } from "@touchmark/core";
import type { Flaw } from "./broken.ts";
import { Checker } from "./checker/checker.ts";
import { defaultProgress } from "./checker/progress-bound.ts";
import type { RunSetup } from "./checker/setup.ts";
import { Cluster } from "./cluster.ts";
import type { RunListener } from "./event-log.ts";
import type { Plan } from "./plan.ts";
import { planOfSeed } from "./plan-of-seed.ts";
import type { PlanOptions } from "./plan-options.ts";
import type { Protocol } from "./protocols.ts";
import { RunCounter, type RunCounts } from "./run-counts.ts";
import { SECONDS, type TrueTime, toDuration, toNanos, toTrueTime } from "./true-time.ts";

export interface RunOptions {
  readonly protocol: Protocol;
  readonly plan: PlanOptions;
  readonly flaw?: Flaw | undefined;
  readonly listeners?: readonly RunListener[];
}

/** What was broken: a property of the checker, or what the simulator itself saw a correct machine do. */
export interface RunViolation {
  readonly property: string;
  readonly detail: string;
  /** What a replica threw, for whoever can print it. */
  readonly cause?: unknown;
}

export interface RunResult {
  readonly seed: number;
  readonly violations: readonly RunViolation[];
  readonly counts: RunCounts;
}

const PPM = 1_000_000;
/** A run that has not come to its end by the time at which it must have is watched for so much longer. */
const AFTER_BOUND = 5 * SECONDS;

/** The largest error of a correct machine's clock by then. */
function largestClockError(plan: Plan, until: TrueTime): TrueTime {
  const errors = plan.machines.map(({ adversary, clock }, machine) => {
    if (adversary !== undefined) return 0;
    let jumped = 0;
    for (const fault of plan.faults) {
      if (fault.kind === "clockJump" && fault.machine === machine) jumped += Math.abs(fault.by);
    }
    return Math.abs(clock.offset) + jumped + Math.ceil((Math.abs(clock.driftPpm) * until) / PPM);
  });
  return Math.max(0, ...errors);
}

/** What the checker is told of a run before it begins. */
export function setupOf(cluster: Cluster): RunSetup {
  const { plan, world, machines } = cluster;
  const validators = world.keys.map((key) => ({
    key,
    correct: machines.filter((it) => it.key === key).every((it) => it.isCorrect),
  }));
  const setup = {
    chain: world.chain,
    params: plan.params,
    genesis: world.genesis,
    validators,
    verifier: world.signatures,
    healedAt: toNanos(plan.healedAt),
    clockErrorMax: toDuration(largestClockError(plan, plan.deadline)),
  };
  return { ...setup, progress: defaultProgress(setup, toDuration(plan.healedAt)) };
}

/** Runs a plan to its end under the eyes of the checker. */
export function runPlan(plan: Plan, options: Omit<RunOptions, "plan">): RunResult {
  const { protocol, flaw } = options;
  const { createReplica } = protocol;
  const cluster = new Cluster(flaw === undefined ? { plan, createReplica } : { plan, createReplica, flaw });
  const setup = setupOf(cluster);
  const checker = new Checker(setup, protocol.properties);
  const counter = new RunCounter();
  for (const listener of [checker, counter, ...(options.listeners ?? [])]) cluster.listen(listener);
  const within = toTrueTime(setup.progress?.within ?? Nanos.of(0n));
  cluster.runToEnd(Math.max(plan.deadline, plan.healedAt + within + AFTER_BOUND));
  const found = checker.finish({ at: toNanos(cluster.now) });
  const failures = cluster.failures.map(({ machine, property, detail, cause }) => ({
    property,
    detail: `machine ${machine}: ${detail}`,
    cause,
  }));
  const counts = counter.counts(cluster.now, cluster.world.scheduler.count);
  return { seed: plan.seed, violations: [...failures, ...found], counts };
}

/** The run of a seed: the same seed and options give the same run. */
export function runSeed(seed: number, options: RunOptions): RunResult {
  const { protocol } = options;
  const plan = planOfSeed(seed, { ...options.plan, epochs: options.plan.epochs && protocol.hasEpochs });
  return runPlan(plan, options);
}
