import { assert, must } from "@touchmark/core";
import type { Contender } from "./harness.ts";

const NS_PER_MS = 1_000_000;

/** What one lap measured: how long each kind of work took in it, and how many things it did. */
export interface Tally {
  readonly ms: Float64Array;
  readonly things: Float64Array;
}

/**
 * Work that must be set up anew each time, and of which only some parts count: a slice is one whole lap,
 * which keeps its own time. `lap` adds to the tally, one place for each kind of work that it tells apart.
 * Where the others' laps are far longer, a slice is as many laps as fill a time, or a run would never end.
 */
export class Laps implements Contender {
  /** By kind: nanoseconds for each thing, one figure for each run. */
  readonly runs: readonly number[][];
  readonly #lap: (tally: Tally) => void;
  readonly #tally: Tally;
  readonly #sliceMs: number;

  constructor(kinds: number, lap: (tally: Tally) => void, sliceMs = 0) {
    this.runs = Array.from({ length: kinds }, () => []);
    this.#lap = lap;
    this.#sliceMs = sliceMs;
    this.#tally = { ms: new Float64Array(kinds), things: new Float64Array(kinds) };
  }

  get tookMs(): number {
    return this.#tally.ms.reduce((sum, ms) => sum + ms, 0);
  }

  slice(): void {
    const until = this.tookMs + this.#sliceMs;
    do this.#lap(this.#tally);
    while (this.tookMs < until);
  }

  beginRun(): void {
    this.#tally.ms.fill(0);
    this.#tally.things.fill(0);
  }

  endRun(): void {
    this.runs.forEach((figures, kind) => {
      const things = must(this.#tally.things[kind], "a count");
      assert(things > 0, "a lap does something of every kind");
      figures.push((must(this.#tally.ms[kind], "a time") * NS_PER_MS) / things);
    });
    this.beginRun();
  }
}
