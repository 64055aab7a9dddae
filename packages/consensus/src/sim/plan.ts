import type { Params } from "../params.ts";
import type { Fault } from "./fault.ts";
import type { MachineTraits } from "./machine.ts";
import type { LinkQuality } from "./network.ts";
import type { SenderKind } from "./transaction-pool.ts";
import type { TrueTime } from "./true-time.ts";
import type { PlannedSetChange } from "./world.ts";

/** What a client does: it makes a transaction, and hands it to one machine or to several. */
export interface Submission {
  readonly at: TrueTime;
  readonly to: readonly number[];
  /** From `at` until its validUntil. */
  readonly validFor: TrueTime;
  readonly bytes: number;
  readonly sender: SenderKind;
  readonly isJunk: boolean;
}

/** Everything about a run that is not the replicas': data, so that a scenario can be written by hand. */
export interface Plan {
  readonly seed: number;
  readonly params: Params;
  /** The set of epoch 0. */
  readonly validators: number;
  readonly joiners: number;
  /** Machine i runs key i; twins stand at the end. */
  readonly machines: readonly MachineTraits[];
  readonly links: LinkQuality;
  readonly setChanges: readonly PlannedSetChange[];
  readonly faults: readonly Fault[];
  readonly submissions: readonly Submission[];
  /** From here on nothing is broken but what adversaries break. */
  readonly healedAt: TrueTime;
  /** The run is over no later than this. */
  readonly deadline: TrueTime;
  /** Every correct machine that can reaches this height before the run is over. */
  readonly heightsWanted: number;
  /** Messages go through the codec. */
  readonly encodes: boolean;
}
