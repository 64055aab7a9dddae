import {
  assert,
  bytesToKey,
  compareBytes,
  type Digest,
  type Height,
  type Nanos,
  type Txid,
} from "@touchmark/core";
import type { ValidatorKey } from "./committee.ts";
import { JOINERS_MAX, type Verified } from "./messages.ts";
import { VALIDATORS_MAX } from "./params.ts";
import type { Recovered } from "./recovery.ts";

/** A peer of the transport, named by the key that it proved; validators and joiners alike. */
export type PeerKey = ValidatorKey;

/** What consensus is told of a transaction; it never decodes one. */
export interface TransactionFacts {
  readonly txid: Txid;
  readonly sender: Uint8Array;
  readonly validUntil: Nanos;
  readonly bytes: number;
}

/** S-2 (b): the last final state's judgement over senders, as data. */
export interface Admission {
  /** Whether a transaction of this sender would be accepted by that state. */
  accepts(sender: Uint8Array): boolean;
}

/** What the state machine answers to a delivered block. */
export interface Executed {
  readonly height: Height;
  readonly stateRoot: Digest;
  /** When the earliest timer in the state is due. */
  readonly nextTimerDue: Nanos | undefined;
  /** The validator set that this state wants, ascending; none where it is the present one. */
  readonly nextValidators: readonly ValidatorKey[] | undefined;
  /** E-1: keys whose lanes are admitted, and not yet in the set. */
  readonly joiners: readonly ValidatorKey[];
  /** E-1: a validator was suspended in this block, so the epoch ends W heights later. */
  readonly suspends: boolean;
  /** S-5, E-1: whose evidence is on the chain: their lanes are dead from the next epoch on. */
  readonly suspended: readonly ValidatorKey[];
  readonly admission: Admission;
}

/** What the formats and the rules take of a state machine; any other answer is its mistake, alike on every node. */
export function checkExecuted({ nextValidators, joiners, suspended }: Executed): void {
  assert(joiners.length <= JOINERS_MAX, `E-1: at most ${JOINERS_MAX} joiners run lanes`);
  assert(new Set(joiners.map(bytesToKey)).size === joiners.length, "E-1: a joiner stands once in the list");
  assert(suspended.length <= VALIDATORS_MAX, `E-1: at most ${VALIDATORS_MAX} validators are suspended`);
  if (nextValidators === undefined) return;
  const count = nextValidators.length;
  assert(count >= 1 && count <= VALIDATORS_MAX, `E-1: the next set has 1 to ${VALIDATORS_MAX} validators`);
  const isAscending = nextValidators.every((key, i) => {
    const before = nextValidators[i - 1];
    return before === undefined || compareBytes(before, key) < 0;
  });
  assert(isAscending, "E-1: the keys of the next set ascend and none stands twice");
}

/**
 * All that a replica ever learns. Each input says when it happened by the replica's own clock; nothing else
 * inside the replica tells the time.
 */
export type Input = { readonly now: Nanos } & (
  | { readonly kind: "start"; readonly recovered: Recovered }
  /** S-1: content has arrived whole; it is stamped here, before anything about it is checked. */
  | { readonly kind: "arrived"; readonly ref: number; readonly bytes: number }
  | { readonly kind: "checked"; readonly ref: number; readonly transaction: TransactionFacts }
  | { readonly kind: "refused"; readonly ref: number }
  | { readonly kind: "message"; readonly from: PeerKey; readonly message: Verified }
  | { readonly kind: "tick" }
  | { readonly kind: "executed"; readonly executed: Executed }
);

/** The one door: input in, effects out. Node, simulator and a researcher's fork all speak to this. */
export interface StateMachine<I, E> {
  step(input: I): readonly E[];
}
