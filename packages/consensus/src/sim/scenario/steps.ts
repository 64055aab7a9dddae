import type { Message } from "../../messages.ts";
import type { PropertyName } from "../checker/setup.ts";
import type { TrueTime } from "../true-time.ts";
import type { PlannedSetChange } from "../world.ts";

/** What a line about traffic is about; left out is everything. */
export interface TrafficFilter {
  readonly kinds: ReadonlySet<string> | undefined;
  readonly from: ReadonlySet<number> | undefined;
  readonly to: ReadonlySet<number> | undefined;
  readonly height: number | undefined;
  readonly view: number | undefined;
}

/** The last line that a message fits says what becomes of it. */
export interface TrafficRule {
  readonly filter: TrafficFilter;
  readonly fate: "drop" | "pass" | "hold" | { readonly delay: TrueTime };
}

/** A number that must be met exactly, or at least. */
export interface Wanted {
  readonly number: number;
  readonly orMore: boolean;
}

/** What is expected, of these machines, or of all correct ones that run. */
export type Expectation = { readonly at: readonly number[] | undefined } & (
  | { readonly of: "height" | "final" | "view" | "epoch"; readonly wanted: Wanted }
  | { readonly of: "delivered" | "undelivered" | "order"; readonly names: readonly string[] }
  | { readonly of: "evidence"; readonly against: number }
  | { readonly of: "no fork" | "no view change" | "no complaint" }
);

export type Step = { readonly line: number; readonly text: string } & (
  | { readonly kind: "run"; readonly length: TrueTime }
  | {
      readonly kind: "submit";
      readonly names: readonly string[];
      readonly count: number;
      readonly to: readonly number[];
      readonly every: TrueTime;
      readonly validFor: TrueTime | undefined;
    }
  | { readonly kind: "ready"; readonly machine: number; readonly to: readonly number[] }
  | { readonly kind: "traffic"; readonly rule: TrafficRule }
  | { readonly kind: "release"; readonly filter: TrafficFilter | undefined }
  | { readonly kind: "heal" }
  | { readonly kind: "crash" | "restart"; readonly machines: readonly number[] }
  | { readonly kind: "execution"; readonly machines: readonly number[]; readonly factor: number }
  | { readonly kind: "clock"; readonly machine: number; readonly by: number }
  | {
      readonly kind: "propose";
      readonly machine: number;
      readonly view: number;
      readonly height: number;
      readonly ofView: number;
      readonly to: readonly number[];
    }
  | { readonly kind: "expect"; readonly expectation: Expectation; readonly within: TrueTime }
);

/** How a run without its rule is noticed: by the checker, by a replica that stops, or by a line of the scenario. */
export type Sign = PropertyName | "halt" | "expectation";

export interface Control {
  readonly flaw: string;
  readonly sign: Sign;
}

/** A cluster, and what happens to it: one file. */
export interface Scenario {
  readonly validators: number;
  readonly seed: number;
  readonly window: number | undefined;
  readonly links: TrueTime;
  readonly execution: TrueTime;
  readonly disk: TrueTime;
  /** Parameters by name; durations in nanoseconds. */
  readonly params: ReadonlyMap<string, bigint | number>;
  readonly hostile: ReadonlySet<number>;
  /** Keys of which another machine runs; the machines stand behind all others, in this order. */
  readonly twins: readonly number[];
  readonly joiners: number;
  readonly setChanges: readonly PlannedSetChange[];
  readonly controls: readonly Control[];
  readonly steps: readonly Step[];
}

/** Complete, so that a new kind of message can be named at once. */
const MESSAGES: Readonly<Record<Message["kind"], true>> = {
  batch: true,
  preprepare: true,
  prepare: true,
  commit: true,
  final: true,
  viewChange: true,
  newView: true,
  complaint: true,
  evidence: true,
  offer: true,
  askBatches: true,
  askCut: true,
  cut: true,
  askBlock: true,
  block: true,
  finality: true,
  ping: true,
  pong: true,
  askSnapshot: true,
  snapshot: true,
  askPieces: true,
  piece: true,
};

/** All that can be named in a line about traffic: messages, and what transactions are fetched by. */
export const TRAFFIC: readonly string[] = [...Object.keys(MESSAGES), "content", "askContent"];
