import type { ReplicaConfig } from "../config.ts";
import type { Effect } from "../effect.ts";
import type { Input, StateMachine } from "../input.ts";
import type { Rules } from "../rules.ts";
import type { CreateAdversary } from "./adversary.ts";
import type { Flaw } from "./broken.ts";
import type { ContentTiming } from "./content-store.ts";
import type { DiskSpeed } from "./disk.ts";
import type { ExecutionSpeed } from "./executor.ts";

/** Any object that turns inputs into effects can be simulated. */
export type CreateReplica = (config: ReplicaConfig, rules: Rules) => StateMachine<Input, Effect>;

export interface MachineTraits {
  /** By its number in the world. Two machines may run one key. */
  readonly key: number;
  /** Which of the machines that run this key it is, from 0. */
  readonly place: number;
  /** The name of the adversary that runs it. */
  readonly adversary: string | undefined;
  readonly clock: { readonly offset: number; readonly driftPpm: number };
  readonly disk: DiskSpeed;
  readonly execution: ExecutionSpeed;
  readonly content: ContentTiming;
  /** Y-1: it keeps all blocks. */
  readonly archives?: true;
}

export interface MachineSetup {
  readonly traits: MachineTraits;
  readonly createReplica: CreateReplica;
  readonly createAdversary: CreateAdversary | undefined;
  readonly flaw: Flaw | undefined;
}

export type StartKind = "genesis" | "restart" | "wiped" | "joiner";
