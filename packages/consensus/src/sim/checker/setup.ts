import type { Nanos, SignatureVerifier } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { Genesis } from "../../config.ts";
import type { Params } from "../../params.ts";
import type { Chain } from "../../signing.ts";
import type { RunEvent } from "../run-event.ts";

/** What must hold in every run, each in a file of its name; reported in this order, the specific first. */
export const PROPERTY_NAMES = [
  "agreement",
  "no-double-sign",
  "lane-promises",
  "ordering-linearizability",
  "ordering-linearizability-arrivals",
  "bounded-time",
  "inclusion",
  "definite-end",
  "validity",
  "one-block-per-cuts",
  "evidence",
  "progress",
] as const;

export type PropertyName = (typeof PROPERTY_NAMES)[number];

/** How soon a healed cluster must work again. */
export interface ProgressBound {
  /** From when a transaction is held for good, or from healing, until every correct machine has delivered it. */
  readonly within: Nanos;
  /** Views that may be given up after healing before the first new block. */
  readonly views: number;
  /** How far behind the others a correct machine may be at the end. */
  readonly lag: Nanos;
}

/** What the world knows of a run before it begins. */
export interface RunSetup {
  readonly chain: Chain;
  readonly params: Params;
  readonly genesis: Genesis;
  /** Every key that can sit in a set, joiners too. A key that is hostile, or run twice, is not correct. */
  readonly validators: readonly { readonly key: ValidatorKey; readonly correct: boolean }[];
  /** Tells a signed batch from an invented one (S-5). */
  readonly verifier: SignatureVerifier;
  /** From here on no machine crashes and no link is worse than usual; none in a run that never heals. */
  readonly healedAt: Nanos | undefined;
  /** The largest |clock − true time| of a correct machine in this run. */
  readonly clockErrorMax: Nanos;
  /** `defaultProgress` where it is left out. */
  readonly progress?: ProgressBound;
}

export interface RunEnd {
  /** True time. */
  readonly at: Nanos;
}

export interface Violation {
  readonly property: PropertyName;
  readonly detail: string;
}

export type RunEventKind = RunEvent["kind"];
export type RunEventOf<Kind extends RunEventKind> = Extract<RunEvent, { readonly kind: Kind }>;

/** One property of the protocol, judged from what the world saw. */
export interface Property {
  readonly name: PropertyName;
  /** What it must see while the run goes on; everything else it finds in the log at the end. */
  readonly kinds: readonly RunEventKind[];
  observe(event: RunEvent): void;
  /** What broke it, in words; empty where it held. */
  finish(end: RunEnd): readonly string[];
}

/** A property that the log alone tells, when the run is over. */
export function atEnd(name: PropertyName, finish: (end: RunEnd) => readonly string[]): Property {
  return { name, kinds: [], observe: () => undefined, finish };
}

/** More of one kind tell a reader nothing, and a broken run can break a rule a million times. */
export const DETAILS_MAX = 5;
