/**
 * Who acts (L-7): from the key that signed, and from `for`, to a participant and the right by which it acts; and
 * whether that right covers an operation (L-8).
 *
 * upon a transaction: the key's record says whose it is.
 *   no record             → a stranger, who can only register
 *   a participant's       → its own key; or its cold key; or, for a while, the key it had before
 *   a machine's           → its owner, for the few operations of a machine's key
 *   a session's           → its participant, within the session's scope
 *   `for` another         → that one, within the scope of its delegation; only with an own key, so that what
 *                           is delegated can't be delegated again
 * A closed participant acts no more; a suspended one only by the exit set.
 */
import { bytesToKey, equalBytes, type Id, type Nanos, type Result, reject } from "@touchmark/core";
import type { RefusalCode } from "./codes.ts";
import type { StateView } from "./keyspace.ts";
import { type Operation, VIA_DEFAULT, type Via } from "./machine.ts";
import {
  delegations,
  keys,
  machines,
  type Participant,
  participants,
  type Scope,
  type Session,
  sessions,
} from "./machines/identity/records.ts";

/** Where the scope of an actor stands, so that spending can lower its limits. */
type ScopeAt =
  | { readonly kind: "session"; readonly id: Id<"sess"> }
  | { readonly kind: "delegation"; readonly from: Id<"acct">; readonly to: Id<"acct"> };

export interface Actor {
  readonly via: Via;
  readonly sender: Uint8Array;
  /** None for a stranger. */
  readonly participant: Id<"acct"> | undefined;
  readonly isSuspended: boolean;
  readonly machine: Id<"mach"> | undefined;
  readonly delegate: Id<"acct"> | undefined;
  readonly scopeAt: ScopeAt | undefined;
}

/** Operations that a machine's own key may sign, for its owner. */
export const MACHINE_KEY_OPERATIONS: ReadonlySet<string> = new Set([
  "job.start",
  "job.step",
  "job.produce",
  "unit.condition",
  "seal.prove",
]);

const SESSION_NEVER = /^(?:participant|session|delegation|credential|proposal|currency|validator|params)\./;
const SESSION_NEVER_NAMES: ReadonlySet<string> = new Set(["machine.rotate", "machine.offer"]);

/** L-8: what no session and no delegation can do, whatever its scope says. */
export function isDelegable(operation: string): boolean {
  return !SESSION_NEVER.test(operation) && !SESSION_NEVER_NAMES.has(operation);
}

type ActorCode = Extract<
  RefusalCode,
  "UNKNOWN_SENDER" | "NOT_DELEGATED" | "CLOSED" | "SESSION_OVER" | "SUSPENDED"
>;

/**
 * Whose key this is: who pays for its transactions (L-9). A key that acts no more is nobody's here, or whoever holds a
 * stolen one could use up its owner's quota for ever after the rotation.
 */
export function ownerOfKey(state: StateView, sender: Uint8Array): Id<"acct"> | undefined {
  const record = state.get(keys, sender);
  switch (record?.kind) {
    case "participant":
      return isKeyOf(state.get(participants, record.id), sender) ? record.id : undefined;
    case "machine": {
      const machine = state.get(machines, record.id);
      const acts = machine?.status === "ACTIVE" && equalBytes(machine.key, sender);
      return acts ? machine.owner : undefined;
    }
    case "session": {
      const session = state.get(sessions, record.id);
      return session !== undefined && isOfToday(state, session) ? session.of : undefined;
    }
    default:
      // A seal's key proves that the chip is there, a validator's signs for consensus; they send nothing.
      return undefined;
  }
}

function isKeyOf(participant: Participant | undefined, sender: Uint8Array): boolean {
  if (participant === undefined) return false;
  const { key, coldKey, lameKey } = participant;
  return [key, coldKey, lameKey].some((it) => it !== undefined && equalBytes(it, sender));
}

/** Rotation and suspension revoke every session at once: theirs is an older generation. */
function isOfToday(state: StateView, { of, generation, revoked }: Session): boolean {
  return !revoked && generation === state.get(participants, of)?.sessionGeneration;
}

/** L-7: who acts, or why nobody does. */
export function resolveActor(
  state: StateView,
  now: Nanos,
  sender: Uint8Array,
  actsFor: Id<"acct"> | undefined,
): Result<Actor, ActorCode> {
  const own = state.get(keys, sender);
  if (own === undefined) return actsFor === undefined ? stranger(sender) : reject("UNKNOWN_SENDER");
  switch (own.kind) {
    case "participant":
      return ofParticipant(state, now, sender, own.id, actsFor);
    case "machine":
      return actsFor === undefined ? ofMachine(state, sender, own.id) : reject("NOT_DELEGATED");
    case "session":
      return actsFor === undefined ? ofSession(state, now, sender, own.id) : reject("NOT_DELEGATED");
    default:
      return reject("UNKNOWN_SENDER");
  }
}

function stranger(sender: Uint8Array): Actor {
  return {
    via: "stranger",
    sender,
    participant: undefined,
    isSuspended: false,
    machine: undefined,
    delegate: undefined,
    scopeAt: undefined,
  };
}

type Right = Partial<Pick<Actor, "machine" | "delegate" | "scopeAt">> & { readonly via: Via };

function acting(
  state: StateView,
  sender: Uint8Array,
  id: Id<"acct">,
  right: Right,
): Result<Actor, ActorCode> {
  const participant = state.get(participants, id);
  return participant === undefined ? reject("UNKNOWN_SENDER") : actingAs(sender, id, participant, right);
}

function actingAs(
  sender: Uint8Array,
  id: Id<"acct">,
  participant: Participant,
  right: Right,
): Result<Actor, ActorCode> {
  if (participant.status === "CLOSED") return reject("CLOSED");
  return {
    via: right.via,
    sender,
    participant: id,
    isSuspended: participant.status === "SUSPENDED",
    machine: right.machine,
    delegate: right.delegate,
    scopeAt: right.scopeAt,
  };
}

function rightOfKey(participant: Participant, sender: Uint8Array, now: Nanos): Via | undefined {
  if (equalBytes(participant.key, sender)) return "key";
  if (participant.coldKey !== undefined && equalBytes(participant.coldKey, sender)) return "cold";
  const { lameKey, lameUntil } = participant;
  const isLame = lameKey !== undefined && equalBytes(lameKey, sender);
  return isLame && lameUntil !== undefined && now <= lameUntil ? "lame" : undefined;
}

function ofParticipant(
  state: StateView,
  now: Nanos,
  sender: Uint8Array,
  id: Id<"acct">,
  actsFor: Id<"acct"> | undefined,
): Result<Actor, ActorCode> {
  const participant = state.get(participants, id);
  const via = participant && rightOfKey(participant, sender, now);
  if (participant === undefined || via === undefined) return reject("UNKNOWN_SENDER");
  if (actsFor === undefined) return actingAs(sender, id, participant, { via });
  if (via !== "key") return reject("NOT_DELEGATED");
  // Who is suspended does nothing for others.
  if (participant.status === "SUSPENDED") return reject("SUSPENDED");
  if (participant.status === "CLOSED") return reject("CLOSED");
  const delegation = state.get(delegations, { from: actsFor, to: id });
  if (delegation === undefined || !delegation.accepted || now > delegation.until)
    return reject("NOT_DELEGATED");
  const scopeAt = { kind: "delegation", from: actsFor, to: id } as const;
  return acting(state, sender, actsFor, { via: "delegation", delegate: id, scopeAt });
}

function ofMachine(state: StateView, sender: Uint8Array, id: Id<"mach">): Result<Actor, ActorCode> {
  const machine = state.get(machines, id);
  const isItsKey = machine !== undefined && equalBytes(machine.key, sender) && machine.status === "ACTIVE";
  return isItsKey
    ? acting(state, sender, machine.owner, { via: "machine", machine: id })
    : reject("UNKNOWN_SENDER");
}

function ofSession(
  state: StateView,
  now: Nanos,
  sender: Uint8Array,
  id: Id<"sess">,
): Result<Actor, ActorCode> {
  const session = state.get(sessions, id);
  if (session === undefined) return reject("UNKNOWN_SENDER");
  if (!isOfToday(state, session) || now > session.until) return reject("SESSION_OVER");
  return acting(state, sender, session.of, { via: "session", scopeAt: { kind: "session", id } });
}

function scopeOf(state: StateView, at: ScopeAt): Scope | undefined {
  return at.kind === "session"
    ? state.get(sessions, at.id)
    : state.get(delegations, { from: at.from, to: at.to });
}

/** L-8: why this actor may not run the operation, if it may not. */
export function refusalFor(
  state: StateView,
  actor: Actor,
  operation: Operation,
  fields: { readonly kind: string },
): "NOT_PERMITTED" | "OUT_OF_SCOPE" | "SUSPENDED" | undefined {
  if (!isAllowedVia(actor.via, operation)) return "NOT_PERMITTED";
  if (actor.isSuspended && operation.exitSet !== true) return "SUSPENDED";
  if (actor.scopeAt === undefined) return undefined;
  // A session may end itself: that gives it nothing.
  if (actor.via === "session" && operation.name === "session.revoke") return undefined;
  if (!isDelegable(operation.name)) return "NOT_PERMITTED";
  const scope = scopeOf(state, actor.scopeAt);
  if (scope === undefined || !scope.ops.includes(operation.number)) return "OUT_OF_SCOPE";
  return isWithinObjects(scope, operation, fields) ? undefined : "OUT_OF_SCOPE";
}

function isAllowedVia(via: Via, operation: Operation): boolean {
  if (via === "machine" && !MACHINE_KEY_OPERATIONS.has(operation.name)) return false;
  return (operation.by ?? VIA_DEFAULT).includes(via);
}

function isWithinObjects(scope: Scope, operation: Operation, fields: { readonly kind: string }): boolean {
  if (scope.objects === undefined) return true;
  const touched = operation.objects?.(fields) ?? [];
  const allowed = new Set(scope.objects.map(bytesToKey));
  return touched.length > 0 && touched.every((id) => allowed.has(bytesToKey(id)));
}
