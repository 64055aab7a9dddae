/**
 * G-4: seats in the set of validators. A participant has at most one, and so has a legal person. Who comes and goes
 * is voted on; a holder changes its own key without a vote, and comes with the new one when the old one goes.
 *
 * What would get around a vote, and what stops it: a removal names the seat, so that no rotation saves it; a key that
 * was on its way in for a seat goes with the seat, and with its suspension; no key comes twice.
 */
import {
  addNanos,
  binary,
  bytesToKey,
  DAY,
  equalBytes,
  type Id,
  type Nanos,
  SIGNATURE_BYTES,
} from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import {
  admitValidator,
  declareReady,
  type Member,
  membersOf,
  removeValidator,
  setOf,
  validators,
} from "../../validators.ts";
import { hasRole, needVerified } from "../identity/guards.ts";
import { claimKey } from "../identity/key-registry.ts";
import { participants, publicKey } from "../identity/records.ts";
import { admitted, dropped, leaving, ready } from "./events.ts";

/** A joiner that isn't ready so long after its lane began to run has lost its place. */
export const JOINING_TERM: Nanos = DAY;

function seatsOf(ctx: Context, participant: Id<"acct">): readonly Member[] {
  return membersOf(ctx).filter((it) => equalBytes(it.participant, participant));
}

function isCurrent(ctx: Context, { key }: Member): boolean {
  const name = bytesToKey(key);
  return setOf(ctx).current.some((it) => bytesToKey(it) === name);
}

interface NewSeat {
  readonly participant: Id<"acct">;
  readonly key: Uint8Array;
  readonly proof: Uint8Array;
  readonly replaces?: Uint8Array;
}

function admit(ctx: Context, { participant, key, proof, replaces }: NewSeat): void {
  const record = { kind: "validator", id: participant } as const;
  claimKey(ctx, { algorithm: "ed25519", key, record, serves: participant, proof });
  const { now } = ctx;
  admitValidator(ctx, { key, participant, now, ...(replaces === undefined ? {} : { replaces }) });
  ctx.setTimer(joiningEnds, addNanos(now, JOINING_TERM), { key });
  ctx.emit(admitted, { key, participant, replaces });
}

/** `validator.add`. Declare event `admitted`. */
export function addSeat(ctx: Context, seat: Omit<NewSeat, "replaces">): void {
  const participant = needVerified(ctx, seat.participant);
  const mayValidate = (["registrar", "certifier"] as const).some((it) => hasRole(participant, it, ctx.now));
  check(mayValidate, "ROLE_MISSING");
  const legal = bytesToKey(participant.legalDigest);
  const taken = membersOf(ctx).filter((it) => {
    const holder = ctx.need(participants, it.participant);
    return bytesToKey(holder.legalDigest) === legal;
  });
  const [own, ...others] = taken;
  if (own === undefined) {
    admit(ctx, seat);
    return;
  }
  // What evidence has suspended comes back with a new key in its place, if the others vote for that.
  const isItsOwn = equalBytes(own.participant, seat.participant) && own.status === "SUSPENDED";
  check(isItsOwn && others.length === 0, "SEAT_TAKEN");
  admit(ctx, { ...seat, replaces: own.key });
}

/** `validator.remove`. Declare events `leaving` and `dropped`. */
export function removeSeat(ctx: Context, participant: Id<"acct">): void {
  const seats = seatsOf(ctx, participant);
  check(seats.length > 0, "NOT_FOUND");
  const current = seats.find((it) => isCurrent(ctx, it));
  if (current === undefined) {
    for (const seat of seats) drop(ctx, seat);
    return;
  }
  check(current.status !== "LEAVING", "WRONG_STATUS");
  const staying = membersOf(ctx).filter((it) => isCurrent(ctx, it) && it.status !== "LEAVING");
  // The set would be empty, or never be changed again.
  check(staying.length > 1, "LAST_VALIDATOR");
  for (const seat of seats) if (seat !== current) drop(ctx, seat);
  removeValidator(ctx, current.key);
  ctx.emit(leaving, { key: current.key, participant });
}

function drop(ctx: Context, { key, participant }: Member): void {
  removeValidator(ctx, key);
  ctx.emit(dropped, { key, participant });
}

export const joiningEnds = timer({
  name: "validator.joiningEnds",
  number: 1002,
  fields: { key: publicKey },
  guard: "not ready though its lane has run for a day → dropped; while it waits for a place: looked at again",
  codes: [],
  events: [dropped],
  run(ctx, { key }) {
    const record = ctx.get(validators, key);
    if (record === undefined) return;
    const { status, runsSince } = record;
    if (status !== "WAITING" && status !== "JOINING") return;
    const end = addNanos(runsSince ?? ctx.now, JOINING_TERM);
    if (end > ctx.now) ctx.setTimer(joiningEnds, end, { key });
    else drop(ctx, { key, ...record });
  },
});

export const declare = operation({
  name: "validator.ready",
  number: 1010,
  fields: { key: publicKey },
  who: "the joiner's participant",
  guard:
    "JOINING; its lane has run beside the set's for the life of a stamp → READY: comes with the next epoch",
  codes: ["NOT_YET_VALID"],
  events: [ready],
  by: ["key"],
  since: 1,
  run(ctx, { key }) {
    const { participant } = ctx.need(validators, key);
    check(equalBytes(participant, ctx.acting), "NOT_YOURS");
    declareReady(ctx, key, ctx.now);
    ctx.emit(ready, { key, participant });
  },
});

export const rotate = operation({
  name: "validator.rotate",
  number: 1011,
  fields: { key: publicKey, newKey: publicKey, proof: binary(SIGNATURE_BYTES) },
  who: "the validator's participant",
  guard:
    "key ACTIVE and not on its way out; newKey new, possession proven; none on its way in for this seat → it joins as every joiner does, and when it is ready both change places with the next epoch",
  codes: ["SEAT_TAKEN"],
  events: [admitted],
  by: ["key"],
  since: 1,
  run(ctx, { key, newKey, proof }) {
    const { participant, status } = ctx.need(validators, key);
    check(equalBytes(participant, ctx.acting), "NOT_YOURS");
    // One that evidence has suspended would wash itself clean.
    check(status === "ACTIVE", "WRONG_STATUS");
    if (seatsOf(ctx, participant).length > 1) refuse("SEAT_TAKEN");
    admit(ctx, { participant, key: newKey, proof, replaces: key });
  },
});
