import type { Bias } from "./network.ts";
import type { TrueTime } from "./true-time.ts";

/** Something that happens to machines, clocks, disks or links at one moment of a run. */
export type Fault = { readonly at: TrueTime } & (
  | { readonly kind: "crash"; readonly machines: readonly number[] }
  | { readonly kind: "restart"; readonly machines: readonly number[] }
  /** The disk of a machine that is down is replaced; so much of an old copy is on the new one. */
  | { readonly kind: "wipe"; readonly machine: number; readonly keptRecords: number }
  /** Links break in one direction. */
  | { readonly kind: "cut"; readonly from: readonly number[]; readonly to: readonly number[] }
  | { readonly kind: "mend"; readonly from: readonly number[]; readonly to: readonly number[] }
  | { readonly kind: "slowLinks"; readonly machine: number; readonly factor: number }
  | { readonly kind: "slowDisk"; readonly machine: number; readonly factor: number }
  | { readonly kind: "slowExecution"; readonly machine: number; readonly factor: number }
  | { readonly kind: "bias"; readonly bias: Bias }
  | { readonly kind: "unbias"; readonly bias: Bias }
  | { readonly kind: "clockJump"; readonly machine: number; readonly by: number }
  /** Everything that was broken works again, for good. */
  | { readonly kind: "heal" }
);

function numbers(machines: Iterable<number>): string {
  return [...machines].join(",");
}

function biasToText({ traffic, from, to, factor, loss }: Bias): string {
  const what = traffic === undefined ? "everything" : [...traffic].join(",");
  const sender = from === undefined ? "all" : numbers(from);
  const receiver = to === undefined ? "all" : numbers(to);
  return `${what} ${sender}>${receiver} x${factor} loss ${loss}`;
}

/** For the trace: what happens to the links; nothing for what happens to one machine. */
export function networkFaultToText(fault: Fault): string | undefined {
  switch (fault.kind) {
    case "cut":
    case "mend":
      return `${fault.kind} ${numbers(fault.from)}>${numbers(fault.to)}`;
    case "slowLinks":
      return `links of ${fault.machine} x${fault.factor}`;
    case "bias":
    case "unbias":
      return `${fault.kind} ${biasToText(fault.bias)}`;
    case "heal":
      return "everything";
    default:
      return undefined;
  }
}
