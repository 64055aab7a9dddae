/** For materials: what is registered against a programme, and the only code that changes how much of it is used. */
import { equalBytes, type Id, Quantity } from "@touchmark/core";
import type { RefusalCode } from "../../codes.ts";
import type { Context } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { type Programme, programmes } from "./records.ts";
import { programmeStatus } from "./standing.ts";

export const CAPACITY_CODES: readonly RefusalCode[] = [
  "PROGRAMME_DIFFERS",
  "NOT_IN_PERIOD",
  "CAPACITY_EXCEEDED",
];

/** own, ACTIVE, of this class and unit, in its period by consensus time, and with so much capacity left. */
export function drawCapacity(
  ctx: Context,
  id: Id<"prog">,
  goods: Pick<Programme, "class" | "unit"> & { readonly quantity: Quantity },
): void {
  const programme = ctx.need(programmes, id);
  const { producer, from, to, capacity, used } = programme;
  check(equalBytes(producer, ctx.acting), "NOT_YOURS");
  check(programme.class === goods.class && programme.unit === goods.unit, "PROGRAMME_DIFFERS");
  const status = programmeStatus(programme, ctx.now);
  if (status === "ENDED") refuse("NOT_IN_PERIOD", { to });
  check(status === "ACTIVE", "WRONG_STATUS");
  if (ctx.now < from) refuse("NOT_IN_PERIOD", { from });
  // A difference, since a sum could be past what a number holds exactly.
  const left = capacity - used;
  if (goods.quantity > left) refuse("CAPACITY_EXCEEDED", { left, quantity: goods.quantity });
  ctx.put(programmes, id, { ...programme, used: Quantity.of(used + goods.quantity) });
}

/** What was never made after all: whatever has become of the programme since. */
export function returnCapacity(ctx: Context, id: Id<"prog">, quantity: Quantity): void {
  const programme = ctx.need(programmes, id);
  ctx.put(programmes, id, { ...programme, used: Quantity.of(programme.used - quantity) });
}
