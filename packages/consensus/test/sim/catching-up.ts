import { expect } from "vitest";
import type { Params } from "../../src/params.ts";
import { defaultParams } from "../../src/params.ts";
import type { RunListener } from "../../src/sim/event-log.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { quietPlan } from "../../src/sim/quiet-plan.ts";
import type { RunEvent } from "../../src/sim/run-event.ts";
import { MILLIS, SECONDS, type TrueTime, toDuration } from "../../src/sim/true-time.ts";
import { byTime, judge, load, range } from "./promises/plans.ts";

const VALIDATORS = 4;
/** The machine that is away, or comes last. */
export const LAST = VALIDATORS - 1;
export const JOINER = VALIDATORS;
const EVERY = 50 * MILLIS;
const DOWN_AT = SECONDS;
const VALID_FOR = 100 * SECONDS;

/** A height for each transaction, one every 50 ms; machine 3 is down for so many of them. */
export function awayPlan(heights: number, params: Partial<Params>): Plan {
  const quiet = quietPlan({ seed: 1, validators: VALIDATORS, transactions: 0 });
  const backAt = DOWN_AT + heights * EVERY;
  const until = backAt + 8 * SECONDS;
  const submissions = load({ from: EVERY, until, every: EVERY, to: range(LAST), validFor: VALID_FOR });
  const faults = [
    { kind: "crash", machines: [LAST], at: DOWN_AT },
    { kind: "restart", machines: [LAST], at: backAt },
  ] as const;
  const ends = { healedAt: backAt, deadline: until + 20 * SECONDS, heightsWanted: 1 };
  return { ...quiet, params: { ...defaultParams(VALIDATORS), ...params }, submissions, faults, ...ends };
}

/** E-1, E-2: a fifth validator is admitted at the first heights, and its machine comes up long after. */
export function lateJoinerPlan(startsAt: TrueTime, params: Partial<Params>): Plan {
  const plan = awayPlan(0, {
    ttl: toDuration(3 * SECONDS),
    inclusionDelayMax: toDuration(2 * SECONDS),
    ...params,
  });
  const { machines, links } = quietPlan({ seed: 1, validators: VALIDATORS + 1, transactions: 0 });
  const until = startsAt + 15 * SECONDS;
  const validFor = 2 * SECONDS;
  const submissions = load({ from: EVERY, until, every: EVERY, to: range(VALIDATORS), validFor });
  const faults = byTime([
    { kind: "crash", machines: [JOINER], at: 1 } as const,
    { kind: "restart", machines: [JOINER], at: startsAt } as const,
  ]);
  const setChanges = [{ height: 4, joiner: JOINER, leaver: undefined, suspends: false }];
  const ends = { healedAt: startsAt, deadline: until + 30 * SECONDS };
  return { ...plan, joiners: 1, machines, links, setChanges, submissions, faults, ...ends };
}

/** What one machine did, from its last start on. */
export class Watch implements RunListener {
  readonly kinds = new Set<RunEvent["kind"]>(["started", "adopted", "delivered", "sent"]);
  private readonly machine: number;
  adopted: number[] = [];
  delivered: number[] = [];
  asked = new Map<string, number>();
  prepared = 0;
  /** Of any machine. */
  highest = 0;

  constructor(machine: number) {
    this.machine = machine;
  }

  observe(event: RunEvent): void {
    if (event.kind === "delivered") this.highest = Math.max(this.highest, event.block.height);
    if (event.machine !== this.machine) return;
    if (event.kind === "started") {
      this.adopted = [];
      this.delivered = [];
    } else if (event.kind === "adopted") this.adopted.push(event.height);
    else if (event.kind === "delivered") this.delivered.push(event.block.height);
    else if (event.kind === "sent") {
      const { kind } = event.message;
      this.asked.set(kind, (this.asked.get(kind) ?? 0) + 1);
      if (kind === "prepare") this.prepared += 1;
    }
  }
}

/** A run without a violation; blocks are the same everywhere, or the checker says so. */
export function watch(plan: Plan, machine: number): Watch {
  const seen = new Watch(machine);
  const { violations } = judge(plan, { listeners: [seen] });
  expect(violations).toEqual([]);
  return seen;
}

export function expectByBlocks(heights: number): void {
  const seen = watch(awayPlan(heights, {}), LAST);
  // From its own checkpoint at most, and then one height after the other.
  const [first] = seen.delivered;
  expect(seen.adopted.length).toBeLessThanOrEqual(1);
  expect(seen.delivered).toEqual(range(seen.delivered.length, first));
  expect(seen.delivered.length).toBeGreaterThan(heights);
  expect(seen.delivered.at(-1)).toBe(seen.highest);
  expect(seen.prepared).toBeGreaterThan(20);
}
