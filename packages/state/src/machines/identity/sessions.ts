/**
 * I-8: a session is a key for a while, for some operations: a machine at the gate, a gateway of an ERP.
 *
 *   – → grant → ACTIVE → revoke (its participant, or itself) · ⏱until → over
 *   rotation, suspension and recovery of its participant end it too: its generation is past (L-8)
 */
import { equalBytes, type Id, idSchema } from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { sessionExpired, sessionGranted, sessionRevoked } from "./events.ts";
import { closeObject, openObject } from "./guards.ts";
import { claimKey } from "./key-registry.ts";
import { keys, participants, publicKey, scopeFields, sessions } from "./records.ts";
import { proofSchema } from "./registration.ts";
import { needScope } from "./scope.ts";

const sess = idSchema("sess");

export const sessionExpires = timer({
  name: "session.expires",
  number: 104,
  fields: { session: sess },
  guard: "not revoked one by one → over; it is open no more",
  codes: [],
  events: [sessionExpired],
  run(ctx, { session: id }) {
    const { of } = end(ctx, id);
    ctx.emit(sessionExpired, { session: id, of });
  },
});

function end(ctx: Context, id: Id<"sess">): { readonly of: Id<"acct"> } {
  const session = ctx.need(sessions, id);
  check(!session.revoked, "WRONG_STATUS");
  ctx.cancelTimer(sessionExpires, session.until, { session: id });
  ctx.put(sessions, id, { ...session, revoked: true });
  closeObject(ctx, session.of);
  return session;
}

export const grant = operation({
  name: "session.grant",
  number: 140,
  fields: { key: publicKey, ...scopeFields, proof: proofSchema },
  who: "participant",
  guard:
    "key new and fit, possession proven; now < until ≤ now + sessionMax; no operation, no currency twice → ACTIVE; ⏱until",
  codes: [],
  events: [sessionGranted],
  by: ["key"],
  since: 1,
  run(ctx, { key, proof, ...scope }) {
    const of = ctx.acting;
    openObject(ctx, of);
    needScope(ctx, scope);
    const id = ctx.newId("sess");
    claimKey(ctx, { algorithm: "ed25519", key, record: { kind: "session", id }, serves: of, proof });
    const { sessionGeneration: generation } = ctx.need(participants, of);
    const { ops, objects, limits, until } = scope;
    ctx.put(sessions, id, { of, key, generation, revoked: false, ops, objects, limits, until });
    ctx.setTimer(sessionExpires, until, { session: id });
    ctx.emit(sessionGranted, { session: id, of, key, until });
  },
});

export const revoke = operation({
  name: "session.revoke",
  number: 141,
  fields: { session: sess },
  who: "its participant; or the session itself, whatever its scope",
  guard: "not over → over",
  codes: [],
  events: [sessionRevoked],
  by: ["key", "session"],
  since: 1,
  run(ctx, { session: id }) {
    const { of } = ctx.need(sessions, id);
    check(equalBytes(of, ctx.acting), "NOT_YOURS");
    if (ctx.via === "session") {
      const own = ctx.need(keys, ctx.sender);
      check(own.kind === "session" && equalBytes(own.id, id), "NOT_YOURS");
    }
    end(ctx, id);
    ctx.emit(sessionRevoked, { session: id, of });
  },
});
