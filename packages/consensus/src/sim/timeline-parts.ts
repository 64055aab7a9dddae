import type { Message } from "../messages.ts";

/** What a timeline is drawn from; all times in milliseconds since the run began. */
export interface Stroke {
  readonly kind: Message["kind"];
  readonly from: number;
  readonly to: number;
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly text: string;
}

export interface Mark {
  readonly at: number;
  readonly machine: number;
  readonly css: string;
  readonly text: string;
  readonly label: string | undefined;
}

/** A view or a condition of one machine. */
export interface Span {
  readonly strip: "view" | "condition";
  readonly machine: number;
  readonly from: number;
  until: number | undefined;
  readonly css: string;
  readonly text: string;
}

/** Links that are cut or slow. */
export interface NetworkSpan {
  readonly from: number;
  until: number | undefined;
  readonly css: "partition" | "slow";
  readonly text: string;
  /** By which its end is known. */
  readonly what: string;
}

/** The time that one cut orders: from its parent's horizon to its own. */
export interface CutSpan {
  readonly height: number;
  readonly from: number;
  readonly until: number;
  readonly transactions: number;
}

/** Something out of the ordinary, for the list. */
export interface Moment {
  readonly at: number;
  readonly text: string;
}

/** Messages that are drawn as lines, what is rare first; the rest would hide them. */
export const DRAWN: ReadonlyMap<Message["kind"], string> = new Map<Message["kind"], string>([
  ["evidence", "#d50000"],
  ["complaint", "#d81b60"],
  ["newView", "#8e24aa"],
  ["viewChange", "#ef6c00"],
  ["preprepare", "#1565c0"],
  ["prepare", "#26a69a"],
  ["commit", "#2e7d32"],
  ["final", "#9e9d24"],
  ["batch", "#9e9e9e"],
]);

/** What stands for what, in the legend and in the rows. */
export const SYMBOLS: ReadonlyMap<string, readonly [symbol: string, meaning: string]> = new Map([
  ["arrived", ["·", "content arrived"]],
  ["sighted", ["•", "sighted (stamped for its lane)"]],
  ["proposed", ["◆", "proposed a cut"]],
  ["delivered", ["●", "delivered a height"]],
  ["final", ["○", "held its finality certificate"]],
  ["refusedCut", ["⊘", "refused a cut (V-2)"]],
  ["complained", ["!", "complained of the leader (P-8)"]],
  ["hostile", ["✗", "did something hostile"]],
]);

export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
