import { digestSchema } from "@touchmark/core";
import type { RefusalCode } from "../../src/codes.ts";
import { type Context, type EventDefinition, operation } from "../../src/machine.ts";
import { MACHINES } from "../../src/machines/all.ts";
import { createRegistry, type Registry } from "../../src/registry.ts";
import { codeOf, type Ledger } from "./ledger.ts";
import { digestOf } from "./parties.ts";

type Body = (ctx: Context) => void;

/** What each probe does, by a digest that its operation carries. */
const bodies = new Map<string, Body>();

/**
 * The ledger's machines, and one operation that runs what a test hands to `probe`: for the functions that machines offer
 * to one another and that no operation reaches alone.
 */
export function probeRegistry(
  codes: readonly RefusalCode[],
  events: readonly EventDefinition[] = [],
): Registry {
  const run = operation({
    name: "probe.run",
    number: 65_000,
    fields: { body: digestSchema },
    who: "a test",
    guard: "–",
    codes,
    events,
    since: 1,
    run: (ctx, { body }) => bodies.get(Buffer.from(body).toString("hex"))?.(ctx),
  });
  return createRegistry([...MACHINES, { name: "probe", operations: { "probe.run": run }, timers: [] }]);
}

/** Runs it as an operation of this participant, and gives the code. */
export function probe(ledger: Ledger, by: string, body: Body): string {
  const name = digestOf(`probe ${bodies.size}`);
  bodies.set(Buffer.from(name).toString("hex"), body);
  return codeOf(ledger.sendAny({ by, ops: [{ kind: "probe.run", body: name }] }));
}
