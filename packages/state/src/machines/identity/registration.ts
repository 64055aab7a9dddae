/**
 * I-1: how a participant comes in.
 *
 *   a registrar:  – → VERIFIED
 *   oneself, where the parameter selfRegistration opens it:  – → UNVERIFIED → (verify) VERIFIED
 */
import {
  binary,
  concatBytes,
  digestSchema,
  equalBytes,
  type Id,
  optional,
  SIGNATURE_BYTES,
  text,
  where,
} from "@touchmark/core";
import { operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { changeParticipant } from "./change.ts";
import { registered, verified } from "./events.ts";
import { needIndependent, needRole } from "./guards.ts";
import { claimKey } from "./key-registry.ts";
import { newParticipant } from "./new-participant.ts";
import { acct, participants, publicKey } from "./records.ts";

export const proofSchema = binary(SIGNATURE_BYTES);
const countryCode = where(text(2, 2), (code) => /^[A-Z]{2}$/.test(code));

/**
 * I-2: what the first key's proof names: the legal digest and the registrar, so that no other registrar can take the
 * proof out of the gossip and become this participant's registrar.
 */
export function servesOfFirstKey(legalDigest: Uint8Array, registrar: Id<"acct"> | undefined): Uint8Array {
  return registrar === undefined ? legalDigest : concatBytes(legalDigest, registrar);
}

export const register = operation({
  name: "participant.register",
  number: 100,
  fields: {
    key: publicKey,
    proof: proofSchema,
    legalDigest: digestSchema,
    name: optional(text(1, 64)),
    country: countryCode,
  },
  who: "registrar; or anyone by its own new key, where selfRegistration is 1",
  guard: "key new and fit, possession proven → VERIFIED; by oneself → UNVERIFIED",
  codes: ["REGISTRATION_CLOSED"],
  events: [registered],
  by: ["key", "stranger"],
  since: 1,
  run(ctx, { key, proof, legalDigest, name, country }) {
    const isByItself = ctx.via === "stranger";
    if (isByItself) {
      check(ctx.parameter("selfRegistration") === 1, "REGISTRATION_CLOSED");
      check(equalBytes(key, ctx.sender), "NOT_YOURS");
    } else {
      needRole(ctx, ctx.acting, "registrar");
    }
    const by = isByItself ? undefined : ctx.acting;
    const id = ctx.newId("acct");
    const serves = servesOfFirstKey(legalDigest, by);
    claimKey(ctx, { algorithm: "ed25519", key, record: { kind: "participant", id }, serves, proof });
    const status = isByItself ? "UNVERIFIED" : "VERIFIED";
    const given = { key, legalDigest, name, country, status, registrar: by } as const;
    ctx.put(participants, id, newParticipant(given));
    ctx.emit(registered, { participant: id, key, legalDigest, name, country, by });
  },
});

export const verify = operation({
  name: "participant.verify",
  number: 101,
  fields: { participant: acct },
  who: "registrar",
  guard: "UNVERIFIED, independent of the registrar → VERIFIED; the registrar is its own from here on",
  codes: [],
  events: [verified],
  by: ["key"],
  since: 1,
  run(ctx, { participant: id }) {
    needRole(ctx, ctx.acting, "registrar");
    const { status } = ctx.need(participants, id);
    check(status === "UNVERIFIED", "WRONG_STATUS");
    needIndependent(ctx, ctx.acting, id);
    changeParticipant(ctx, id, { status: "VERIFIED", registrar: ctx.acting });
    ctx.emit(verified, { participant: id, by: ctx.acting });
  },
});
