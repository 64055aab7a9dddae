import { must, Prng } from "@touchmark/core";
import { expect, test } from "vitest";
import type { RunListener } from "../../../src/sim/event-log.ts";
import type { Fault } from "../../../src/sim/fault.ts";
import type { Plan } from "../../../src/sim/plan.ts";
import { quietPlan } from "../../../src/sim/quiet-plan.ts";
import type { RunEvent } from "../../../src/sim/run-event.ts";
import { MILLIS, RUN_EPOCH, SECONDS, type TrueTime } from "../../../src/sim/true-time.ts";
import { inSeconds, judge, load, range } from "./plans.ts";

const VALIDATORS = 4;
const DOWN = VALIDATORS - 1;
/** So light a load gives a height for every transaction. */
const EVERY = 50 * MILLIS;
const VALID_FOR = 100 * SECONDS;
const DOWN_AT = 2 * SECONDS;
const AFTER = 20 * SECONDS;

function planOf(heights: number, returns: boolean): Plan {
  const backAt = DOWN_AT + heights * EVERY;
  const quiet = quietPlan({ seed: 1, validators: VALIDATORS, transactions: 0 });
  const clients = { from: EVERY, until: backAt + AFTER, every: EVERY, to: range(DOWN), validFor: VALID_FOR };
  const back: readonly Fault[] = returns ? [{ kind: "restart", machines: [DOWN], at: backAt }] : [];
  const faults: readonly Fault[] = [{ kind: "crash", machines: [DOWN], at: DOWN_AT }, ...back];
  return { ...quiet, submissions: load(clients), faults, healedAt: backAt, deadline: backAt + AFTER };
}

class CatchUpWatch implements RunListener {
  readonly kinds = new Set<RunEvent["kind"]>(["delivered", "fact"]);
  private readonly backAt: TrueTime;
  private newest = 0;
  private own = 0;
  missed = 0;
  viewChanges = 0;
  caughtUpAfter: TrueTime | undefined;
  /** When the others delivered which new height, since the return. */
  readonly heightsAt: TrueTime[] = [];

  constructor(backAt: TrueTime) {
    this.backAt = backAt;
  }

  observe(event: RunEvent): void {
    const since = Number(event.at - RUN_EPOCH) - this.backAt;
    // P-5: who gives a view up alone votes no more until the others do; so nobody may, the returned one neither.
    if (event.kind === "fact" && event.fact.kind === "viewChange") this.viewChanges += 1;
    if (event.kind !== "delivered") return;
    const { height } = event.block;
    if (event.machine === DOWN) {
      this.own = Math.max(this.own, height);
      if (since > 0 && this.own >= this.newest) this.caughtUpAfter ??= since;
      return;
    }
    if (height <= this.newest) return;
    this.newest = height;
    if (since > 0) this.heightsAt.push(since);
    else this.missed = this.newest - this.own;
  }

  /** In a second, up to so long after the return. */
  rate(until: TrueTime): number {
    return this.heightsAt.filter((at) => at <= until).length / inSeconds(until);
  }
}

function watchRun(heights: number, returns: boolean): CatchUpWatch {
  const plan = planOf(heights, returns);
  const watch = new CatchUpWatch(plan.healedAt);
  const { violations } = judge(plan, { listeners: [watch] });
  expect(violations).toEqual([]);
  return watch;
}

/** Blocks come faster than they are made: a thousand heights within this. */
const SECONDS_PER_THOUSAND = 10;
const RATE_SHARE = 0.9;

export function behindTests(heights: number): void {
  test(`Y-1 a validator that was down for ${heights} heights catches up, and the others go on as fast as ever`, () => {
    const watch = watchRun(heights, true);
    const without = watchRun(heights, false);
    const took = must(watch.caughtUpAfter, "the moment at which it had caught up");
    // Long enough for a rate, however soon it is back in step.
    const span = Math.max(took, 5 * SECONDS);
    // Kept in docs/spec/agreement.md.
    console.log(
      `${watch.missed} heights behind: caught up after ${inSeconds(took)} s; ${watch.rate(span)} heights/s, without it ${without.rate(span)}`,
    );
    expect(watch.missed).toBeGreaterThanOrEqual(0.95 * heights);
    expect(took).toBeLessThan((heights / 1_000) * SECONDS_PER_THOUSAND * SECONDS);
    expect(watch.rate(span)).toBeGreaterThanOrEqual(RATE_SHARE * without.rate(span));
    expect(watch.viewChanges).toBe(0);
  });
}

const WIPE_SPAN = 4 * SECONDS;
const KEPT_MAX = 400;

/** f validators lose their disks, at any time and as often as they like; a part of the log is on the new one. */
function wipePlan(seed: number): Plan {
  const prng = new Prng(seed).fork("wipes");
  const validators = prng.pick([4, 4, 7]);
  const quiet = quietPlan({ seed, validators, transactions: 120 });
  const f = (validators - 1) / 3;
  const victims = prng.shuffle(range(validators)).slice(0, f);
  const faults = victims.flatMap((machine): readonly Fault[] => {
    const times = prng.between(1, 3);
    return range(times).flatMap((turn): readonly Fault[] => {
      const at = Math.floor((WIPE_SPAN * (turn + prng.fraction())) / times) + SECONDS / 2;
      const keptRecords = prng.chance(0.3) ? 0 : prng.below(KEPT_MAX);
      const back = at + prng.between(1, Math.floor(WIPE_SPAN / times / MILLIS / 2)) * MILLIS;
      return [
        { kind: "crash", machines: [machine], at },
        { kind: "wipe", machine, keptRecords, at: at + 1 },
        { kind: "restart", machines: [machine], at: back },
      ];
    });
  });
  faults.sort((a, b) => a.at - b.at);
  const healedAt = 2 * WIPE_SPAN;
  return {
    ...quiet,
    faults: [...faults, { kind: "heal", at: healedAt }],
    healedAt,
    deadline: healedAt + 30 * SECONDS,
  };
}

/** What signs a promise and is nobody else's to pass on. */
const PROMISES: ReadonlySet<string> = new Set([
  "preprepare",
  "prepare",
  "commit",
  "final",
  "viewChange",
  "complaint",
  "offer",
]);

/** What machines say after they have lost their logs. */
class SilenceWatch implements RunListener {
  readonly kinds = new Set<RunEvent["kind"]>(["started", "sent"]);
  private readonly wiped = new Set<number>();
  readonly promised = new Set<string>();
  wipes = 0;

  observe(event: RunEvent): void {
    if (event.kind === "started" && event.how === "wiped") {
      this.wiped.add(event.machine);
      this.wipes += 1;
    }
    if (event.kind !== "sent" || !this.wiped.has(event.machine)) return;
    if (PROMISES.has(event.message.kind)) this.promised.add(event.message.kind);
  }
}

/** The checker's no-double-sign judges its batches, too: nothing that the key had not signed before. */
export function wipeTests(seeds: readonly number[]): void {
  test(`S-3, P-7 whoever lost the log, or got an old one back, is silent, and never signs twice (${seeds.length} seeds)`, () => {
    let wipes = 0;
    for (const seed of seeds) {
      const watch = new SilenceWatch();
      const { violations, counts } = judge(wipePlan(seed), { listeners: [watch] });
      expect([seed, violations]).toEqual([seed, []]);
      expect([seed, [...watch.promised]]).toEqual([seed, []]);
      expect(counts.heights).toBeGreaterThan(20);
      wipes += watch.wipes;
    }
    expect(wipes).toBeGreaterThanOrEqual(seeds.length);
  });
}
