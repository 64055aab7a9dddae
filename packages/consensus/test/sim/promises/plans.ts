import { must } from "@touchmark/core";
import { TWINS } from "../../../src/sim/adversaries/all.ts";
import type { Fault } from "../../../src/sim/fault.ts";
import type { Plan, Submission } from "../../../src/sim/plan.ts";
import { PROTOCOLS } from "../../../src/sim/protocols.ts";
import { quietPlan } from "../../../src/sim/quiet-plan.ts";
import { type RunOptions, type RunResult, runPlan } from "../../../src/sim/run.ts";
import { SECONDS, type TrueTime } from "../../../src/sim/true-time.ts";

export const touchmark = must(PROTOCOLS.get("touchmark"), "the protocol of this package");

export function range(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, at) => from + at);
}

export interface Load {
  readonly from: TrueTime;
  readonly until: TrueTime;
  readonly every: TrueTime;
  /** Machines that clients know, one after the other. */
  readonly to: readonly number[];
  readonly validFor: TrueTime;
}

const BYTES = 200;

/** A steady trickle of transactions. */
export function load({ from, until, every, to, validFor }: Load): readonly Submission[] {
  const count = Math.max(0, Math.ceil((until - from) / every));
  return range(count).map((turn) => ({
    at: from + turn * every,
    to: [must(to[turn % to.length], "somebody whom clients know")],
    validFor,
    bytes: BYTES,
    sender: "known",
    isJunk: false,
  }));
}

export function byTime<Item extends { readonly at: TrueTime }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((a, b) => a.at - b.at);
}

/** Both sides hear nothing of each other. */
export function partition(
  left: readonly number[],
  right: readonly number[],
  from: TrueTime,
  until: TrueTime,
): readonly Fault[] {
  return [
    { kind: "cut", from: left, to: right, at: from },
    { kind: "cut", from: right, to: left, at: from },
    { kind: "mend", from: left, to: right, at: until },
    { kind: "mend", from: right, to: left, at: until },
  ];
}

export interface HostilePlanOptions {
  readonly seed: number;
  readonly validators: number;
  readonly transactions?: number;
  /** By machine, the adversary that runs it. */
  readonly adversaries: ReadonlyMap<number, string>;
}

/** The quiet plan with adversaries; twins get their second machines. */
export function hostilePlan(options: HostilePlanOptions): Plan {
  const { seed, validators, adversaries } = options;
  const transactions = options.transactions === undefined ? {} : { transactions: options.transactions };
  const quiet = quietPlan({ seed, validators, ...transactions });
  const machines = quiet.machines.map((it, number) => ({ ...it, adversary: adversaries.get(number) }));
  const twins = machines.filter((it) => it.adversary === TWINS).map((it) => ({ ...it, place: 1 }));
  const { links } = quietPlan({ seed, validators: validators + twins.length });
  return { ...quiet, machines: [...machines, ...twins], links };
}

/** A run of this package's protocol under the eyes of the checker. */
export function judge(plan: Plan, options: Omit<RunOptions, "plan" | "protocol"> = {}): RunResult {
  return runPlan(plan, { protocol: touchmark, ...options });
}

export function inSeconds(time: TrueTime): number {
  return time / SECONDS;
}
