/**
 * I-6: a participant's own keys. Each that comes in was never known before (L-7) and proves that it is held.
 *
 *   key → rotate → new key; the old one is lame: for rotationObjection it may object (`object`), and nothing else
 *   setCold → pending → ⏱coldKeyDelay: in force · object: gone
 *
 * While one key is lame, a second rotation leaves that one lame, and its end where it was: a thief who rotates twice
 * doesn't take the owner's objection away, and one who is rotated away can't keep his for ever.
 */
import { addNanos, concatBytes, type Id, utf8ToBytes } from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { changeParticipant, revokeSessions } from "./change.ts";
import { coldKeyPending, coldKeySet, rotated } from "./events.ts";
import { claimKey } from "./key-registry.ts";
import { acct, type Participant, participants, publicKey } from "./records.ts";
import { proofSchema } from "./registration.ts";

const COLD = utf8ToBytes("cold");

/** I-2: a proof given for a cold key makes no key that acts every day, and the other way round. */
export function servesOfColdKey(id: Id<"acct">): Uint8Array {
  return concatBytes(id, COLD);
}

export const lameKeyEnds = timer({
  name: "participant.lameKeyEnds",
  number: 101,
  fields: { participant: acct },
  guard: "the key before the last rotation → may no longer object",
  codes: [],
  events: [],
  run(ctx, { participant: id }) {
    changeParticipant(ctx, id, { lameKey: undefined, lameUntil: undefined });
  },
});

/** No key is lame any more, and no timer waits for it. */
export function endLameKey(ctx: Context, id: Id<"acct">): void {
  const { lameUntil } = ctx.need(participants, id);
  if (lameUntil === undefined) return;
  ctx.cancelTimer(lameKeyEnds, lameUntil, { participant: id });
  changeParticipant(ctx, id, { lameKey: undefined, lameUntil: undefined });
}

export const rotate = operation({
  name: "participant.rotate",
  number: 108,
  fields: { key: publicKey, proof: proofSchema },
  who: "its own or its cold key",
  guard:
    "key new and fit, possession proven → the new one acts; the old one may object for rotationObjection; sessions revoked",
  codes: [],
  events: [rotated],
  by: ["key", "cold"],
  since: 1,
  run(ctx, { key, proof }) {
    const id = ctx.acting;
    const participant = ctx.need(participants, id);
    check(participant.status !== "CLOSED", "CLOSED");
    const record = { kind: "participant", id } as const;
    claimKey(ctx, { algorithm: "ed25519", key, record, serves: id, proof });
    makeLame(ctx, id, participant);
    changeParticipant(ctx, id, { key });
    revokeSessions(ctx, id);
    ctx.emit(rotated, { participant: id, key });
  },
});

function makeLame(ctx: Context, id: Id<"acct">, { key, lameUntil }: Participant): void {
  if (lameUntil !== undefined && ctx.now <= lameUntil) return;
  endLameKey(ctx, id);
  const until = addNanos(ctx.now, ctx.parameter("rotationObjection"));
  changeParticipant(ctx, id, { lameKey: key, lameUntil: until });
  ctx.setTimer(lameKeyEnds, until, { participant: id });
}

export const coldKeyTakesEffect = timer({
  name: "participant.coldKeyTakesEffect",
  number: 102,
  fields: { participant: acct },
  guard: "nobody objected → it is the cold key; the one before is nothing more",
  codes: [],
  events: [coldKeySet],
  run(ctx, { participant: id }) {
    const { coldPending } = ctx.need(participants, id);
    check(coldPending !== undefined, "WRONG_STATUS");
    changeParticipant(ctx, id, { coldKey: coldPending.key, coldPending: undefined });
    ctx.emit(coldKeySet, { participant: id, key: coldPending.key });
  },
});

export const setCold = operation({
  name: "participant.setCold",
  number: 109,
  fields: { key: publicKey, proof: proofSchema },
  who: "its own key",
  guard: "none pending, no recovery; key new and fit, possession proven → pending; ⏱coldKeyDelay",
  codes: [],
  events: [coldKeyPending],
  by: ["key"],
  since: 1,
  run(ctx, { key, proof }) {
    const id = ctx.acting;
    const { coldPending, recovery, status } = ctx.need(participants, id);
    check(status !== "CLOSED", "CLOSED");
    check(coldPending === undefined && recovery === undefined, "WRONG_STATUS");
    const record = { kind: "participant", id } as const;
    claimKey(ctx, { algorithm: "ed25519", key, record, serves: servesOfColdKey(id), proof });
    const due = addNanos(ctx.now, ctx.parameter("coldKeyDelay"));
    changeParticipant(ctx, id, { coldPending: { key, due } });
    ctx.setTimer(coldKeyTakesEffect, due, { participant: id });
    ctx.emit(coldKeyPending, { participant: id, key, due });
  },
});

/** What waits to be the cold key never will. */
export function dropPendingColdKey(ctx: Context, id: Id<"acct">): void {
  const { coldPending } = ctx.need(participants, id);
  if (coldPending === undefined) return;
  ctx.cancelTimer(coldKeyTakesEffect, coldPending.due, { participant: id });
  changeParticipant(ctx, id, { coldPending: undefined });
}
