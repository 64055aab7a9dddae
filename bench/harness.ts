import { AssertionFailed, assert, must } from "@touchmark/core";
import { collectGarbage } from "./garbage.ts";

/**
 * How long one call takes, measured so that two such times can be compared.
 *
 * The problem. A shared machine's speed changes from one second to the next by more than most of what we
 * want to see, so a time alone says little, and two times taken after one another say little more.
 *
 * The answer. Whatever is compared runs together: a run is cut into slices of a few milliseconds, the
 * subjects take turns slice by slice, and every second round goes backwards, so that none always runs in
 * another's garbage. A run ends when each subject had its time; of several runs the median counts.
 *
 * Every call's result is kept in a field, which the compiler may not leave out, and looked at: a verifier
 * that starts to refuse, or a hash that returns nothing, must stop the bench and not make it faster. All
 * subjects share one loop, whose call is therefore never inlined; that costs each of them the same few
 * nanoseconds.
 *
 * What it resolves: the same work against itself comes out within 3 % where a call takes a microsecond
 * or more, and within 10 % below, where it matters how the compiler happened to lay out the two.
 */
export interface Plan {
  readonly runs: number;
  /** What each subject gets in each run, at least. */
  readonly runMs: number;
  readonly warmUpMs: number;
  readonly slicesPerRun: number;
}

/** One call of what is measured. The turn grows with every call, so that each can take another input. */
export type Work = (turn: number) => unknown;

const NS_PER_MS = 1_000_000;

/** What can take turns with others. */
export interface Contender {
  /** In this run, up to now. */
  readonly tookMs: number;
  slice(): void;
  /** What ran up to here was not measured. */
  beginRun(): void;
  endRun(): void;
}

export class Subject implements Contender {
  /** Nanoseconds per call, one figure for each run. */
  readonly runs: number[] = [];
  kept: unknown;

  readonly #work: Work;
  readonly #sliceMs: number;
  #turn = 0;
  #callsPerSlice = 1;
  #calls = 0;
  #tookMs = 0;

  constructor(work: Work, plan: Plan) {
    this.#work = work;
    this.#sliceMs = plan.runMs / plan.slicesPerRun;
  }

  get tookMs(): number {
    return this.#tookMs;
  }

  slice(): void {
    const work = this.#work;
    const calls = this.#callsPerSlice;
    const end = this.#turn + calls;
    const startedAt = performance.now();
    for (let turn = this.#turn; turn < end; turn++) {
      const result = work(turn);
      if (result === undefined || result === false) throw new AssertionFailed("the measured call failed");
      this.kept = result;
    }
    const tookMs = performance.now() - startedAt;
    this.#turn = end;
    this.#calls += calls;
    this.#tookMs += tookMs;
    this.#fitSlice(tookMs);
  }

  /** By no more than a factor of two, since a slice that was interrupted says nothing about the next. */
  #fitSlice(tookMs: number): void {
    const factor = Math.min(2, Math.max(0.5, this.#sliceMs / tookMs));
    this.#callsPerSlice = Math.max(1, Math.round(this.#callsPerSlice * factor));
  }

  beginRun(): void {
    this.#tookMs = 0;
    this.#calls = 0;
  }

  endRun(): void {
    this.runs.push((this.#tookMs * NS_PER_MS) / this.#calls);
    this.beginRun();
  }
}

/** Gives each subject the time, slice by slice in turns. */
function takeTurns(subjects: readonly Contender[], ms: number): void {
  const backwards = subjects.toReversed();
  for (let round = 0; subjects.some((subject) => subject.tookMs < ms); round++) {
    for (const subject of round % 2 === 0 ? subjects : backwards) subject.slice();
  }
}

/** Fills each subject's `runs`. */
export function measureTogether(subjects: readonly Contender[], plan: Plan): void {
  takeTurns(subjects, plan.warmUpMs);
  for (let run = 0; run < plan.runs; run++) {
    collectGarbage();
    // After a full collection the first slice takes twice its time: it is not counted.
    for (const subject of subjects) subject.slice();
    for (const subject of subjects) subject.beginRun();
    takeTurns(subjects, plan.runMs);
    for (const subject of subjects) subject.endRun();
  }
}

export function median(figures: readonly number[]): number {
  assert(figures.length > 0, "a median of something");
  const sorted = figures.toSorted((a, b) => a - b);
  const upper = must(sorted[sorted.length >> 1], "the upper middle");
  return sorted.length % 2 === 1 ? upper : (upper + must(sorted[(sorted.length >> 1) - 1], "the lower")) / 2;
}
