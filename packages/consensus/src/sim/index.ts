/**
 * The simulator: whole clusters in one process, driven by one seed. Where to find what:
 *
 *   scheduler, clock, network, disk, executor, content-store   the parts of a world, each a model of one thing
 *   machine, cluster, world                                    the shell of one replica; all of them together
 *   plan, plan-of-seed, quiet-plan, fault                      what happens in a run, as data
 *   adversary, adversaries/, broken                            hostile validators; negative controls
 *   run-event, trace, timeline                                 what was seen, for the checker and for people
 *   checker/                                                   the oracle
 *   run, protocols                                             one seed, judged
 *   fairness/                                                  this protocol beside leader-ordered PBFT, in figures
 *   scenario/                                                  one run told step by step, as text
 */
export { ADVERSARIES } from "./adversaries/all.ts";
export type { Adversary, CreateAdversary, HostileWorld } from "./adversary.ts";
export { FLAWS, type Flaw, type ShellFlaws } from "./broken.ts";
export { Cluster, type ClusterSetup } from "./cluster.ts";
export { NO_MACHINE, type RunListener } from "./event-log.ts";
export { BRIEF_CASES, CASES } from "./explore/cases.ts";
export { type Exploration, explore } from "./explore/explore.ts";
export {
  FAIRNESS_PROTOCOLS,
  type FairnessOptions,
  type FairnessRow,
  measureFairness,
} from "./fairness/fairness.ts";
export type { Fault } from "./fault.ts";
export type { CreateReplica, Machine } from "./machine.ts";
export type { Plan, Submission } from "./plan.ts";
export { planOfSeed } from "./plan-of-seed.ts";
export type { PlanOptions } from "./plan-options.ts";
export { DEFAULT_PROTOCOL, PROTOCOLS, type Protocol } from "./protocols.ts";
export { type QuietPlanOptions, quietPlan } from "./quiet-plan.ts";
export { type RunOptions, type RunResult, type RunViolation, runPlan, runSeed } from "./run.ts";
export { addCounts, NO_COUNTS, type RunCounts } from "./run-counts.ts";
export type { RunEvent } from "./run-event.ts";
export { parseScenario } from "./scenario/parse.ts";
export { runScenario } from "./scenario/run.ts";
export type { Scenario } from "./scenario/steps.ts";
export { ScenarioError } from "./scenario/words.ts";
export { Timeline } from "./timeline.ts";
export { eventToText, Tracer } from "./trace.ts";
export { RUN_EPOCH, type TrueTime, toNanos } from "./true-time.ts";
