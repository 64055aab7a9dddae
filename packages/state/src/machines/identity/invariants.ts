/**
 * What must hold of identity in every state (design 2, section 4). For tests and random walks: they read the whole
 * store, and find each thing again by looking from the other side.
 */
import { bytesToHex, equalBytes, type Id, type Nanos } from "@touchmark/core";
import type { StateView } from "../../keyspace.ts";
import { type Reader, readAll, viewOf } from "../../reader.ts";
import type { Registry } from "../../registry.ts";
import { registry as ledger } from "../all.ts";
import { balances } from "../payments/records.ts";
import {
  credentials,
  delegations,
  keys,
  machineSerials,
  machines,
  type Participant,
  participants,
  sessions,
} from "./records.ts";

/** A name for what is wrong, and where. */
type Violation = string;

/** L-7, I-1 to I-12. */
export function identityViolations(reader: Reader, registry: Registry = ledger): readonly Violation[] {
  const counts = countsOf(reader);
  const world: World = { reader, view: viewOf(reader), counts, timers: timersOf(reader, registry) };
  return [
    ...keyViolations(world),
    ...[...readAll(reader, participants)].flatMap(([id, it]) => participantViolations(world, id, it)),
    ...machineViolations(world),
    ...sessionViolations(world),
    ...delegationViolations(world),
    ...credentialViolations(world),
  ];
}

interface Counts {
  /** Machines that aren't retired and sessions that aren't over, by participant. */
  readonly open: ReadonlyMap<string, number>;
  readonly balances: ReadonlyMap<string, number>;
}

interface World {
  readonly reader: Reader;
  readonly view: StateView;
  readonly counts: Counts;
  /** Kind, due time and fields of each timer, as text. */
  readonly timers: ReadonlySet<string>;
}

function countsOf(reader: Reader): Counts {
  const counts = { open: new Map<string, number>(), balances: new Map<string, number>() };
  const add = (to: Map<string, number>, id: Uint8Array) =>
    to.set(bytesToHex(id), (to.get(bytesToHex(id)) ?? 0) + 1);
  for (const [, { owner, status }] of readAll(reader, machines))
    if (status !== "RETIRED") add(counts.open, owner);
  for (const [, { of, revoked }] of readAll(reader, sessions)) if (!revoked) add(counts.open, of);
  for (const [{ account }] of readAll(reader, balances)) add(counts.balances, account);
  return counts;
}

function timerText(kind: string, due: Nanos, ids: readonly Uint8Array[]): string {
  return [kind, due, ...ids.map(bytesToHex)].join(" ");
}

function timersOf(reader: Reader, { timerSpace }: Registry): ReadonlySet<string> {
  const texts = [...readAll(reader, timerSpace)].map(([{ due }, { kind, ...fields }]) =>
    timerText(
      kind,
      due,
      Object.values(fields).filter((it) => it instanceof Uint8Array),
    ),
  );
  return new Set(texts);
}

/** The problems of a thing, with its name before each. */
function namely(what: string, id: Uint8Array, problems: readonly (string | false)[]): readonly Violation[] {
  return problems.filter((it) => it !== false).map((it) => `${what} ${bytesToHex(id)}: ${it}`);
}

/** Every key's record leads to a holder; that holders lead to their keys is looked at with them. */
function keyViolations({ reader, view }: World): readonly Violation[] {
  return [...readAll(reader, keys)].flatMap(([key, record]) => {
    // A seal's key belongs to the machine of seals.
    const isHeld =
      record.kind === "seal" ||
      ((record.kind === "participant" || record.kind === "validator") &&
        view.get(participants, record.id) !== undefined) ||
      (record.kind === "machine" && view.get(machines, record.id) !== undefined) ||
      (record.kind === "session" && view.get(sessions, record.id) !== undefined);
    return namely("key", key, [!isHeld && "its holder isn't there"]);
  });
}

function leadsBack(
  { view }: World,
  key: Uint8Array | undefined,
  kind: "participant" | "machine" | "session",
  id: Uint8Array,
): boolean {
  if (key === undefined) return true;
  const record = view.get(keys, key);
  return record?.kind === kind && equalBytes(record.id, id);
}

function hasTimer(
  world: World,
  kind: string,
  due: Nanos | undefined,
  ...ids: readonly Uint8Array[]
): boolean {
  return due === undefined || world.timers.has(timerText(kind, due, ids));
}

function participantViolations(world: World, id: Id<"acct">, it: Participant): readonly Violation[] {
  const { counts, view } = world;
  const own = [it.key, it.lameKey, it.coldKey, it.coldPending?.key, it.recovery?.key];
  const name = bytesToHex(id);
  const open = counts.open.get(name) ?? 0;
  const roles = new Set(it.roles.map(({ role }) => role));
  const isSuspended = it.status === "SUSPENDED";
  const isClosed = it.status === "CLOSED";
  const isKnown = (other: Id<"acct">) => view.get(participants, other) !== undefined;
  const named = [it.registrar, it.recovery?.registrar, it.recovery?.second, ...it.roles.map(({ by }) => by)];
  return namely("participant", id, [
    !own.every((key) => leadsBack(world, key, "participant", id)) && "a key doesn't lead back",
    roles.size !== it.roles.length && "has a role twice",
    !named.every((other) => other === undefined || isKnown(other)) && "names somebody who isn't there",
    isSuspended !== (it.suspendedFrom !== undefined) && "forgot what it was before it was suspended",
    !isSuspended && it.suspendedUntil !== undefined && "isn't suspended, and yet until some time",
    !hasTimer(world, "participant.suspensionEnds", it.suspendedUntil, id) && "its suspension never ends",
    !hasTimer(world, "participant.lameKeyEnds", it.lameUntil, id) && "its lame key objects for ever",
    (it.lameKey === undefined) !== (it.lameUntil === undefined) && "has half a lame key",
    !hasTimer(world, "participant.coldKeyTakesEffect", it.coldPending?.due, id) && "its cold key never comes",
    !hasTimer(world, "participant.recoveryDue", it.recovery?.due, id) && "its recovery never ends",
    it.recovery?.second !== undefined && !it.recovery.objected && "has a second registrar without objection",
    it.openObjects < open && `has ${open} open, and counts ${it.openObjects}`,
    it.balances !== (counts.balances.get(name) ?? 0) && "has another number of balances than it counts",
    it.ties < 0 && "has less than no ties",
    isClosed && (it.openObjects > 0 || it.balances > 0 || it.ties > 0) && "is closed with something open",
    isClosed && (it.delegates.length > 0 || it.recovery !== undefined) && "is closed and lets others act",
    !it.affiliates.every((other) => isLinked(view, other, id)) && "its affiliate isn't affiliated",
    !it.delegates.every((to) => view.get(delegations, { from: id, to }) !== undefined) &&
      "names a delegate without delegation",
  ]);
}

function isLinked(view: StateView, other: Id<"acct">, id: Uint8Array): boolean {
  const theirs = view.get(participants, other)?.affiliates ?? [];
  return !equalBytes(other, id) && theirs.filter((it) => equalBytes(it, id)).length === 1;
}

function machineViolations(world: World): readonly Violation[] {
  const { reader, view } = world;
  const serials = [...readAll(reader, machineSerials)].flatMap(([{ model, serial }, id]) => {
    const machine = view.get(machines, id);
    const isIts = machine?.model === model && machine.serial === serial;
    return namely("machine", id, [!isIts && "its serial is another one's"]);
  });
  const rest = [...readAll(reader, machines)].flatMap(([id, it]) => {
    const registered = view.get(machineSerials, { model: it.model, serial: it.serial });
    return namely("machine", id, [
      !leadsBack(world, it.key, "machine", id) && "its key doesn't lead back",
      view.get(participants, it.owner) === undefined && "its owner isn't there",
      view.get(participants, it.owner)?.status === "CLOSED" && it.status !== "RETIRED" && "its owner is gone",
      it.parent !== undefined && view.get(machines, it.parent) === undefined && "its parent isn't there",
      it.status === "RETIRED" && (it.openJobs > 0 || it.offer !== undefined) && "is retired and in use",
      (registered === undefined || !equalBytes(registered, id)) && "its serial doesn't lead back",
    ]);
  });
  return [...serials, ...rest];
}

function sessionViolations(world: World): readonly Violation[] {
  const { reader, view } = world;
  return [...readAll(reader, sessions)].flatMap(([id, it]) => {
    const grantor = view.get(participants, it.of);
    const acts = !it.revoked && it.generation === grantor?.sessionGeneration;
    return namely("session", id, [
      !leadsBack(world, it.key, "session", id) && "its key doesn't lead back",
      grantor === undefined && "its grantor isn't there",
      it.generation > (grantor?.sessionGeneration ?? 0) && "is of a generation to come",
      acts && (grantor.status === "SUSPENDED" || grantor.status === "CLOSED") && "outlives its grantor",
      !it.revoked && !hasTimer(world, "session.expires", it.until, id) && "never ends",
    ]);
  });
}

function delegationViolations(world: World): readonly Violation[] {
  const { reader, view } = world;
  return [...readAll(reader, delegations)].flatMap(([{ from, to }, { id, until }]) => {
    const listed = view.get(participants, from)?.delegates.filter((it) => equalBytes(it, to)) ?? [];
    return namely("delegation", id, [
      listed.length !== 1 && "isn't listed once by whoever gave it",
      view.get(participants, to) === undefined && "whoever is to act isn't there",
      equalBytes(from, to) && "is of one to itself",
      !hasTimer(world, "delegation.expires", until, from, to) && "never ends",
    ]);
  });
}

function credentialViolations({ reader, view }: World): readonly Violation[] {
  return [...readAll(reader, credentials)].flatMap(([id, { issuer, subject }]) =>
    namely("credential", id, [
      view.get(participants, issuer) === undefined && "its issuer isn't there",
      view.get(participants, subject) === undefined && "its subject isn't there",
      equalBytes(issuer, subject) && "is of one about itself",
    ]),
  );
}
