import { must } from "@touchmark/core";
import { expect, test } from "vitest";
import type { Block } from "../../../src/block.ts";
import type { RunListener } from "../../../src/sim/event-log.ts";
import type { Fault } from "../../../src/sim/fault.ts";
import type { Plan } from "../../../src/sim/plan.ts";
import { quietPlan } from "../../../src/sim/quiet-plan.ts";
import type { RunEvent } from "../../../src/sim/run-event.ts";
import { MILLIS, RUN_EPOCH, SECONDS, type TrueTime, toDuration } from "../../../src/sim/true-time.ts";
import type { PlannedSetChange } from "../../../src/sim/world.ts";
import { inSeconds, judge, load, range } from "./plans.ts";

const FIRST = 4;
const JOINERS = 4;
const ALL = FIRST + JOINERS;
/** Whom the last joiner replaces. */
const LEAVER = 1;
const EVERY = 80 * MILLIS;
const EPOCH_HEIGHTS = 110;
const TTL = 2 * SECONDS;
/** One joins at a time, since f is 1 up to n = 6: 4, 5, 6, 7 validators; and then one is replaced. */
const SET_CHANGES: readonly PlannedSetChange[] = range(JOINERS).map((turn) => ({
  height: turn * EPOCH_HEIGHTS + 5,
  joiner: FIRST + turn,
  leaver: turn === JOINERS - 1 ? LEAVER : undefined,
  suspends: false,
}));
const UNTIL = 23 * SECONDS;

function quorumOf(n: number): number {
  const f = Math.floor((n - 1) / 3);
  return Math.ceil((n + f + 1) / 2);
}

const CRASHES = 5;
const HEALED_AT = 2 * SECONDS + CRASHES * 3 * SECONDS;

/** One machine after the other is down for a second, the leader among them. */
function crashes(): readonly Fault[] {
  return range(CRASHES).flatMap((turn): readonly Fault[] => {
    const at = 2 * SECONDS + turn * 3 * SECONDS;
    const machines = [turn % FIRST];
    return [
      { kind: "crash", machines, at },
      { kind: "restart", machines, at: at + SECONDS },
    ];
  });
}

function planOf(seed: number, withCrashes: boolean): Plan {
  const quiet = quietPlan({ seed, validators: ALL, transactions: 0 });
  const params = {
    ...quiet.params,
    ttl: toDuration(TTL),
    inclusionDelayMax: toDuration(SECONDS),
    epochHeights: EPOCH_HEIGHTS,
  };
  const clients = { from: EVERY, until: UNTIL, every: EVERY, to: [0, 2, 3], validFor: TTL - 100 * MILLIS };
  return {
    ...quiet,
    params,
    validators: FIRST,
    joiners: JOINERS,
    setChanges: SET_CHANGES,
    submissions: load(clients),
    faults: withCrashes ? crashes() : [],
    healedAt: withCrashes ? HEALED_AT : 0,
    deadline: UNTIL + 10 * SECONDS,
    heightsWanted: JOINERS * EPOCH_HEIGHTS + 20,
  };
}

interface Beginning {
  readonly epoch: number;
  readonly height: number;
  readonly horizon: bigint;
}

/** What is delivered anywhere for the first time, and what the states want. */
class GrowthWatch implements RunListener {
  readonly kinds = new Set<RunEvent["kind"]>(["started", "delivered", "executed", "final", "fact"]);
  private height = 0;
  private at: TrueTime = 0;
  /** The longest time without a new height anywhere, while clients go on. */
  gap: TrueTime = 0;
  viewChanges = 0;
  /** By epoch, how many signers its certificates have. */
  readonly signers = new Map<number, Set<number>>();
  readonly beginnings: Beginning[] = [];
  readonly horizons = new Map<number, bigint>();
  /** By machine. */
  readonly keys = new Map<number, Uint8Array>();
  /** By height, the set that an epoch would have that began behind it, where it is another one. */
  private readonly wanted = new Map<number, readonly Uint8Array[]>();

  observe(event: RunEvent): void {
    if (event.kind === "started") this.keys.set(event.machine, event.key);
    if (event.kind === "fact" && event.fact.kind === "viewChange") this.viewChanges += 1;
    if (event.kind === "executed" && event.executed.nextValidators !== undefined) {
      this.wanted.set(event.executed.height, event.executed.nextValidators);
    }
    if (event.kind === "final") {
      const { epoch, signers } = event.finality;
      this.signers.set(epoch, (this.signers.get(epoch) ?? new Set()).add(signers.length));
    }
    if (event.kind === "delivered") this.delivered(event.block, Number(event.at - RUN_EPOCH));
  }

  private delivered({ height, epoch, horizon }: Block, at: TrueTime): void {
    if (height <= this.height) return;
    this.height = height;
    this.horizons.set(height, horizon);
    if (this.beginnings.at(-1)?.epoch !== epoch) this.beginnings.push({ epoch, height, horizon });
    if (at < UNTIL) this.gap = Math.max(this.gap, at - this.at);
    this.at = at;
  }

  /** The sets, epoch after epoch. */
  get sets(): readonly (readonly Uint8Array[])[] {
    let set: readonly Uint8Array[] = range(FIRST).map((machine) => must(this.keys.get(machine), "a key"));
    return this.beginnings.map(({ height }) => {
      set = this.wanted.get(height - 1) ?? set;
      return set;
    });
  }
}

function expectGrowth(watch: GrowthWatch): void {
  const { sets } = watch;
  const sizes = sets.map((set) => set.length);
  expect([...new Set(sizes)]).toEqual([4, 5, 6, 7]);
  for (const [epoch, size] of sizes.entries()) {
    // n, f and q follow from the set; and one joins at a time.
    expect([epoch, watch.signers.get(epoch)]).toEqual([epoch, new Set([quorumOf(size)])]);
    expect(size - (sizes[epoch - 1] ?? size)).toBeLessThanOrEqual(1);
  }
  const last = must(sets.at(-1), "the last set");
  const keyOf = (machine: number): Uint8Array => must(watch.keys.get(machine), "a key");
  for (const machine of range(ALL))
    expect([machine, last.includes(keyOf(machine))]).toEqual([machine, machine !== LEAVER]);
  // E-2: from its admission on a joiner ran its lane as an observer for a TTL at least.
  for (const { height, joiner = 0 } of SET_CHANGES) {
    const admitted = must(watch.horizons.get(height), "the block that admits");
    const epoch = sets.findIndex((set) => set.includes(keyOf(joiner)));
    expect(must(watch.beginnings[epoch], "its epoch").horizon - admitted).toBeGreaterThanOrEqual(BigInt(TTL));
  }
}

/** Without failures the end of an epoch costs the drain of the window and a height. */
const QUIET_GAP = 300 * MILLIS;
/** A dead leader costs a timer, or two where the next one was about to take over when it came back. */
const CRASH_GAP = 5 * SECONDS;

export function growthTests(seeds: readonly number[]): void {
  test.each(seeds)(
    "E-1, E-2 seed %i grows from 4 to 7 validators and replaces one, without a gap in delivery",
    (seed) => {
      const watch = new GrowthWatch();
      const { violations } = judge(planOf(seed, false), { listeners: [watch] });
      expect(violations).toEqual([]);
      expectGrowth(watch);
      console.log(`seed ${seed}: longest gap ${inSeconds(watch.gap)} s, ${watch.viewChanges} view changes`);
      expect(watch.gap).toBeLessThan(QUIET_GAP);
      expect(watch.viewChanges).toBe(0);
    },
  );

  test.each(seeds)(
    "E-1, P-7 seed %i does so while one machine after the other crashes and restarts",
    (seed) => {
      const watch = new GrowthWatch();
      const { violations } = judge(planOf(seed, true), { listeners: [watch] });
      expect(violations).toEqual([]);
      expectGrowth(watch);
      console.log(`seed ${seed}, crashes: longest gap ${inSeconds(watch.gap)} s`);
      expect(watch.gap).toBeLessThan(CRASH_GAP);
    },
  );
}
