/**
 * What a machine is written against. A machine is a folder of `machines/` with three tables: its operations,
 * its timers, its events. Each entry is a constant with a number that never changes, its fields as codec
 * schemas, and a `run` that looks at the state, refuses or goes on, and writes. docs/guide/state-machines.md
 * builds one step by step.
 *
 * `run` is all or nothing: whatever it wrote before it refused is taken back, so guards need not come first.
 * It is a function of the state, its fields and the context, and of nothing else.
 */
import type {
  Digest,
  Epoch,
  Fields,
  Hasher,
  Height,
  Id,
  IdKind,
  KeyCheck,
  Nanos,
  SignatureVerifier,
  TupleOf,
} from "@touchmark/core";
import type { RefusalCode } from "./codes.ts";
import type { Keyspace } from "./keyspace.ts";
import type { ParameterName, ParameterValue } from "./parameters.ts";
import type { Refusal } from "./refusal.ts";

/** The chain, and the functions that may run on any machine and give the same. */
export interface Chain {
  readonly chainId: string;
  readonly hasher: Hasher;
  readonly verifier: SignatureVerifier;
  /** W-26: asked once, when a key comes into the state. */
  readonly isRegistrableKey: KeyCheck;
}

/** L-7: by what right the sender's key acts. */
export type Via =
  /** The participant's own key. */
  | "key"
  /** Its cold key, in a safe. */
  | "cold"
  /** The key that was just rotated away: it may object, for a while. */
  | "lame"
  | "session"
  /** Another participant's own key, with `for` in the envelope. */
  | "delegation"
  /** The key of a machine, acting for its owner. */
  | "machine"
  /** A key that the state doesn't know: it can only register. */
  | "stranger";

/** What an operation takes unless its `by` says otherwise. */
export const VIA_DEFAULT: readonly Via[] = ["key", "session", "delegation"];

/** What one call of `run` works with. */
export interface Context {
  readonly chain: Chain;
  readonly height: Height;
  readonly epoch: Epoch;
  /** The consensus time of the transaction; in a timer its due time, also where it runs later (L-10). */
  readonly now: Nanos;
  /** The txid, or the id of the timer. */
  readonly cause: Digest;
  /** The place of the operation in its transaction; 0 in a timer. */
  readonly opIndex: number;
  readonly via: Via | "timer";
  /** The key that signed. Not there in a timer. */
  readonly sender: Uint8Array;
  /** The participant that acts: owner of the key or machine, or the one that delegated. Not there in a timer. */
  readonly acting: Id<"acct">;
  /** The machine whose key signed, where `via` is machine. */
  readonly machine: Id<"mach"> | undefined;
  /** The participant whose key signed for `acting`, where `via` is delegation. */
  readonly delegate: Id<"acct"> | undefined;

  /** The value, which nobody changes: write `{ ...value, field }` back with `put`. */
  get<K, V>(keyspace: Keyspace<K, V>, key: K): V | undefined;
  /** As `get`, and refused with NOT_FOUND where there is nothing. */
  need<K, V>(keyspace: Keyspace<K, V>, key: K): V;
  put<K, V>(keyspace: Keyspace<K, V>, key: K, value: V): void;
  remove<K>(keyspace: Keyspace<K, unknown>, key: K): void;

  /** W-10: the id of the next thing that this operation makes. */
  newId<Kind extends IdKind>(kind: Kind): Id<Kind>;
  /** Only events that the operation or timer declares. */
  emit<const F extends Fields>(event: EventDefinition<F>, fields: TupleOf<F>): void;
  /** L-10: `run` of the timer is called at that time. The same timer, time and fields again are one timer. */
  setTimer<const F extends Fields>(timer: TimerDefinition<F>, due: Nanos, fields: TupleOf<F>): void;
  /** The timer that was set with just these arguments; no matter if there is none. */
  cancelTimer<const F extends Fields>(timer: TimerDefinition<F>, due: Nanos, fields: TupleOf<F>): void;
  parameter<Name extends ParameterName>(name: Name): ParameterValue<Name>;
  /**
   * L-8: free money of `acting` is about to go. Within a session or a delegation its limit falls, or the
   * operation is refused. The payments machine calls this; nobody else need.
   */
  spend(currency: string, amount: number): void;
  /**
   * Does something that may be refused without ending the operation: then what it wrote, emitted and set is taken
   * back, and here is why. With `rehearse` all is taken back in any case, and its events need no declaration.
   */
  attempt(run: () => void, how: "do" | "rehearse"): Refusal | undefined;
  /** The operation of that number, if this program has one: ask its `since` before anything follows from it. */
  operationOf(number: number): Operation | undefined;
}

/** Something that happened, as readers outside are told: indexes and customers live on these. */
export interface EventDefinition<F extends Fields = Fields> {
  readonly name: string;
  readonly number: number;
  readonly fields: F;
}

export function event<const F extends Fields>(name: string, number: number, fields: F): EventDefinition<F> {
  return { name, number, fields };
}

interface Declared<F extends Fields> {
  readonly name: string;
  /** In the machine's hundred; never changed, and never used again. */
  readonly number: number;
  readonly fields: F;
  /** What must hold, in words, for docs/spec/state.md. */
  readonly guard: string;
  /** Every code that `run` can refuse with, beside COMMON_CODES. */
  readonly codes: readonly RefusalCode[];
  readonly events: readonly EventDefinition[];
}

export interface Operation<F extends Fields = Fields> extends Declared<F> {
  /** Who may do it, in words, for docs/spec/state.md. */
  readonly who: string;
  /** By what right, where it isn't VIA_DEFAULT. */
  readonly by?: readonly Via[];
  /** L-18: always open to the suspended, and never withdrawn. */
  readonly exitSet?: boolean;
  /** L-18: the first version of the state machine that knows it. */
  readonly since: number;
  /** L-8: the things that it touches. A session or delegation that names objects must name all of these. */
  objects?(fields: TupleOf<F>): readonly Uint8Array[];
  run(ctx: Context, fields: TupleOf<F>): void;
}

export interface TimerDefinition<F extends Fields = Fields> extends Declared<F> {
  run(ctx: Context, fields: TupleOf<F>): void;
}

/** An operation; the function is there for the types of its fields. */
export function operation<const F extends Fields>(definition: Operation<F>): Operation<F> {
  return definition;
}

export function timer<const F extends Fields>(definition: TimerDefinition<F>): TimerDefinition<F> {
  return definition;
}

/** A machine as the registry takes it. Operations stand under their own names, so that types can be made of them. */
export interface Machine {
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly timers: readonly TimerDefinition[];
}
