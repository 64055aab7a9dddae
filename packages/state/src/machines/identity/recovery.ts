/**
 * I-7: back to one's name after a key is lost or stolen, against a registrar that lies, and against a thief.
 *
 *   – → recover (a registrar) → FIRST → ⏱recoveryDelay: the new key acts
 *   FIRST → object (key, lame or cold key) → OBJECTED → ⏱recoveryCooldown: gone
 *   OBJECTED → recoverSecond (another, independent registrar, the same key) → SECOND → ⏱recoverySecondDelay: acts
 *   SECOND → object (cold key only) → gone; FIRST, OBJECTED, SECOND → (proposal) → gone
 *
 * A thief has the key, so its objection only asks for a second registrar; the cold key is in a safe, so its objection
 * is believed. A registrar alone takes over nobody who looks in once within recoveryDelay. After a recovery that was
 * stopped or that succeeded nobody begins another for recoveryCooldown.
 *
 * Everything goes that a thief may have prepared: with the recovery's begin a cold key not yet in force, and none is
 * named while it runs; when the new key acts, the lame key, sessions, delegations given and offered.
 */
import { addNanos, equalBytes, type Id, type Nanos } from "@touchmark/core";
import { choice } from "../../choice.ts";
import { type Context, operation, timer } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { changeParticipant, revokeSessions } from "./change.ts";
import { revokeDelegationsOf } from "./delegations.ts";
import {
  delegationRevoked,
  OBJECTIONS,
  objected,
  recovered,
  recoveryBegun,
  recoverySeconded,
  recoveryStopped,
} from "./events.ts";
import { hasRole, needIndependent, needRole } from "./guards.ts";
import { claimKey } from "./key-registry.ts";
import { dropPendingColdKey, endLameKey } from "./own-keys.ts";
import { acct, participants, publicKey, type Recovery } from "./records.ts";
import { proofSchema } from "./registration.ts";

function needRecovery(ctx: Context, id: Id<"acct">): Recovery {
  const { recovery } = ctx.need(participants, id);
  check(recovery !== undefined, "WRONG_STATUS");
  return recovery;
}

export const recoveryDue = timer({
  name: "participant.recoveryDue",
  number: 103,
  fields: { participant: acct },
  guard:
    "nobody objected, or a second registrar joined, and both are registrars still → the new key acts; else gone",
  codes: [],
  events: [recovered, recoveryStopped, delegationRevoked],
  run(ctx, { participant: id }) {
    const { key, registrar, objected: isObjected, second } = needRecovery(ctx, id);
    const stand = [registrar, second ?? registrar].every((it) => isRegistrar(ctx, it));
    if ((isObjected && second === undefined) || !stand) {
      changeParticipant(ctx, id, { recovery: undefined });
      ctx.emit(recoveryStopped, { participant: id });
      return;
    }
    endLameKey(ctx, id);
    revokeSessions(ctx, id);
    revokeDelegationsOf(ctx, id);
    changeParticipant(ctx, id, { key, recovery: undefined, recoveryBarredUntil: cooldownFrom(ctx) });
    ctx.emit(recovered, { participant: id, key });
  },
});

/** A registrar that was found out while it waited gets nobody's name. */
function isRegistrar(ctx: Context, id: Id<"acct">): boolean {
  const participant = ctx.need(participants, id);
  return participant.status === "VERIFIED" && hasRole(participant, "registrar", ctx.now);
}

function cooldownFrom(ctx: Context): Nanos {
  return addNanos(ctx.now, ctx.parameter("recoveryCooldown"));
}

/** The next stage, and its timer instead of the one before. */
function moveTo(ctx: Context, id: Id<"acct">, next: Recovery): void {
  const { recovery } = ctx.need(participants, id);
  if (recovery !== undefined) ctx.cancelTimer(recoveryDue, recovery.due, { participant: id });
  changeParticipant(ctx, id, { recovery: next });
  ctx.setTimer(recoveryDue, next.due, { participant: id });
}

/** Also for governance (recovery.stop): ends it in any stage. Declare event `recoveryStopped`. */
export function stopRecovery(ctx: Context, id: Id<"acct">): void {
  const { due } = needRecovery(ctx, id);
  ctx.cancelTimer(recoveryDue, due, { participant: id });
  changeParticipant(ctx, id, { recovery: undefined, recoveryBarredUntil: cooldownFrom(ctx) });
  ctx.emit(recoveryStopped, { participant: id });
}

export const recover = operation({
  name: "participant.recover",
  number: 110,
  fields: { participant: acct, key: publicKey, proof: proofSchema },
  who: "a registrar, not the participant itself",
  guard:
    "not CLOSED, none running, not within recoveryCooldown of the last; key new and fit, possession proven → FIRST, and no cold key is pending; ⏱recoveryDelay",
  codes: ["SAME_PARTY", "COOLDOWN"],
  events: [recoveryBegun],
  by: ["key"],
  since: 1,
  run(ctx, { participant: id, key, proof }) {
    needRole(ctx, ctx.acting, "registrar");
    check(!equalBytes(id, ctx.acting), "SAME_PARTY");
    const { status, recovery, recoveryBarredUntil } = ctx.need(participants, id);
    check(status !== "CLOSED", "CLOSED");
    check(recovery === undefined, "WRONG_STATUS");
    check(recoveryBarredUntil === undefined || ctx.now > recoveryBarredUntil, "COOLDOWN");
    // Claimed at once: until it acts, nobody else brings it in.
    const record = { kind: "participant", id } as const;
    claimKey(ctx, { algorithm: "ed25519", key, record, serves: id, proof });
    const due = addNanos(ctx.now, ctx.parameter("recoveryDelay"));
    // A thief's cold key would outlive the recovery, and stop its second stage.
    dropPendingColdKey(ctx, id);
    moveTo(ctx, id, { key, registrar: ctx.acting, second: undefined, due, objected: false });
    ctx.emit(recoveryBegun, { participant: id, key, by: ctx.acting, due });
  },
});

export const object = operation({
  name: "participant.object",
  number: 111,
  fields: { to: choice(OBJECTIONS) },
  who: "its own, its lame or its cold key",
  guard:
    "now ≤ due: a pending cold key → gone; FIRST → OBJECTED, ⏱recoveryCooldown; SECOND, by the cold key only → gone",
  codes: [],
  events: [objected, recoveryStopped],
  exitSet: true,
  by: ["key", "lame", "cold"],
  since: 1,
  run(ctx, { to }) {
    const id = ctx.acting;
    if (to === "coldKey") objectToColdKey(ctx, id);
    else objectToRecovery(ctx, id);
  },
});

function objectToColdKey(ctx: Context, id: Id<"acct">): void {
  const { coldPending } = ctx.need(participants, id);
  check(coldPending !== undefined, "WRONG_STATUS");
  check(ctx.now <= coldPending.due, "DEADLINE_PASSED");
  dropPendingColdKey(ctx, id);
  ctx.emit(objected, { participant: id, to: "coldKey" });
}

function objectToRecovery(ctx: Context, id: Id<"acct">): void {
  const recovery = needRecovery(ctx, id);
  check(ctx.now <= recovery.due, "DEADLINE_PASSED");
  if (recovery.second !== undefined) {
    check(ctx.via === "cold", "NOT_PERMITTED");
    ctx.emit(objected, { participant: id, to: "recovery" });
    stopRecovery(ctx, id);
    return;
  }
  check(!recovery.objected, "WRONG_STATUS");
  moveTo(ctx, id, { ...recovery, objected: true, due: cooldownFrom(ctx) });
  ctx.emit(objected, { participant: id, to: "recovery" });
}

export const recoverSecond = operation({
  name: "participant.recoverSecond",
  number: 112,
  fields: { participant: acct, key: publicKey },
  who: "another registrar, independent of the first, not the participant itself",
  guard: "OBJECTED, now ≤ due, the same key → SECOND; ⏱recoverySecondDelay",
  codes: ["SAME_PARTY", "KEY_DIFFERS"],
  events: [recoverySeconded],
  by: ["key"],
  since: 1,
  run(ctx, { participant: id, key }) {
    needRole(ctx, ctx.acting, "registrar");
    check(!equalBytes(id, ctx.acting), "SAME_PARTY");
    const recovery = needRecovery(ctx, id);
    check(recovery.objected && recovery.second === undefined, "WRONG_STATUS");
    check(ctx.now <= recovery.due, "DEADLINE_PASSED");
    // It answers for this key, whatever was begun meanwhile.
    check(equalBytes(recovery.key, key), "KEY_DIFFERS");
    needIndependent(ctx, recovery.registrar, ctx.acting);
    const due = addNanos(ctx.now, ctx.parameter("recoverySecondDelay"));
    moveTo(ctx, id, { ...recovery, second: ctx.acting, due });
    ctx.emit(recoverySeconded, { participant: id, by: ctx.acting, due });
  },
});
