/**
 * I-9: one participant lets another act for it, within a scope (L-8). Nothing that was delegated is delegated again:
 * only an own key acts for another (L-7).
 *
 *   – → offer → OFFERED → accept (by its id: no other scope comes in underneath) → ACCEPTED
 *   OFFERED, ACCEPTED → revoke (either) · ⏱until → gone
 */
import { equalBytes, type Id, idSchema } from "@touchmark/core";
import { type Context, type EventDefinition, operation, timer } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { changeParticipant } from "./change.ts";
import { delegationAccepted, delegationExpired, delegationOffered, delegationRevoked } from "./events.ts";
import { AFFILIATES_MAX, acct, delegations, participants, scopeFields } from "./records.ts";
import { needScope } from "./scope.ts";

interface Pair {
  readonly from: Id<"acct">;
  readonly to: Id<"acct">;
}

export const delegationExpires = timer({
  name: "delegation.expires",
  number: 105,
  fields: { from: acct, to: acct },
  guard: "OFFERED or ACCEPTED → gone",
  codes: [],
  events: [delegationExpired],
  run(ctx, pair) {
    end(ctx, pair, delegationExpired);
  },
});

function end(ctx: Context, pair: Pair, event: EventDefinition<typeof delegationExpired.fields>): void {
  const { from, to } = pair;
  const { id, until } = ctx.need(delegations, pair);
  ctx.cancelTimer(delegationExpires, until, pair);
  ctx.remove(delegations, pair);
  const { delegates } = ctx.need(participants, from);
  changeParticipant(ctx, from, { delegates: delegates.filter((it) => !equalBytes(it, to)) });
  ctx.emit(event, { delegation: id, from, to });
}

/** Everything that it offered or gave. Declare event `delegationRevoked`. */
export function revokeDelegationsOf(ctx: Context, from: Id<"acct">): void {
  for (const to of ctx.need(participants, from).delegates) end(ctx, { from, to }, delegationRevoked);
}

export const offer = operation({
  name: "delegation.offer",
  number: 150,
  fields: { to: acct, ...scopeFields },
  who: "whoever is to be acted for",
  guard: "none between the two; at most 16 given; now < until ≤ now + sessionMax → OFFERED; ⏱until",
  codes: ["SAME_PARTY"],
  events: [delegationOffered],
  by: ["key"],
  since: 1,
  run(ctx, { to, ...scope }) {
    const from = ctx.acting;
    check(!equalBytes(from, to), "SAME_PARTY");
    const { delegates, status } = ctx.need(participants, from);
    check(status !== "CLOSED" && ctx.need(participants, to).status !== "CLOSED", "CLOSED");
    check(ctx.get(delegations, { from, to }) === undefined, "DUPLICATE");
    check(delegates.length < AFFILIATES_MAX, "TOO_MANY_OPEN");
    needScope(ctx, scope);
    const id = ctx.newId("dlgt");
    const { ops, objects, limits, until } = scope;
    ctx.put(delegations, { from, to }, { id, accepted: false, ops, objects, limits, until });
    changeParticipant(ctx, from, { delegates: [...delegates, to] });
    ctx.setTimer(delegationExpires, until, { from, to });
    ctx.emit(delegationOffered, { delegation: id, from, to, until });
  },
});

export const accept = operation({
  name: "delegation.accept",
  number: 151,
  fields: { from: acct, delegation: idSchema("dlgt") },
  who: "whoever is to act",
  guard: "OFFERED, of this id, now ≤ until → ACCEPTED",
  codes: [],
  events: [delegationAccepted],
  by: ["key"],
  since: 1,
  run(ctx, { from, delegation: id }) {
    const to = ctx.acting;
    const record = ctx.need(delegations, { from, to });
    check(equalBytes(record.id, id), "NOT_FOUND");
    check(!record.accepted, "WRONG_STATUS");
    check(ctx.now <= record.until, "DEADLINE_PASSED");
    ctx.put(delegations, { from, to }, { ...record, accepted: true });
    ctx.emit(delegationAccepted, { delegation: id, from, to });
  },
});

export const revoke = operation({
  name: "delegation.revoke",
  number: 152,
  fields: { from: acct, to: acct },
  who: "either of the two",
  guard: "OFFERED or ACCEPTED → gone",
  codes: [],
  events: [delegationRevoked],
  by: ["key"],
  since: 1,
  run(ctx, pair) {
    const isTheirs = [pair.from, pair.to].some((it) => equalBytes(it, ctx.acting));
    check(isTheirs, "NOT_YOURS");
    end(ctx, { from: pair.from, to: pair.to }, delegationRevoked);
  },
});
