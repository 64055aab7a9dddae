import { addNanos } from "@touchmark/core";
import type { Context } from "../../machine.ts";
import { check } from "../../refusal.ts";
import type { Scope } from "./records.ts";

function isUnique(names: readonly (string | number)[]): boolean {
  return new Set(names).size === names.length;
}

/**
 * L-8: what a session or delegation may be limited to. What it may never do stands in `isDelegable`; that its end is
 * to come is asked where its timer is set.
 */
export function needScope(ctx: Context, { ops, limits, until }: Scope): void {
  check(until <= addNanos(ctx.now, ctx.parameter("sessionMax")), "DEADLINE_OUT_OF_BOUNDS");
  // Two limits of one currency would be a riddle.
  check(isUnique(ops) && isUnique(limits.map((it) => it.currency)), "DUPLICATE");
}
