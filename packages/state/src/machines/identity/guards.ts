/** Guards over participants that every machine shares. */
import { bytesToKey, equalBytes, type Id, type Nanos } from "@touchmark/core";
import type { StateView } from "../../keyspace.ts";
import type { Context } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { delegations, type Participant, participants, type Role } from "./records.ts";

/** Whether the role was granted and holds at this time (a deadline is kept up to and with its nanosecond). */
export function hasRole(participant: Participant, role: Role, now: Nanos): boolean {
  return participant.roles.some((it) => it.role === role && (it.until === undefined || now <= it.until));
}

/** The participant, who must be VERIFIED and have the role, else ROLE_MISSING or NOT_VERIFIED. */
export function needRole(ctx: Context, id: Id<"acct">, role: Role): Participant {
  const participant = needVerified(ctx, id);
  if (!hasRole(participant, role, ctx.now)) refuse("ROLE_MISSING", { role });
  return participant;
}

export function needVerified(ctx: Context, id: Id<"acct">): Participant {
  const participant = ctx.need(participants, id);
  check(participant.status === "VERIFIED", "NOT_VERIFIED");
  return participant;
}

/** One more thing that this participant keeps open; the cap bounds what one party can pile up (2b §12). */
export function openObject(ctx: Context, id: Id<"acct">): void {
  const participant = ctx.need(participants, id);
  check(participant.status !== "CLOSED", "CLOSED");
  check(participant.openObjects < ctx.parameter("openObjectsMax"), "TOO_MANY_OPEN");
  ctx.put(participants, id, { ...participant, openObjects: participant.openObjects + 1 });
}

export function closeObject(ctx: Context, id: Id<"acct">): void {
  const participant = ctx.need(participants, id);
  ctx.put(participants, id, { ...participant, openObjects: participant.openObjects - 1 });
}

/** One more thing of others that pays to this participant or relies on it: it can't close before `untie` (I-12). */
export function tie(ctx: Context, id: Id<"acct">): void {
  const participant = ctx.need(participants, id);
  check(participant.status !== "CLOSED", "CLOSED");
  ctx.put(participants, id, { ...participant, ties: participant.ties + 1 });
}

export function untie(ctx: Context, id: Id<"acct">): void {
  const participant = ctx.need(participants, id);
  ctx.put(participants, id, { ...participant, ties: participant.ties - 1 });
}

/** A participant, its affiliates and those that may act for it; the group has also everyone of its legal digest. */
function groupOf(state: StateView, id: Id<"acct">, now: Nanos): readonly Id<"acct">[] {
  const participant = state.get(participants, id);
  if (participant === undefined) return [id];
  const delegates = participant.delegates.filter((to) => {
    const delegation = state.get(delegations, { from: id, to });
    return delegation?.accepted === true && now <= delegation.until;
  });
  return [id, ...participant.affiliates, ...delegates];
}

/**
 * 2b: whether the groups of two participants have nobody in common. The legal digest stands for all that have it,
 * so no index is needed: if a member of one group has the legal digest of the other's head, both groups have it.
 */
export function isIndependent(state: StateView, a: Id<"acct">, b: Id<"acct">, now: Nanos): boolean {
  const [groupA, groupB] = [groupOf(state, a, now), groupOf(state, b, now)];
  const names = new Set(groupA.map(bytesToKey));
  if (groupB.some((id) => names.has(bytesToKey(id)))) return false;
  const [legalA, legalB] = [legalOf(state, a), legalOf(state, b)];
  return (
    !groupB.some((id) => isSame(legalOf(state, id), legalA)) &&
    !groupA.some((id) => isSame(legalOf(state, id), legalB))
  );
}

function legalOf(state: StateView, id: Id<"acct">): Uint8Array | undefined {
  return state.get(participants, id)?.legalDigest;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(a, b);
}

export function needIndependent(ctx: Context, a: Id<"acct">, b: Id<"acct">): void {
  check(isIndependent(ctx, a, b, ctx.now), "NOT_INDEPENDENT");
}
