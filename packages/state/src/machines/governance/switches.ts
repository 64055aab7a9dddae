/** G-5: what proposals turn: parameters, versions, withdrawn kinds, the roster, the fund. */
import {
  type Amount,
  compareBytes,
  type Digest,
  equalBytes,
  type Height,
  type Id,
  must,
} from "@touchmark/core";
import { chainSpace } from "../../genesis.ts";
import type { Context } from "../../machine.ts";
import { conflictOf } from "../../parameter-relations.ts";
import {
  isParameterValue,
  PARAMETER_NAMES,
  PARAMETERS,
  type ParameterName,
  parameterOf,
  parameters,
  type StoredParameter,
} from "../../parameters.ts";
import { check, refuse } from "../../refusal.ts";
import { isWithdrawn, ONLY_KEY, versionAt, versions, withdrawn } from "../../versions.ts";
import { needRole, tie, untie } from "../identity/guards.ts";
import { transfer } from "../payments/money.ts";
import {
  arbiterAdded,
  arbiterRemoved,
  fundSpent,
  kindRestored,
  kindWithdrawn,
  parameterSet,
  versionActivated,
} from "./events.ts";
import { ARBITERS_MAX, arbiterRoster } from "./records.ts";

function putParameter(ctx: Context, name: ParameterName, value: StoredParameter): void {
  check(isParameterValue(name, value), "PARAMETER_OUT_OF_BOUNDS");
  const { number, standard } = parameterOf(name);
  // L-17: one with its default has no leaf.
  if (value.value === standard) ctx.remove(parameters, number);
  else ctx.put(parameters, number, value);
  const conflict = conflictOf((it) => ctx.parameter(it));
  if (conflict !== undefined) refuse("PARAMETERS_CONFLICT", { relation: conflict });
  ctx.emit(parameterSet, { parameter: number, value });
}

/** `params.set`: never one that another kind of proposal changes, or that only genesis sets. */
export function setParameter(ctx: Context, number: number, value: StoredParameter): void {
  const name = PARAMETER_NAMES.find((it) => parameterOf(it).number === number) ?? refuse("NOT_FOUND");
  check(parameterOf(name).by === "params.set", "NOT_BY_THIS_KIND");
  putParameter(ctx, name, value);
}

export function setFundShare(ctx: Context, bps: number): void {
  check(bps <= PARAMETERS.fundBps.most, "PARAMETER_OUT_OF_BOUNDS");
  putParameter(ctx, "fundBps", { kind: "number", value: bps });
}

/**
 * L-18: versions follow one another, each from a later height. Whether this program knows the version is no question
 * here: programs of different age must give the same answer.
 */
export function activateVersion(ctx: Context, version: number, height: Height): void {
  const activations = ctx.get(versions, ONLY_KEY) ?? [];
  const last = activations.at(-1) ?? { version: 1, from: 0 };
  check(version > last.version && height > last.from, "VERSION_ORDER");
  check(height > ctx.height, "HEIGHT_PASSED");
  ctx.put(versions, ONLY_KEY, [...activations, { version, from: height }]);
  ctx.emit(versionActivated, { version, height });
}

/** Without the first two nothing could ever be restored; without the third validators would be rid of the veto. */
const NEVER_WITHDRAWN: ReadonlySet<string> = new Set([
  "proposal.open",
  "proposal.vote",
  "proposal.memberVote",
]);

export function withdrawKind(ctx: Context, number: number): void {
  const operation = ctx.operationOf(number);
  // Programs of different age know different kinds; those of the version in force they all know.
  if (operation === undefined || operation.since > versionAt(ctx, ctx.height)) return refuse("NOT_FOUND");
  check(operation.exitSet !== true && !NEVER_WITHDRAWN.has(operation.name), "NOT_WITHDRAWABLE");
  check(!isWithdrawn(ctx, number), "WRONG_STATUS");
  const numbers = [...(ctx.get(withdrawn, ONLY_KEY) ?? []), number].sort((a, b) => a - b);
  ctx.put(withdrawn, ONLY_KEY, numbers);
  ctx.emit(kindWithdrawn, { operation: number });
}

export function restoreKind(ctx: Context, number: number): void {
  check(isWithdrawn(ctx, number), "WRONG_STATUS");
  const numbers = must(ctx.get(withdrawn, ONLY_KEY), "withdrawn kinds").filter((it) => it !== number);
  if (numbers.length === 0) ctx.remove(withdrawn, ONLY_KEY);
  else ctx.put(withdrawn, ONLY_KEY, numbers);
  ctx.emit(kindRestored, { operation: number });
}

interface Spending {
  readonly to: Id<"acct">;
  readonly currency: string;
  readonly amount: Amount;
  readonly digest: Digest;
}

export function spendFund(ctx: Context, { to, currency, amount, digest }: Spending): void {
  const { fund } = ctx.need(chainSpace, ONLY_KEY);
  check(!equalBytes(fund, to), "SAME_PARTY");
  transfer(ctx, { from: fund, to, currency, amount });
  ctx.emit(fundSpent, { to, currency, amount, digest });
}

export function addArbiter(ctx: Context, participant: Id<"acct">): void {
  needRole(ctx, participant, "arbiter");
  const roster = ctx.get(arbiterRoster, ONLY_KEY) ?? [];
  check(!roster.some((it) => equalBytes(it, participant)), "DUPLICATE");
  check(roster.length < ARBITERS_MAX, "TOO_MANY_OPEN");
  ctx.put(arbiterRoster, ONLY_KEY, [...roster, participant].sort(compareBytes));
  // I-12: orders count on it.
  tie(ctx, participant);
  ctx.emit(arbiterAdded, { participant });
}

export function removeArbiter(ctx: Context, participant: Id<"acct">): void {
  const roster = ctx.get(arbiterRoster, ONLY_KEY) ?? [];
  const staying = roster.filter((it) => !equalBytes(it, participant));
  check(staying.length < roster.length, "NOT_FOUND");
  if (staying.length === 0) ctx.remove(arbiterRoster, ONLY_KEY);
  else ctx.put(arbiterRoster, ONLY_KEY, staying);
  untie(ctx, participant);
  ctx.emit(arbiterRemoved, { participant });
}
