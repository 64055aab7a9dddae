import type { Participant } from "./records.ts";

type Given = Pick<Participant, "legalDigest" | "name" | "country" | "key" | "status"> &
  Partial<Pick<Participant, "coldKey" | "roles" | "registrar">>;

/** A participant as it comes into the state, by genesis or by registration: with nothing but what is given. */
export function newParticipant(given: Given): Participant {
  return {
    legalDigest: given.legalDigest,
    name: given.name,
    country: given.country,
    key: given.key,
    lameKey: undefined,
    lameUntil: undefined,
    coldKey: given.coldKey,
    coldPending: undefined,
    roles: given.roles ?? [],
    affiliates: [],
    delegates: [],
    registrar: given.registrar,
    status: given.status,
    suspendedFrom: undefined,
    suspendedUntil: undefined,
    suspensionBarredUntil: undefined,
    openObjects: 0,
    sessionGeneration: 0,
    recovery: undefined,
    recoveryBarredUntil: undefined,
    balances: 0,
    ties: 0,
  };
}
