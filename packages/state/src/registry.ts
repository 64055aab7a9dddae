/**
 * L-5, L-6: every operation, timer and event of a set of machines, by name and by number, and the schemas that are
 * made of them. What two machines claim both (a number, a name) is found here, when the program starts.
 */
import {
  assert,
  digestSchema,
  type Fields,
  type Kinds,
  Nanos,
  type Schema,
  tuple,
  type VariantOf,
  variant,
} from "@touchmark/core";
import { type Keyspace, keyspace } from "./keyspace.ts";
import type { EventDefinition, Machine, Operation, TimerDefinition } from "./machine.ts";

/** An operation, a timer or an event as a value: its name, and its fields beside it. */
export type Named = { readonly kind: string } & Readonly<Record<string, unknown>>;

export interface TimerKey {
  readonly due: Nanos;
  /** L-10: the digest of what it is and when it is due: its cause as an actor of its own. */
  readonly id: ReturnType<typeof digestSchema.read>;
}

export interface Registry {
  /** Ascending by number. */
  readonly operations: readonly Operation[];
  readonly timers: readonly TimerDefinition[];
  readonly events: readonly EventDefinition[];
  operation(kind: string): Operation;
  timer(kind: string): TimerDefinition;
  readonly operationSchema: Schema<Named>;
  readonly timerSchema: Schema<Named>;
  readonly eventSchema: Schema<Named>;
  /** L-10: a timer is a leaf, so that a root says what is still to come. */
  readonly timerSpace: Keyspace<TimerKey, Named>;
}

const timerKey = tuple({ due: Nanos.schema, id: digestSchema });

interface Entry {
  readonly name: string;
  readonly number: number;
  readonly fields: Fields;
}

function byNumber(a: Entry, b: Entry): number {
  return a.number - b.number;
}

/** A variant has a kind at least, so that a registry without timers is one too. */
const NOTHING: Kinds = { none: [0, {}] };

function schemaOf(entries: readonly Entry[]): Schema<Named> {
  const kinds: Kinds = Object.fromEntries(
    entries.map(({ name, number, fields }) => [name, [number, fields] as const]),
  );
  const schema: Schema<VariantOf<Kinds>> = variant(entries.length === 0 ? NOTHING : kinds);
  return schema;
}

function assertUnique(entries: readonly Entry[], what: string): void {
  assert(new Set(entries.map((it) => it.name)).size === entries.length, `a name of ${what} stands once`);
  assert(
    entries.every((it) => it.number > 0),
    `a number of ${what} is from 1`,
  );
}

function finder<T extends Entry>(entries: readonly T[], what: string): (kind: string) => T {
  const byName = new Map(entries.map((it) => [it.name, it]));
  return (kind) => {
    const found = byName.get(kind);
    assert(found !== undefined, `there is no ${what} ${kind}`);
    return found;
  };
}

function operationsOf(machine: Machine): readonly Operation[] {
  return Object.entries(machine.operations).map(([name, operation]) => {
    assert(name === operation.name, `${operation.name} stands under its own name`);
    return operation;
  });
}

export function createRegistry(machines: readonly Machine[]): Registry {
  const operations = machines.flatMap(operationsOf).sort(byNumber);
  const timers = machines.flatMap((it) => it.timers).sort(byNumber);
  const events = [...new Set([...operations, ...timers].flatMap((it) => it.events))].sort(byNumber);
  assertUnique(operations, "an operation");
  assertUnique(timers, "a timer");
  assertUnique(events, "an event");
  const timerSchema = schemaOf(timers);
  return {
    operations,
    timers,
    events,
    operation: finder(operations, "operation"),
    timer: finder(timers, "timer"),
    operationSchema: schemaOf(operations),
    timerSchema,
    eventSchema: schemaOf(events),
    timerSpace: keyspace("timers", timerKey, timerSchema),
  };
}
