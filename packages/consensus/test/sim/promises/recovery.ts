import { expect, test } from "vitest";
import type { RunListener } from "../../../src/sim/event-log.ts";
import type { Fault } from "../../../src/sim/fault.ts";
import type { Plan } from "../../../src/sim/plan.ts";
import { quietPlan } from "../../../src/sim/quiet-plan.ts";
import type { RunEvent } from "../../../src/sim/run-event.ts";
import { RUN_EPOCH, SECONDS, type TrueTime, toTrueTime } from "../../../src/sim/true-time.ts";
import { byTime, inSeconds, judge, load, partition, range } from "./plans.ts";

/** What keeps a cluster from agreeing for a long time. */
type Outage = "partition" | "proposals lost" | "proposals lost, then partition";

interface Case {
  readonly validators: number;
  /** How many stand on the first side. */
  readonly left: number;
  readonly outage: Outage;
  /** So many are dead from before the outage on, and for ever: those that would lead first when it is over. */
  readonly dead: number;
}

const CUT_AT = 2 * SECONDS;
const VALID_FOR = 150 * SECONDS;
const AFTER = 60 * SECONDS;
/** What the first correct leader may take. */
const SETTLING = 10 * SECONDS;

const SIZES = [
  { validators: 4, left: 2 },
  { validators: 7, left: 4 },
];
const OUTAGES: readonly Outage[] = ["partition", "proposals lost", "proposals lost, then partition"];
const CASES: readonly Case[] = SIZES.flatMap((size) =>
  OUTAGES.flatMap((outage) => [0, (size.validators - 1) / 3].map((dead) => ({ ...size, outage, dead }))),
);
/** The timers 1, 2, 4, 8 and 16 s run out, then one at the cap. */
const CAP_AFTER = 70 * SECONDS;

/**
 * A partition without a quorum on either side leaves every timer at rest (P-5: it waits for q claims). So that
 * timers get to their cap, the links lose only what a leader says: views fail one after the other.
 */
function faultsOf(it: Case, dead: readonly number[], until: TrueTime): readonly Fault[] {
  const machines = range(it.validators);
  const crash: readonly Fault[] =
    dead.length === 0 ? [] : [{ kind: "crash", machines: dead, at: CUT_AT / 2 }];
  const losesProposals = it.outage !== "partition";
  const isCut = it.outage !== "proposals lost";
  const cutAt = losesProposals ? CUT_AT + CAP_AFTER : CUT_AT;
  const traffic = new Set(["newView", "preprepare"]);
  const bias = { traffic, from: undefined, to: undefined, factor: 1, loss: 1 };
  return byTime<Fault>([
    ...crash,
    ...(losesProposals ? [{ kind: "bias", bias, at: CUT_AT } as const] : []),
    ...(isCut ? partition(machines.slice(0, it.left), machines.slice(it.left), cutAt, until) : []),
    ...(losesProposals ? [{ kind: "unbias", bias, at: isCut ? cutAt : until } as const] : []),
  ]);
}

function planOf(it: Case, dead: readonly number[], outage: TrueTime): Plan {
  const quiet = quietPlan({ seed: 1, validators: it.validators, transactions: 10 });
  const healedAt = CUT_AT + outage;
  const to = range(it.validators).filter((machine) => !dead.includes(machine));
  const waiting = { from: CUT_AT + 5 * SECONDS, until: healedAt + AFTER / 2, every: 10 * SECONDS, to };
  const submissions = byTime([...quiet.submissions, ...load({ ...waiting, validFor: VALID_FOR })]);
  return {
    ...quiet,
    faults: faultsOf(it, dead, healedAt),
    submissions,
    healedAt,
    deadline: healedAt + AFTER,
  };
}

/** P-5: what the machines' claims and deliveries tell. */
class RecoveryWatch implements RunListener {
  readonly kinds = new Set<RunEvent["kind"]>(["delivered", "fact"]);
  private readonly healedAt: TrueTime;
  private readonly delivered = new Map<number, TrueTime>();
  private readonly claimedAt = new Map<number, TrueTime>();
  private readonly viewsAfter = new Set<number>();
  /** The highest view that was claimed by healing. */
  view = 0;
  /** The longest timer before healing: the time between two claims in a row of one machine. */
  timer: TrueTime = 0;

  constructor(healedAt: TrueTime) {
    this.healedAt = healedAt;
  }

  observe(event: RunEvent): void {
    const at = Number(event.at - RUN_EPOCH);
    const { machine } = event;
    if (event.kind === "delivered" && at > this.healedAt && !this.delivered.has(machine)) {
      this.delivered.set(machine, at - this.healedAt);
    }
    if (event.kind === "fact" && event.fact.kind === "viewChange") this.claimed(machine, event.fact.view, at);
  }

  private claimed(machine: number, view: number, at: TrueTime): void {
    const before = this.claimedAt.get(machine);
    this.claimedAt.set(machine, at);
    if (at > this.healedAt) {
      this.viewsAfter.add(view);
      return;
    }
    this.view = Math.max(this.view, view);
    if (before !== undefined) this.timer = Math.max(this.timer, at - before);
  }

  /** How many machines have a new height. */
  get recovered(): number {
    return this.delivered.size;
  }

  /** From healing until the last of them had one. */
  get took(): TrueTime {
    return Math.max(...this.delivered.values());
  }

  /** How many views were given up after healing. */
  get views(): number {
    return this.viewsAfter.size;
  }
}

function watchRun(it: Case, dead: readonly number[], outage: TrueTime): RecoveryWatch {
  const plan = planOf(it, dead, outage);
  const watch = new RecoveryWatch(plan.healedAt);
  const { violations } = judge(plan, { listeners: [watch] });
  expect(violations).toEqual([]);
  return watch;
}

/** Until healing nothing depends on who is dead: no leader gets anything done. */
function nextLeaders(it: Case, outage: TrueTime): readonly number[] {
  if (it.dead === 0) return [];
  const { view } = watchRun({ ...it, dead: 0 }, [], outage);
  return range(it.dead, view).map((claimed) => claimed % it.validators);
}

/** For an outage of half an hour, and for a shorter one. */
export function recoveryTests(minutes: number): void {
  const outage = minutes * 60 * SECONDS;
  test.each(CASES)(
    `P-5, P-6 after ${minutes} minutes of $outage at n = $validators, and with the next $dead leaders dead, heights come within 10 s and a timer for each`,
    (it) => {
      const dead = nextLeaders(it, outage);
      const watch = watchRun(it, dead, outage);
      const cap = toTrueTime(quietPlan({ seed: 1, validators: it.validators }).params.viewTimeoutMax);
      // Claims don't come quicker than timers run out.
      if (it.outage !== "partition") expect(watch.timer).toBeGreaterThanOrEqual(cap);
      expect(watch.recovered).toBe(it.validators - it.dead);
      expect(watch.took).toBeLessThan(SETTLING + it.dead * cap);
      expect(watch.views).toBeLessThanOrEqual(it.dead + 2);
      // Kept in docs/spec/agreement.md.
      console.log(
        `${minutes} min of ${it.outage}, n = ${it.validators}, ${it.dead} dead: ${inSeconds(watch.took).toFixed(2)} s, ${watch.views} views`,
      );
    },
  );
}
