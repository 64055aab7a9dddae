/**
 * I-4: affiliates are one group where independence is asked for. Both say so, or a registrar does; only a registrar
 * takes it back, so that nobody is independent just for the day of an audit.
 *
 * The other party's consent is a signature in the operation, so nothing is pending in the state.
 */
import {
  addNanos,
  concatBytes,
  DAY,
  type Digest,
  domainDigest,
  Epoch,
  equalBytes,
  type Id,
  Nanos,
  optional,
  tuple,
  u64ToBytes,
} from "@touchmark/core";
import { type Chain, type Context, operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { changeParticipant } from "./change.ts";
import { affiliated, separated } from "./events.ts";
import { needRole } from "./guards.ts";
import { AFFILIATES_MAX, acct, participants } from "./records.ts";
import { proofSchema } from "./registration.ts";

const NO_EPOCH = Epoch.of(0);
/** How far ahead a consent may be given. */
const CONSENT_MAX = Nanos.of(7n * DAY);

interface Pair {
  readonly participant: Id<"acct">;
  readonly other: Id<"acct">;
}

/** What the party that doesn't send the operation signs: who asks, itself, and until when its word holds. */
export function consentDigest(
  chain: Pick<Chain, "chainId" | "hasher">,
  asking: Id<"acct">,
  consenting: Id<"acct">,
  until: Nanos,
): Digest {
  const fields = concatBytes(asking, consenting, u64ToBytes(until));
  return domainDigest(chain.hasher, { type: "affiliation", chainId: chain.chainId, epoch: NO_EPOCH }, fields);
}

const consentSchema = tuple({ until: Nanos.schema, signature: proofSchema });

function isAmong(ids: readonly Id<"acct">[], id: Id<"acct">): boolean {
  return ids.some((it) => equalBytes(it, id));
}

/** 2b: neither suspension nor closing undoes what two are to one another, but nobody closed joins. */
function link(ctx: Context, id: Id<"acct">, to: Id<"acct">): void {
  const { affiliates, status } = ctx.need(participants, id);
  check(status !== "CLOSED", "CLOSED");
  check(affiliates.length < AFFILIATES_MAX, "TOO_MANY_OPEN");
  changeParticipant(ctx, id, { affiliates: [...affiliates, to] });
}

function unlink(ctx: Context, id: Id<"acct">, from: Id<"acct">): void {
  const { affiliates } = ctx.need(participants, id);
  changeParticipant(ctx, id, { affiliates: affiliates.filter((it) => !equalBytes(it, from)) });
}

export const affiliate = operation({
  name: "participant.affiliate",
  number: 104,
  fields: { participant: acct, other: acct, consent: optional(consentSchema) },
  who: "one of the two with the other's consent; or a registrar",
  guard: "not affiliated yet; consent: signed by the other's key, now ≤ until ≤ now + 7 d → affiliated",
  codes: ["SAME_PARTY", "CONSENT_UNPROVEN"],
  events: [affiliated],
  by: ["key"],
  since: 1,
  run(ctx, { participant, other, consent }) {
    check(!equalBytes(participant, other), "SAME_PARTY");
    const { affiliates } = ctx.need(participants, participant);
    ctx.need(participants, other);
    if (isAmong([participant, other], ctx.acting)) needConsent(ctx, { participant, other }, consent);
    else needRole(ctx, ctx.acting, "registrar");
    check(!isAmong(affiliates, other), "DUPLICATE");
    link(ctx, participant, other);
    link(ctx, other, participant);
    ctx.emit(affiliated, { participant, other, by: ctx.acting });
  },
});

function needConsent(
  ctx: Context,
  { participant, other }: Pair,
  consent: { readonly until: Nanos; readonly signature: Uint8Array } | undefined,
): void {
  check(consent !== undefined, "CONSENT_UNPROVEN");
  const { until, signature } = consent;
  check(ctx.now <= until, "DEADLINE_PASSED");
  check(until <= addNanos(ctx.now, CONSENT_MAX), "DEADLINE_OUT_OF_BOUNDS");
  const asked = equalBytes(ctx.acting, participant) ? other : participant;
  const { key: publicKey, status } = ctx.need(participants, asked);
  // Who is suspended does nothing but leave, and this isn't leaving.
  check(status !== "SUSPENDED", "NOT_VERIFIED");
  const message = consentDigest(ctx.chain, ctx.acting, asked, until);
  const isSigned = ctx.chain.verifier.verify({ algorithm: "ed25519", publicKey, message, signature });
  check(isSigned, "CONSENT_UNPROVEN");
}

export const separate = operation({
  name: "participant.separate",
  number: 105,
  fields: { participant: acct, other: acct },
  who: "registrar, who is neither of the two",
  guard: "affiliated → no more",
  codes: [],
  events: [separated],
  by: ["key"],
  since: 1,
  run(ctx, { participant, other }) {
    needRole(ctx, ctx.acting, "registrar");
    check(!isAmong([participant, other], ctx.acting), "NOT_INDEPENDENT");
    ctx.need(participants, other);
    check(isAmong(ctx.need(participants, participant).affiliates, other), "NOT_FOUND");
    unlink(ctx, participant, other);
    unlink(ctx, other, participant);
    ctx.emit(separated, { participant, other, by: ctx.acting });
  },
});
