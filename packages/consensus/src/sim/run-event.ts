import type { Nanos, Txid } from "@touchmark/core";
import type { Block } from "../block.ts";
import type { ValidatorKey } from "../committee.ts";
import type { Fact } from "../facts.ts";
import type { Executed } from "../input.ts";
import type { FinalityCertificate, Message } from "../messages.ts";

/**
 * What the simulator saw, in true time: the checker's only source, and what a trace is drawn from. It is
 * written by the simulated world, not by the replicas, except for `fact`.
 */
export type RunEvent = {
  /** True time, which no replica knows. */
  readonly at: Nanos;
  /** The simulated machine; two machines may run one key (Twins). */
  readonly machine: number;
} & (
  | {
      readonly kind: "started";
      readonly key: ValidatorKey;
      readonly correct: boolean;
      readonly how: "genesis" | "restart" | "wiped" | "joiner";
    }
  | { readonly kind: "crashed" }
  | { readonly kind: "halted"; readonly diagnosis: string }
  /** A client made this transaction, and it is well-formed: the replicas' shells will not refuse it. */
  | { readonly kind: "submitted"; readonly txid: Txid; readonly validUntil: Nanos; readonly bytes: number }
  /**
   * The content was whole at this machine: before any check, by true time and by the machine's own clock.
   * One for every `arrived` input that a replica is given, before its step, junk and repetitions too.
   */
  | { readonly kind: "arrived"; readonly txid: Txid; readonly clock: Nanos }
  /** The machine's clock was set; it had shown this. */
  | { readonly kind: "clockSet"; readonly clock: Nanos }
  | { readonly kind: "sent"; readonly message: Message; readonly to: number }
  | { readonly kind: "received"; readonly message: Message; readonly from: number }
  | { readonly kind: "delivered"; readonly block: Block }
  /** Y-1: from here on it delivers what comes behind this height. */
  | { readonly kind: "adopted"; readonly height: number }
  /** E-1: what this machine's state answered to a delivered block. */
  | { readonly kind: "executed"; readonly executed: Executed }
  | { readonly kind: "final"; readonly finality: FinalityCertificate }
  | { readonly kind: "fact"; readonly fact: Fact }
  /** An adversary did something hostile; the name is the adversary's. */
  | { readonly kind: "hostile"; readonly adversary: string; readonly act: string }
  | { readonly kind: "network"; readonly change: "partition" | "heal" | "slow"; readonly what: string }
);
