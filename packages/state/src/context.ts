/** The context as the engine makes it: one object for the whole life of an engine, set up anew for each run. */
import {
  assert,
  concatBytes,
  type Digest,
  deriveId,
  domainDigest,
  Epoch,
  encode,
  type Fields,
  Height,
  type Id,
  type IdKind,
  must,
  Nanos,
  type TupleOf,
  u64ToBytes,
} from "@touchmark/core";
import type { Actor } from "./actor.ts";
import { type Keyspace, nameOfNumber } from "./keyspace.ts";
import type { Chain, Context, EventDefinition, Operation, TimerDefinition, Via } from "./machine.ts";
import { delegations, type Scope, sessions } from "./machines/identity/records.ts";
import type { Overlay } from "./overlay.ts";
import { ParameterView } from "./parameter-view.ts";
import type { ParameterName, ParameterValue } from "./parameters.ts";
import { EVENTS_MAX } from "./receipt.ts";
import { Refusal, refuse } from "./refusal.ts";
import type { Named, Registry, TimerKey } from "./registry.ts";

const NO_EPOCH = Epoch.of(0);

/** What a transaction or a timer did to the timers; it counts once all of it has succeeded. */
export interface TimerChanges {
  readonly set: readonly TimerKey[];
  readonly removed: number;
}

/** Whoever asks for these in a timer is our bug. */
function only<T>(value: T | undefined, what: string): T {
  return must(value, `${what}, which a timer doesn't have,`);
}

export class RunContext implements Context {
  readonly chain: Chain;
  height: Height = Height.of(0);
  epoch: Epoch = Epoch.of(0);
  now: Nanos = Nanos.of(0n);
  opIndex = 0;
  events: Named[] = [];
  private readonly overlay: Overlay;
  private readonly registry: Registry;
  private readonly parameters: ParameterView;
  private causeOf: Digest | undefined;
  private actor: Actor | undefined;
  private declared: readonly EventDefinition[] = [];
  private items = 0;
  private timersSet: TimerKey[] = [];
  private timersRemoved = 0;
  private isRehearsal = false;

  constructor(overlay: Overlay, registry: Registry, chain: Chain) {
    this.overlay = overlay;
    this.registry = registry;
    this.chain = chain;
    this.parameters = new ParameterView(overlay);
  }

  /** For a transaction of this actor, or for a timer. */
  begin(cause: Digest, now: Nanos, actor: Actor | undefined): void {
    this.causeOf = cause;
    this.now = now;
    this.actor = actor;
    this.events = [];
    this.timersSet = [];
    this.timersRemoved = 0;
  }

  beginOperation(opIndex: number, declared: readonly EventDefinition[]): void {
    this.opIndex = opIndex;
    this.declared = declared;
    this.items = 0;
  }

  takeTimerChanges(): TimerChanges {
    return { set: this.timersSet, removed: this.timersRemoved };
  }

  get cause(): Digest {
    return must(this.causeOf, "a cause");
  }

  get via(): Via | "timer" {
    return this.actor?.via ?? "timer";
  }

  get sender(): Uint8Array {
    return only(this.actor, "a sender").sender;
  }

  get acting(): Id<"acct"> {
    return only(this.actor?.participant, "an acting participant");
  }

  get machine(): Id<"mach"> | undefined {
    return this.actor?.machine;
  }

  get delegate(): Id<"acct"> | undefined {
    return this.actor?.delegate;
  }

  get<K, V>(keyspace: Keyspace<K, V>, key: K): V | undefined {
    return this.overlay.get(keyspace, key);
  }

  need<K, V>(keyspace: Keyspace<K, V>, key: K): V {
    const value = this.overlay.get(keyspace, key);
    return value === undefined ? refuse("NOT_FOUND", { what: nameOfNumber(keyspace.number) }) : value;
  }

  put<K, V>(keyspace: Keyspace<K, V>, key: K, value: V): void {
    this.overlay.put(keyspace, key, value);
  }

  remove<K>(keyspace: Keyspace<K, unknown>, key: K): void {
    this.overlay.remove(keyspace, key);
  }

  newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
    // W-10: the cause, the place of the operation and the place of the thing name it.
    return deriveId(this.chain.hasher, kind, this.cause, this.opIndex, this.items++);
  }

  emit<const F extends Fields>(event: EventDefinition<F>, fields: TupleOf<F>): void {
    const isDeclared = this.isRehearsal || this.declared.some((it) => it.number === event.number);
    assert(isDeclared, `${event.name} is declared by what emits it`);
    // L-15: what one sender can bring about is bounded, and so is refused here and not found when it is encoded.
    if (this.events.length === EVENTS_MAX) refuse("OVERFLOW", { events: EVENTS_MAX });
    this.events.push({ kind: event.name, ...fields });
  }

  setTimer<const F extends Fields>(timer: TimerDefinition<F>, due: Nanos, fields: TupleOf<F>): void {
    // L-10: a timer of the past would run before what set it.
    if (due <= this.now) refuse("DEADLINE_PASSED", { due, now: this.now });
    const { key, value } = this.timerOf(timer.name, due, fields);
    if (this.overlay.get(this.registry.timerSpace, key) !== undefined) return;
    this.overlay.put(this.registry.timerSpace, key, value);
    this.timersSet.push(key);
  }

  cancelTimer<const F extends Fields>(timer: TimerDefinition<F>, due: Nanos, fields: TupleOf<F>): void {
    const { key } = this.timerOf(timer.name, due, fields);
    if (this.overlay.get(this.registry.timerSpace, key) === undefined) return;
    this.overlay.remove(this.registry.timerSpace, key);
    this.timersRemoved++;
  }

  parameter<Name extends ParameterName>(name: Name): ParameterValue<Name> {
    return this.parameters.get(name);
  }

  spend(currency: string, amount: number): void {
    const at = this.actor?.scopeAt;
    if (at === undefined || amount === 0) return;
    if (at.kind === "session") {
      const session = this.need(sessions, at.id);
      this.put(sessions, at.id, { ...session, limits: spendWithin(session, currency, amount) });
      return;
    }
    const pair = { from: at.from, to: at.to };
    const delegation = this.need(delegations, pair);
    this.put(delegations, pair, { ...delegation, limits: spendWithin(delegation, currency, amount) });
  }

  attempt(run: () => void, how: "do" | "rehearse"): Refusal | undefined {
    const { overlay, items, timersRemoved, isRehearsal } = this;
    const [mark, events, timers] = [overlay.mark(), this.events.length, this.timersSet.length];
    this.isRehearsal ||= how === "rehearse";
    const refusal = refusalOf(run);
    this.isRehearsal = isRehearsal;
    if (refusal === undefined && how === "do") return undefined;
    overlay.revert(mark);
    this.events.length = events;
    this.timersSet.length = timers;
    this.timersRemoved = timersRemoved;
    this.items = items;
    return refusal;
  }

  operationOf(number: number): Operation | undefined {
    return this.registry.operations.find((it) => it.number === number);
  }

  private timerOf(name: string, due: Nanos, fields: object): { key: TimerKey; value: Named } {
    const value = { kind: name, ...fields };
    return { key: { due, id: this.timerId(due, value) }, value };
  }

  /** L-10: from what the timer is and when it is due, so that whoever set it can name it again. */
  private timerId(due: Nanos, value: Named): Digest {
    const { chainId, hasher } = this.chain;
    const fields = concatBytes(u64ToBytes(due), encode(this.registry.timerSchema, value));
    return domainDigest(hasher, { type: "timer", chainId, epoch: NO_EPOCH }, fields);
  }
}

/** What it was refused with; anything else that is thrown is our bug and goes on its way. */
function refusalOf(run: () => void): Refusal | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
}

/** L-8: the limits after a payment; what has no limit named may not be spent at all. */
function spendWithin(scope: Scope, currency: string, amount: number): Scope["limits"] {
  const at = scope.limits.findIndex((it) => it.currency === currency);
  const limit = scope.limits[at];
  if (limit === undefined || limit.left < amount) return refuse("SPENDING_LIMIT", { amount });
  return scope.limits.with(at, { ...limit, left: limit.left - amount });
}
