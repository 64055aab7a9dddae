import { addNanos, must, Nanos, SECOND, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { hasRole, isIndependent, needVerified } from "../../src/machines/identity/guards.ts";
import { claimKey, possessionDigest } from "../../src/machines/identity/key-registry.ts";
import { delegations, keys, type Participant, participants } from "../../src/machines/identity/records.ts";
import { Ledger } from "../support/ledger.ts";
import { digestOf, keyOf, signerOf } from "../support/parties.ts";
import { probe, probeRegistry } from "../support/probe.ts";

const registry = probeRegistry([]);

function change(ledger: Ledger, name: string, changes: Partial<Participant>): void {
  const id = ledger.id(name);
  ledger.plant(participants, id, { ...must(ledger.view.get(participants, id), name), ...changes });
}

function areIndependent(ledger: Ledger, a: string, b: string): boolean {
  const [first, second] = [ledger.id(a), ledger.id(b)];
  const there = isIndependent(ledger.view, first, second, ledger.now);
  expect(isIndependent(ledger.view, second, first, ledger.now)).toBe(there);
  return there;
}

test("L-7 two are independent unless their groups share one: themselves, an affiliate, a legal person, a delegate", () => {
  const ledger = new Ledger();
  expect(areIndependent(ledger, "Mia", "Max")).toBe(true);
  expect(areIndependent(ledger, "Mia", "Mia")).toBe(false);
  change(ledger, "Mia", { affiliates: [ledger.id("Max")] });
  expect(areIndependent(ledger, "Mia", "Max")).toBe(false);
  change(ledger, "Moe", { affiliates: [ledger.id("Max")] });
  expect(areIndependent(ledger, "Mia", "Moe")).toBe(false);
  change(ledger, "Cy", { legalDigest: digestOf("register entry of Max") });
  expect(areIndependent(ledger, "Cy", "Max")).toBe(false);
  expect(areIndependent(ledger, "Cy", "Mia")).toBe(false);
  expect(areIndependent(ledger, "Cy", "Ada")).toBe(true);
});

test("L-8 a delegate is of the group while its delegation holds", () => {
  const ledger = new Ledger();
  const pair = { from: ledger.id("Mia"), to: ledger.id("Ivo") };
  change(ledger, "Mia", { delegates: [pair.to] });
  expect(areIndependent(ledger, "Mia", "Ivo")).toBe(true);
  const scope = { ops: [1], objects: undefined, limits: [], until: ledger.now };
  const id = toId("dlgt", new Uint8Array(20));
  ledger.plant(delegations, pair, { id, accepted: true, ...scope });
  expect(areIndependent(ledger, "Mia", "Ivo")).toBe(false);
  ledger.plant(delegations, pair, { id, accepted: false, ...scope });
  expect(areIndependent(ledger, "Mia", "Ivo")).toBe(true);
  ledger.plant(delegations, pair, { id, accepted: true, ...scope });
  ledger.wait(1n);
  expect(areIndependent(ledger, "Mia", "Ivo")).toBe(true);
});

test("L-7 a role holds up to and with the nanosecond at which it ends", () => {
  const ledger = new Ledger();
  const until = addNanos(ledger.now, Nanos.of(SECOND));
  const roles = [{ role: "maker" as const, by: undefined, until }];
  const mia = { ...must(ledger.view.get(participants, ledger.id("Mia")), "Mia"), roles };
  expect(hasRole(mia, "maker", until)).toBe(true);
  expect(hasRole(mia, "maker", addNanos(until, Nanos.of(1n)))).toBe(false);
  expect(hasRole(mia, "supplier", ledger.now)).toBe(false);
});

test("L-7 who is only registered is not verified", () => {
  const ledger = new Ledger({ registry });
  change(ledger, "Mia", { status: "UNVERIFIED" });
  const of = (name: string) => probe(ledger, "Cy", (ctx) => needVerified(ctx, ledger.id(name)));
  expect([of("Mia"), of("Max")]).toEqual(["NOT_VERIFIED", "ok"]);
});

test("L-7 a key comes into the state once, fit, and by a proof that names what it is for and whom it serves", () => {
  const ledger = new Ledger({ registry });
  const [cy, mia] = [ledger.id("Cy"), ledger.id("Mia")];
  const prove = (purpose: "participant" | "machine", serves: Uint8Array) =>
    signerOf("new").sign(possessionDigest(ledger.chain, purpose, keyOf("new"), serves));
  const claim = (key: Uint8Array, signature: Uint8Array) =>
    probe(ledger, "Cy", (ctx) =>
      claimKey(ctx, {
        algorithm: "ed25519",
        key,
        record: { kind: "participant", id: cy },
        serves: cy,
        proof: signature,
      }),
    );
  const proof = prove("participant", cy);
  expect(claim(keyOf("Mia"), proof)).toBe("KEY_USED");
  expect(claim(new Uint8Array(32), proof)).toBe("KEY_UNFIT");
  expect(claim(keyOf("new"), prove("machine", cy))).toBe("POSSESSION_UNPROVEN");
  expect(claim(keyOf("new"), prove("participant", mia))).toBe("POSSESSION_UNPROVEN");
  expect(claim(keyOf("new"), proof)).toBe("ok");
  expect(ledger.view.get(keys, keyOf("new"))).toEqual({ kind: "participant", id: cy });
  expect(claim(keyOf("new"), proof)).toBe("KEY_USED");
});
