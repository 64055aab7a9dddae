import { must, type Prng } from "@touchmark/core";
import { measureTogether, median, type Plan, Subject, type Work } from "./harness.ts";

/** Times and bytes are better small, rates are better large. */
type Unit = "ns" | "B" | "verify/s" | "sign/s";

/** What design asks of a figure: of its value, or of its ratio to the floor. */
export type Target =
  | { readonly of: "value" | "ratio"; readonly most: number }
  | { readonly of: "value" | "ratio"; readonly least: number };

/** What is known of a figure before it is measured. */
export interface FigureKind {
  /** `suite.group.what`: the name by which figures of different days are compared. */
  readonly bench: string;
  readonly unit: Unit;
  /** What the floor does: the least that the work could cost, measured in the same run. */
  readonly floorIs: string;
  readonly target?: Target;
}

export interface Measured {
  readonly value: number;
  readonly floor: number;
}

export interface Figure extends FigureKind, Measured {
  /** value / floor, whatever the unit: a time wants it small, a rate wants it large. */
  readonly ratio: number;
}

export interface Context {
  /** Each bench has its own, from the seed and its name: leaving one out does not change the others. */
  readonly prng: Prng;
  readonly plan: Plan;
  /** How many different inputs a bench makes, so that no cache sees the same one again soon. */
  readonly inputs: number;
}

/** Makes its inputs, then measures all of its kinds together. */
export interface Bench {
  readonly kinds: readonly FigureKind[];
  /** One for each kind, in their order. */
  run(context: Context): readonly Measured[];
}

export function toFigure(kind: FigureKind, measured: Measured): Figure {
  return { ...kind, ...measured, ratio: measured.value / measured.floor };
}

export function isMet(figure: Figure): boolean | undefined {
  const { target } = figure;
  if (target === undefined) return undefined;
  const reached = target.of === "value" ? figure.value : figure.ratio;
  return "most" in target ? reached <= target.most : reached >= target.least;
}

export interface Duel {
  readonly work: Work;
  readonly floor: Work;
  /** How many things one call of either does; 1 where nothing is said. */
  readonly thingsPerCall?: number;
}

const NS_PER_SECOND = 1_000_000_000;

/** A bench of one figure: one piece of work against its floor. */
export function duel(kind: FigureKind, prepare: (context: Context) => Duel): Bench {
  return {
    kinds: [kind],
    run(context) {
      const { work, floor, thingsPerCall = 1 } = prepare(context);
      const subjects = { work: new Subject(work, context.plan), floor: new Subject(floor, context.plan) };
      measureTogether([subjects.work, subjects.floor], context.plan);
      const inUnit = (nsPerCall: number): number =>
        kind.unit === "ns" ? nsPerCall / thingsPerCall : (NS_PER_SECOND * thingsPerCall) / nsPerCall;
      return [{ value: inUnit(median(subjects.work.runs)), floor: inUnit(median(subjects.floor.runs)) }];
    },
  };
}

/** The input whose turn it is. */
export function atTurn<T>(inputs: readonly T[], turn: number): T {
  return must(inputs[turn % inputs.length], "an input");
}
