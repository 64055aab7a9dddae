/**
 * I-5: suspension. Its own registrar stops a participant for suspensionTerm; only a proposal makes that last. The
 * suspended keep the exit set (L-18), so that nobody's money is locked in.
 *
 *   VERIFIED → suspend → SUSPENDED → reinstate (its registrar), ⏱suspensionTerm → VERIFIED
 *   UNVERIFIED, VERIFIED, SUSPENDED → (proposal) confirmed SUSPENDED → (proposal) what it was before
 */
import { addNanos, equalBytes, type Id, type Nanos } from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { changeParticipant, revokeSessions } from "./change.ts";
import { reinstated, suspended } from "./events.ts";
import { needRole } from "./guards.ts";
import { acct, type Participant, participants } from "./records.ts";

function needOwn(ctx: Context, id: Id<"acct">): Participant {
  needRole(ctx, ctx.acting, "registrar");
  const participant = ctx.need(participants, id);
  const { registrar } = participant;
  check(registrar !== undefined && equalBytes(registrar, ctx.acting), "NOT_YOURS");
  return participant;
}

function release(ctx: Context, id: Id<"acct">, by: Id<"acct"> | undefined): void {
  const { suspendedFrom } = ctx.need(participants, id);
  // Who was never verified isn't by having been suspended.
  const status = suspendedFrom ?? "UNVERIFIED";
  changeParticipant(ctx, id, { status, suspendedFrom: undefined, suspendedUntil: undefined });
  ctx.emit(reinstated, { participant: id, by });
}

export const suspensionEnds = timer({
  name: "participant.suspensionEnds",
  number: 100,
  fields: { participant: acct },
  guard: "no proposal has confirmed it → VERIFIED",
  codes: [],
  events: [reinstated],
  run(ctx, { participant: id }) {
    release(ctx, id, undefined);
  },
});

function stop(ctx: Context, id: Id<"acct">, until: Nanos | undefined, by: Id<"acct"> | undefined): void {
  const { status } = ctx.need(participants, id);
  check(status === "VERIFIED" || status === "UNVERIFIED", "WRONG_STATUS");
  changeParticipant(ctx, id, { status: "SUSPENDED", suspendedFrom: status, suspendedUntil: until });
  revokeSessions(ctx, id);
  ctx.emit(suspended, { participant: id, until, by });
}

export const suspend = operation({
  name: "participant.suspend",
  number: 106,
  fields: { participant: acct },
  who: "its own registrar",
  guard:
    "VERIFIED; not again before suspensionTerm has passed since the last one's end → SUSPENDED, sessions revoked; ⏱suspensionTerm",
  codes: ["COOLDOWN"],
  events: [suspended],
  by: ["key"],
  since: 1,
  run(ctx, { participant: id }) {
    const { status, suspensionBarredUntil } = needOwn(ctx, id);
    check(status === "VERIFIED", "WRONG_STATUS");
    // Else suspensions in a row would last for ever, and no proposal were needed.
    const isFree = suspensionBarredUntil === undefined || ctx.now > suspensionBarredUntil;
    check(isFree, "COOLDOWN");
    const term = ctx.parameter("suspensionTerm");
    const until = addNanos(ctx.now, term);
    stop(ctx, id, until, ctx.acting);
    changeParticipant(ctx, id, { suspensionBarredUntil: addNanos(until, term) });
    ctx.setTimer(suspensionEnds, until, { participant: id });
  },
});

export const reinstate = operation({
  name: "participant.reinstate",
  number: 107,
  fields: { participant: acct },
  who: "its own registrar",
  guard: "SUSPENDED, not confirmed by a proposal → VERIFIED",
  codes: [],
  events: [reinstated],
  by: ["key"],
  since: 1,
  run(ctx, { participant: id }) {
    const { suspendedUntil } = needOwn(ctx, id);
    check(suspendedUntil !== undefined, "WRONG_STATUS");
    ctx.cancelTimer(suspensionEnds, suspendedUntil, { participant: id });
    release(ctx, id, ctx.acting);
  },
});

/** For governance: suspends without end, or takes the end from a registrar's suspension. Declare event `suspended`. */
export function confirmSuspension(ctx: Context, id: Id<"acct">): void {
  const { status, suspendedUntil } = ctx.need(participants, id);
  if (status !== "SUSPENDED") {
    stop(ctx, id, undefined, undefined);
    return;
  }
  check(suspendedUntil !== undefined, "WRONG_STATUS");
  ctx.cancelTimer(suspensionEnds, suspendedUntil, { participant: id });
  changeParticipant(ctx, id, { suspendedUntil: undefined });
  ctx.emit(suspended, { participant: id, until: undefined, by: undefined });
}

/** For governance: ends any suspension. Declare event `reinstated`. */
export function endSuspension(ctx: Context, id: Id<"acct">): void {
  const { status, suspendedUntil } = ctx.need(participants, id);
  check(status === "SUSPENDED", "WRONG_STATUS");
  if (suspendedUntil !== undefined) ctx.cancelTimer(suspensionEnds, suspendedUntil, { participant: id });
  release(ctx, id, undefined);
}
