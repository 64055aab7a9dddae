/**
 * G-6: evidence. Anybody brings it, and the state checks it to the last byte: two signed batches of one lane and one
 * number, one that breaks S-1 by itself, or two votes of one phase, view and height. What a correct validator never
 * signs, nobody can make up; so it suspends at once, without a vote.
 *
 * Attacks. Two batches so large that no transaction takes both: the first is left as a deposit, its digest for an
 * hour, and the other brought against it; each submitter has deposits of its own, so nobody can push out another's.
 * Evidence once more, or from another chain, or against a key that is out of the set (a key rotated away because it
 * was stolen must not harm its owner): refused.
 */
import { addNanos, equalBytes, HOUR, type Nanos, type SignedItem, variant } from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { setOf, suspendValidator, validators } from "../../validators.ts";
import { closeObject, openObject } from "../identity/guards.ts";
import { acct, publicKey } from "../identity/records.ts";
import { deposited, dropped, type OFFENCES, suspended } from "./events.ts";
import { deposits } from "./records.ts";
import {
  batchDigest,
  breaksPromise,
  type DoubleVote,
  doubleVote,
  isSameDigest,
  type SignedBatch,
  signedBatch,
  voteDigest,
} from "./statements.ts";

export const DEPOSIT_TERM: Nanos = HOUR;

type Offence = (typeof OFFENCES)[number];

/** Before any signature is looked at. */
function needAccusable(ctx: Context, key: Uint8Array): void {
  check(ctx.need(validators, key).suspendedAt === undefined, "DUPLICATE");
}

function needSigned(ctx: Context, items: readonly SignedItem[]): void {
  for (const item of items) check(ctx.chain.verifier.verify(item), "EVIDENCE_UNSIGNED");
}

function signedItem(ctx: Context, batch: SignedBatch): SignedItem {
  const message = batchDigest(ctx.chain, batch);
  return { algorithm: "ed25519", publicKey: batch.lane, message, signature: batch.signature };
}

function suspend(ctx: Context, key: Uint8Array, offence: Offence): void {
  const { participant } = ctx.need(validators, key);
  const before = setOf(ctx).members;
  const { height } = ctx;
  suspendValidator(ctx, key, height);
  ctx.emit(suspended, { key, participant, offence, height });
  // What was to replace it went with it.
  const after = setOf(ctx).members;
  const gone = before.find((it) => !equalBytes(it, key) && !after.some((other) => equalBytes(it, other)));
  if (gone !== undefined) ctx.emit(dropped, { key: gone, participant });
}

export const depositEnds = timer({
  name: "evidence.depositEnds",
  number: 1003,
  fields: { lane: publicKey, by: acct },
  guard: "nothing was brought against it → gone",
  codes: [],
  events: [],
  run(ctx, place) {
    ctx.remove(deposits, place);
    closeObject(ctx, place.by);
  },
});

export const deposit = operation({
  name: "evidence.deposit",
  number: 1020,
  fields: { batch: signedBatch },
  who: "anyone",
  guard:
    "signed by a validator or joiner that isn't suspended → its epoch, number and digest are kept for an hour, instead of what the same submitter has deposited of the lane; ⏱",
  codes: ["EVIDENCE_UNSIGNED"],
  events: [deposited],
  since: 1,
  run(ctx, { batch }) {
    const { lane, epoch, seq } = batch;
    needAccusable(ctx, lane);
    needSigned(ctx, [signedItem(ctx, batch)]);
    const place = { lane, by: ctx.acting };
    const before = ctx.get(deposits, place);
    if (before === undefined) openObject(ctx, ctx.acting);
    else ctx.cancelTimer(depositEnds, before.until, place);
    const until = addNanos(ctx.now, DEPOSIT_TERM);
    ctx.put(deposits, place, { epoch, seq, digest: batchDigest(ctx.chain, batch), until });
    ctx.setTimer(depositEnds, until, place);
    ctx.emit(deposited, { ...place, epoch, until });
  },
});

export const proofSchema = variant({
  /** Two batches of one lane and number, whatever their epochs. */
  batches: [1, { first: signedBatch, second: signedBatch }],
  /** One that breaks S-1 by itself, or contradicts what the submitter has deposited. */
  batch: [2, { batch: signedBatch }],
  votes: [3, { votes: doubleVote }],
});

function judgeBatches(ctx: Context, first: SignedBatch, second: SignedBatch): void {
  needAccusable(ctx, first.lane);
  const [a, b] = [signedItem(ctx, first), signedItem(ctx, second)];
  const isDouble = equalBytes(first.lane, second.lane) && first.seq === second.seq;
  check(isDouble && !equalBytes(a.message, b.message), "EVIDENCE_INVALID");
  needSigned(ctx, [a, b]);
  suspend(ctx, first.lane, "doubleBatch");
}

function judgeBatch(ctx: Context, batch: SignedBatch): void {
  needAccusable(ctx, batch.lane);
  const item = signedItem(ctx, batch);
  const offence = breaksPromise(batch) ? "brokenBatch" : offenceAgainstDeposit(ctx, batch);
  needSigned(ctx, [item]);
  suspend(ctx, batch.lane, offence);
}

function offenceAgainstDeposit(ctx: Context, batch: SignedBatch): Offence {
  const place = { lane: batch.lane, by: ctx.acting };
  const known = ctx.get(deposits, place);
  if (known === undefined) return refuse("EVIDENCE_INVALID");
  const isDouble = known.seq === batch.seq && !isSameDigest(known.digest, batchDigest(ctx.chain, batch));
  check(isDouble && ctx.now <= known.until, "EVIDENCE_INVALID");
  ctx.remove(deposits, place);
  ctx.cancelTimer(depositEnds, known.until, place);
  closeObject(ctx, ctx.acting);
  return "doubleBatch";
}

function judgeVotes(ctx: Context, votes: DoubleVote): void {
  const { key, first, second } = votes;
  needAccusable(ctx, key);
  check(!isSameDigest(first.digest, second.digest), "EVIDENCE_INVALID");
  const sides = [first, second].map(({ digest, signature }) => {
    const message = voteDigest(ctx.chain, votes, digest);
    return { algorithm: "ed25519", publicKey: key, message, signature } as const;
  });
  needSigned(ctx, sides);
  suspend(ctx, key, "doubleVote");
}

export const submit = operation({
  name: "evidence.submit",
  number: 1021,
  fields: { proof: proofSchema },
  who: "anyone",
  guard:
    "against a validator or joiner that isn't suspended; both signatures good; two batches of one lane and number, or two votes of one phase, epoch, view and height, that differ; or a batch that breaks S-1 by itself, or contradicts the submitter's deposit → suspended from the next epoch on, and what was to replace it dropped; a joiner is dropped at once",
  codes: ["EVIDENCE_INVALID", "EVIDENCE_UNSIGNED"],
  events: [suspended, dropped],
  since: 1,
  run(ctx, { proof: given }) {
    switch (given.kind) {
      case "batches":
        return judgeBatches(ctx, given.first, given.second);
      case "batch":
        return judgeBatch(ctx, given.batch);
      case "votes":
        return judgeVotes(ctx, given.votes);
    }
  },
});
