import { addNanos, Epoch, Height, must, Nanos, portableHasher, Seq, toDigest, View } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { DEPOSIT_TERM } from "../../../src/machines/governance/evidence.ts";
import { deposits } from "../../../src/machines/governance/records.ts";
import {
  batchDigest,
  breaksPromise,
  type DoubleVote,
  type SignedBatch,
} from "../../../src/machines/governance/statements.ts";
import { participants } from "../../../src/machines/identity/records.ts";
import { readAll } from "../../../src/reader.ts";
import { envelopeSchema, signTransaction, TRANSACTION_BYTES_MAX } from "../../../src/transaction.ts";
import { codeOf, eventsOf, Ledger } from "../../support/ledger.ts";
import { digestOf, keyOf, signerOf } from "../../support/parties.ts";
import {
  doubleVote,
  READY_AFTER,
  ready,
  recordOf,
  rotate,
  sightings,
  signedBatch,
  validatorKey,
} from "./support.ts";

const REG = "validator of Reg";
const STAMP = 1_780_000_000_000_000_000n;

function submitBatches(ledger: Ledger, first: SignedBatch, second: SignedBatch, by = "Cy") {
  return ledger.send(by, { kind: "evidence.submit", proof: { kind: "batches", first, second } });
}

function submitBatch(ledger: Ledger, batch: SignedBatch, by = "Cy") {
  return ledger.send(by, { kind: "evidence.submit", proof: { kind: "batch", batch } });
}

function submitVotes(ledger: Ledger, votes: DoubleVote, by = "Cy") {
  return ledger.send(by, { kind: "evidence.submit", proof: { kind: "votes", votes } });
}

function deposit(ledger: Ledger, batch: SignedBatch, by = "Cy") {
  return ledger.send(by, { kind: "evidence.deposit", batch });
}

function isSuspended(ledger: Ledger, key = validatorKey("Reg")): boolean {
  return recordOf(ledger, key)?.suspendedAt !== undefined;
}

describe("two batches", () => {
  test("G-6 of one lane and number suspend their validator at once, whoever brings them", () => {
    const ledger = new Ledger();
    const [a, b] = [signedBatch(ledger, REG), signedBatch(ledger, REG, { prev: digestOf("other") })];
    const receipt = submitBatches(ledger, a, b);
    expect(receipt.events).toEqual([
      {
        kind: "validator.suspended",
        key: validatorKey("Reg"),
        participant: ledger.id("Reg"),
        offence: "doubleBatch",
        height: Height.of(1),
      },
    ]);
    const block = must(ledger.blocks.at(-1), "block");
    expect([block.suspends, block.suspended, block.nextValidators]).toEqual([
      true,
      [validatorKey("Reg")],
      undefined,
    ]);
    expect(ledger.wait(1n).suspends).toBe(false);
  });

  test("S-5 whatever their epochs", () => {
    const ledger = new Ledger();
    const later = signedBatch(ledger, REG, { epoch: Epoch.of(9) });
    expect(codeOf(submitBatches(ledger, signedBatch(ledger, REG), later))).toBe("ok");
  });

  test("G-6 that are one, of two numbers, or of two lanes prove nothing", () => {
    const ledger = new Ledger();
    const a = signedBatch(ledger, REG);
    expect(codeOf(submitBatches(ledger, a, a))).toBe("EVIDENCE_INVALID");
    const forged = { ...a, signature: new Uint8Array(64) };
    expect(codeOf(submitBatches(ledger, a, forged))).toBe("EVIDENCE_INVALID");
    expect(codeOf(submitBatches(ledger, a, signedBatch(ledger, REG, { seq: Seq.of(8) })))).toBe(
      "EVIDENCE_INVALID",
    );
    expect(codeOf(submitBatches(ledger, a, signedBatch(ledger, "validator of Cert")))).toBe(
      "EVIDENCE_INVALID",
    );
    expect(isSuspended(ledger)).toBe(false);
  });

  test("G-6 of which one isn't signed, or was signed for another chain, prove nothing", () => {
    const ledger = new Ledger();
    const a = signedBatch(ledger, REG);
    const b = signedBatch(ledger, REG, { prev: digestOf("other") });
    const unsigned = { ...b, signature: b.signature.with(5, (b.signature[5] ?? 0) ^ 1) };
    expect(codeOf(submitBatches(ledger, a, unsigned))).toBe("EVIDENCE_UNSIGNED");
    expect(codeOf(submitBatches(ledger, unsigned, a))).toBe("EVIDENCE_UNSIGNED");
    expect(codeOf(submitBatches(ledger, a, { ...b, head: Nanos.of(b.head + 1n) }))).toBe("EVIDENCE_UNSIGNED");
    const digest = batchDigest({ hasher: portableHasher, chainId: "another-chain" }, b);
    const foreign = { ...b, signature: signerOf(REG).sign(digest) };
    expect(codeOf(submitBatches(ledger, a, foreign))).toBe("EVIDENCE_UNSIGNED");
    expect(isSuspended(ledger)).toBe(false);
  });

  test("G-6 brought once more, or against one that doesn't validate, are refused", () => {
    const ledger = new Ledger();
    const [a, b] = [signedBatch(ledger, REG), signedBatch(ledger, REG, { prev: digestOf("other") })];
    submitBatches(ledger, a, b);
    expect(codeOf(submitBatches(ledger, b, a))).toBe("DUPLICATE");
    expect(codeOf(submitVotes(ledger, doubleVote(ledger, REG)))).toBe("DUPLICATE");
    expect(codeOf(deposit(ledger, a))).toBe("DUPLICATE");
    const [c, d] = [signedBatch(ledger, "Ada"), signedBatch(ledger, "Ada", { prev: digestOf("other") })];
    expect(codeOf(submitBatches(ledger, c, d))).toBe("NOT_FOUND");
    expect(codeOf(deposit(ledger, c))).toBe("NOT_FOUND");
  });
});

describe("one batch", () => {
  test("S-1 that breaks its promise by itself suspends its validator", () => {
    const cases = [
      { head: Nanos.of(STAMP), sightings: sightings(1, STAMP + 1n) },
      { head: Nanos.of(STAMP + 9n), sightings: sightings(2, STAMP, 0n) },
    ];
    for (const changes of cases) {
      const ledger = new Ledger();
      const receipt = submitBatch(ledger, signedBatch(ledger, REG, changes));
      expect(receipt.events[0]).toMatchObject({ kind: "validator.suspended", offence: "brokenBatch" });
    }
  });

  test("S-1 that keeps it proves nothing", () => {
    const ledger = new Ledger();
    const good = { head: Nanos.of(STAMP + 1n), sightings: sightings(2, STAMP) };
    expect(breaksPromise(signedBatch(ledger, REG, good))).toBe(false);
    expect(codeOf(submitBatch(ledger, signedBatch(ledger, REG, good)))).toBe("EVIDENCE_INVALID");
    const broken = signedBatch(ledger, REG, { head: Nanos.of(STAMP), sightings: sightings(1, STAMP + 1n) });
    expect(codeOf(submitBatch(ledger, { ...broken, prev: digestOf("changed") }))).toBe("EVIDENCE_UNSIGNED");
  });
});

describe("deposits", () => {
  test("G-6 two full batches fit no transaction together, and each fits one alone", () => {
    const ledger = new Ledger();
    const full = { sightings: sightings(1_024, STAMP), head: Nanos.of(STAMP + 2_000n) };
    const [a, b] = [
      signedBatch(ledger, REG, full),
      signedBatch(ledger, REG, { ...full, prev: digestOf("other") }),
    ];
    const bytesOf = (op: { readonly kind: string }) =>
      signTransaction(envelopeSchema(ledger.registry), portableHasher, signerOf("Cy"), {
        chainId: ledger.chain.chainId,
        for: undefined,
        at: ledger.now,
        validUntil: ledger.now,
        ops: [op],
      }).length;
    const both = { kind: "evidence.submit", proof: { kind: "batches", first: a, second: b } };
    expect(bytesOf(both)).toBeGreaterThan(TRANSACTION_BYTES_MAX);
    expect(bytesOf({ kind: "evidence.deposit", batch: a } as { kind: string })).toBeLessThan(
      TRANSACTION_BYTES_MAX,
    );
    expect(eventsOf(deposit(ledger, a))).toEqual(["evidence.deposited"]);
    expect(eventsOf(submitBatch(ledger, b))).toEqual(["validator.suspended"]);
    expect([...readAll(ledger.store, deposits)]).toEqual([]);
    expect(ledger.view.get(participants, ledger.id("Cy"))?.openObjects).toBe(0);
  });

  test("G-6 nobody pushes out another's, and one's own is replaced", () => {
    const ledger = new Ledger();
    const a = signedBatch(ledger, REG);
    const b = signedBatch(ledger, REG, { prev: digestOf("other") });
    deposit(ledger, a);
    deposit(ledger, signedBatch(ledger, REG, { seq: Seq.of(9) }), "Ada");
    expect(codeOf(submitBatch(ledger, b, "Ada"))).toBe("EVIDENCE_INVALID");
    deposit(ledger, signedBatch(ledger, REG, { seq: Seq.of(10) }), "Ada");
    expect(ledger.view.get(participants, ledger.id("Ada"))?.openObjects).toBe(1);
    expect(codeOf(submitBatch(ledger, a))).toBe("EVIDENCE_INVALID");
    expect(codeOf(submitBatch(ledger, b))).toBe("ok");
  });

  test("G-6 one is kept for an hour, to the nanosecond", () => {
    const ledger = new Ledger();
    const b = signedBatch(ledger, REG, { prev: digestOf("other") });
    const until = addNanos(addNanos(ledger.now, Nanos.of(1_000_000_000n)), DEPOSIT_TERM);
    deposit(ledger, signedBatch(ledger, REG));
    const op = { kind: "evidence.submit", proof: { kind: "batch", batch: b } };
    ledger.wait(until - 1n - ledger.now);
    expect(isSuspended(ledger)).toBe(false);
    expect(codeOf(ledger.sendAny({ by: "Cy", time: until, ops: [op] }))).toBe("ok");
    const late = new Ledger();
    deposit(late, signedBatch(late, REG));
    const time = Nanos.of(until + 1n);
    expect(codeOf(late.sendAny({ by: "Cy", time, ops: [op] }))).toBe("EVIDENCE_INVALID");
    expect(late.view.get(participants, late.id("Cy"))?.openObjects).toBe(0);
  });

  test("G-6 one that has run out proves nothing, also where its timer is late", () => {
    const ledger = new Ledger({ blockTimersMax: 0 });
    deposit(ledger, signedBatch(ledger, REG));
    const time = Nanos.of(ledger.now + DEPOSIT_TERM + 1n);
    const batch = signedBatch(ledger, REG, { prev: digestOf("other") });
    const op = { kind: "evidence.submit", proof: { kind: "batch", batch } };
    expect(codeOf(ledger.sendAny({ by: "Cy", time, ops: [op] }))).toBe("EVIDENCE_INVALID");
  });

  test("G-6 what isn't signed isn't kept", () => {
    const ledger = new Ledger();
    const forged = { ...signedBatch(ledger, REG), signature: new Uint8Array(64) };
    expect(codeOf(deposit(ledger, forged))).toBe("EVIDENCE_UNSIGNED");
  });
});

describe("two votes", () => {
  test.each(["preprepare", "prepare", "commit"] as const)(
    "G-6 of one %s suspend their validator",
    (phase) => {
      const ledger = new Ledger();
      const receipt = submitVotes(ledger, doubleVote(ledger, REG, { phase }));
      expect(receipt.events[0]).toMatchObject({ kind: "validator.suspended", offence: "doubleVote" });
    },
  );

  test("G-6 of two phases, epochs, views or heights prove nothing, nor does one vote twice", () => {
    const ledger = new Ledger();
    const a = doubleVote(ledger, REG);
    const others = [
      { phase: "commit" as const },
      { epoch: Epoch.of(1) },
      { view: View.of(2) },
      { height: Height.of(13) },
    ];
    for (const changes of others) {
      const b = doubleVote(ledger, REG, changes);
      expect(codeOf(submitVotes(ledger, { ...a, second: b.second }))).toBe("EVIDENCE_UNSIGNED");
    }
    expect(codeOf(submitVotes(ledger, { ...a, second: a.first }))).toBe("EVIDENCE_INVALID");
    const flipped = toDigest(a.second.digest.with(0, (a.second.digest[0] ?? 0) ^ 1));
    expect(codeOf(submitVotes(ledger, { ...a, second: { ...a.second, digest: flipped } }))).toBe(
      "EVIDENCE_UNSIGNED",
    );
    expect(codeOf(submitVotes(ledger, { ...a, key: validatorKey("Cert") }))).toBe("EVIDENCE_UNSIGNED");
    expect(isSuspended(ledger)).toBe(false);
  });
});

describe("against keys on their way", () => {
  test("G-6 a joiner is dropped at once, and the seat that it would have taken stays", () => {
    const ledger = new Ledger();
    rotate(ledger, "Reg", "new");
    const receipt = submitVotes(ledger, doubleVote(ledger, "new"));
    expect(eventsOf(receipt)).toEqual(["validator.suspended"]);
    expect(recordOf(ledger, keyOf("new"))).toBeUndefined();
    expect([recordOf(ledger, validatorKey("Reg"))?.status, isSuspended(ledger)]).toEqual(["ACTIVE", false]);
    expect(codeOf(rotate(ledger, "Reg", "newer"))).toBe("ok");
  });

  test("G-6 with the old key goes what was to replace it", () => {
    const ledger = new Ledger();
    rotate(ledger, "Reg", "new");
    const receipt = submitVotes(ledger, doubleVote(ledger, REG));
    expect(eventsOf(receipt)).toEqual(["validator.suspended", "validator.dropped"]);
    expect(recordOf(ledger, keyOf("new"))).toBeUndefined();
  });

  test("G-6 a key that was rotated away because it was stolen doesn't harm its owner", () => {
    const ledger = new Ledger();
    rotate(ledger, "Reg", "new");
    ledger.wait(READY_AFTER);
    ready(ledger, "Reg", "new");
    ledger.newEpoch();
    ledger.wait(1n);
    expect(codeOf(submitVotes(ledger, doubleVote(ledger, REG)))).toBe("NOT_FOUND");
    expect(isSuspended(ledger, keyOf("new"))).toBe(false);
  });
});
