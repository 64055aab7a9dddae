import { addNanos, type Id, must, Nanos } from "@touchmark/core";
import { expect } from "vitest";
import type { Op } from "../../../src/machines/all.ts";
import { identityViolations } from "../../../src/machines/identity/invariants.ts";
import { possessionDigest } from "../../../src/machines/identity/key-registry.ts";
import { servesOfColdKey } from "../../../src/machines/identity/own-keys.ts";
import { type Participant, participants } from "../../../src/machines/identity/records.ts";
import { servesOfFirstKey } from "../../../src/machines/identity/registration.ts";
import type { Receipt } from "../../../src/receipt.ts";
import { codeOf, eventsOf, type Ledger } from "../../support/ledger.ts";
import { digestOf, keyOf, signerOf } from "../../support/parties.ts";

/** The proof that the holder of a key, by its name in a story, gives for it. */
export function proofOf(
  ledger: Ledger,
  owner: "participant" | "machine" | "session",
  key: string,
  serves: Uint8Array,
): Uint8Array {
  return signerOf(key).sign(possessionDigest(ledger.chain, owner, keyOf(key), serves));
}

/** Fields of a registration by a registrar, or by oneself. */
export function registration(ledger: Ledger, name: string, registrar: string | undefined) {
  const legalDigest = digestOf(`register entry of ${name}`);
  const by = registrar === undefined ? undefined : ledger.id(registrar);
  const proof = proofOf(ledger, "participant", name, servesOfFirstKey(legalDigest, by));
  const key = keyOf(name);
  return { kind: "participant.register", key, proof, legalDigest, name, country: "DE" } as const;
}

/** A key for a participant that is there: `key` and `proof`. */
export function newKey(ledger: Ledger, of: Id<"acct">, key: string) {
  return { key: keyOf(key), proof: proofOf(ledger, "participant", key, of) };
}

export function rotation(ledger: Ledger, of: Id<"acct">, key: string) {
  return { kind: "participant.rotate", ...newKey(ledger, of, key) } as const;
}

export function coldKey(ledger: Ledger, of: Id<"acct">, key: string) {
  const proof = proofOf(ledger, "participant", key, servesOfColdKey(of));
  return { kind: "participant.setCold", key: keyOf(key), proof } as const;
}

/** A session of `of` that may transfer up to 100 EUR for a day. */
export function sessionGrant(ledger: Ledger, of: Id<"acct">, key: string, lasts = 86_400_000_000_000n) {
  return {
    kind: "session.grant",
    key: keyOf(key),
    proof: proofOf(ledger, "session", key, of),
    ops: [520],
    objects: undefined,
    limits: [{ currency: "EUR", left: 100 }],
    until: later(ledger, lasts),
  } as const;
}

export function machineRegistration(ledger: Ledger, owner: string, key: string, serial = key) {
  return {
    kind: "machine.register",
    type: "instrument",
    model: "CMM 7",
    serial,
    site: "Hall 2",
    region: "DE-BY",
    tags: [],
    key: keyOf(key),
    proof: proofOf(ledger, "machine", key, ledger.id(owner)),
    parent: undefined,
  } as const;
}

export function later(ledger: Ledger, by: bigint): Nanos {
  return addNanos(ledger.now, Nanos.of(by));
}

/** The code of these operations in one transaction. */
export function code(ledger: Ledger, by: string, ...ops: readonly Op[]): string {
  return codeOf(ledger.send(by, ...ops));
}

/** The same at a time of one's own. */
export function codeAt(ledger: Ledger, by: string, time: Nanos, ...ops: readonly Op[]): string {
  return codeOf(ledger.sendAny({ by, ops, time }));
}

export function done(ledger: Ledger, by: string, ...ops: readonly Op[]): void {
  expect(code(ledger, by, ...ops)).toBe("ok");
}

export function participantOf(ledger: Ledger, id: Id<"acct">): Participant {
  return must(ledger.view.get(participants, id), "a participant");
}

/** The names of the events of the last block's transaction. */
export function lastEvents(ledger: Ledger): readonly string[] {
  const receipts = ledger.blocks.at(-1)?.receipts.filter((it) => it.kind === "transaction") ?? [];
  return receipts.flatMap(eventsOf);
}

/** What the transaction's first event says under this name. */
export function made(receipt: Receipt, field: string): Uint8Array {
  expect(codeOf(receipt)).toBe("ok");
  const value = receipt.events[0]?.[field];
  return value instanceof Uint8Array ? value : expect.fail(`no ${field}`);
}

/** No invariant of identity is broken, and no timer was ever refused. */
export function expectSound(ledger: Ledger): void {
  expect(identityViolations(ledger.store, ledger.registry)).toEqual([]);
  const timers = ledger.blocks.flatMap((it) => it.receipts).filter((it) => it.kind === "timer");
  expect(timers.filter((it) => it.refusal !== undefined)).toEqual([]);
}
