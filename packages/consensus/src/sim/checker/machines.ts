import { bytesToKey } from "@touchmark/core";
import type { RunEventOf } from "./setup.ts";

/** One life of a machine, from a start to the next. */
export interface Machine {
  readonly number: number;
  /** The validator key that it runs, as a Map's key. */
  readonly key: string;
  readonly correct: boolean;
  readonly how: RunEventOf<"started">["how"];
  readonly startedAt: bigint;
  /** How often it has started, from 1. */
  readonly life: number;
  /** Neither crashed nor halted. */
  running: boolean;
}

/** Who runs, since when, and what was lost. */
export class Machines {
  private readonly byNumber = new Map<number, Machine>();
  private readonly wiped = new Map<string, number>();

  started(event: RunEventOf<"started">, order: number): void {
    const key = bytesToKey(event.key);
    const life = (this.byNumber.get(event.machine)?.life ?? 0) + 1;
    const { machine: number, correct, how, at: startedAt } = event;
    this.byNumber.set(number, { number, key, correct, how, startedAt, life, running: true });
    if (how === "wiped" && !this.wiped.has(key)) this.wiped.set(key, order);
  }

  stopped(number: number): void {
    const machine = this.byNumber.get(number);
    if (machine !== undefined) machine.running = false;
  }

  get(number: number): Machine | undefined {
    return this.byNumber.get(number);
  }

  /** The machine, if what it does must keep the rules. */
  correct(number: number): Machine | undefined {
    const machine = this.byNumber.get(number);
    return machine?.correct === true ? machine : undefined;
  }

  /** By number, so that reports don't depend on who started first. */
  get running(): readonly Machine[] {
    return [...this.byNumber.values()]
      .filter((it) => it.correct && it.running)
      .sort((a, b) => a.number - b.number);
  }

  /** S-3, P-7: the event at which this key's machine came back without its log. It stays silent for good. */
  wipedAt(key: string): number | undefined {
    return this.wiped.get(key);
  }
}
