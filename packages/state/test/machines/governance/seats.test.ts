import { addNanos, bytesToKey, DAY, must, Nanos } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { JOINING_TERM } from "../../../src/machines/governance/seats.ts";
import { keys, type Role } from "../../../src/machines/identity/records.ts";
import { readAll } from "../../../src/reader.ts";
import { genesisBodyOf } from "../../support/genesis.ts";
import { codeOf, eventsOf, Ledger } from "../../support/ledger.ts";
import { digestOf, keyOf } from "../../support/parties.ts";
import {
  addition,
  currentSet,
  doubleVote,
  enact,
  open,
  openedBy,
  proofOf,
  READY_AFTER,
  ready,
  recordOf,
  rotate,
  statusOf,
  validatedBy,
  validatorKey,
  vote,
} from "./support.ts";

/** A ledger on which Ada and Ben may validate too. */
function ledgerWithCertifiers(...validating: readonly string[]): Ledger {
  const extra: Readonly<Record<string, readonly Role[]>> = { Ada: ["certifier"], Ben: ["registrar"] };
  const participants = genesisBodyOf().participants.map((it) => ({
    ...it,
    roles: extra[it.name ?? ""] ?? it.roles,
  }));
  const validators = validating.length === 0 ? {} : validatedBy(...validating).genesis;
  return new Ledger({ genesis: { participants, ...validators } });
}

function remove(ledger: Ledger, name: string, voters?: readonly string[]): string {
  return enact(ledger, { kind: "validator.remove", participant: ledger.id(name) }, voters);
}

function turn(ledger: Ledger): readonly Uint8Array[] {
  ledger.newEpoch();
  ledger.wait(1n);
  return currentSet(ledger);
}

function has(set: readonly Uint8Array[], key: Uint8Array): boolean {
  return set.some((it) => bytesToKey(it) === bytesToKey(key));
}

function suspend(ledger: Ledger, name: string): void {
  const votes = doubleVote(ledger, `validator of ${name}`);
  const receipt = ledger.send("Cy", { kind: "evidence.submit", proof: { kind: "votes", votes } });
  expect(codeOf(receipt)).toBe("ok");
}

describe("joining", () => {
  test("E-2 a voted joiner runs for the life of a stamp, declares itself ready, and comes with the next epoch", () => {
    const ledger = ledgerWithCertifiers();
    expect(enact(ledger, addition(ledger, "Ada", "ada-node"))).toBe("EXECUTED");
    const admitted = must(recordOf(ledger, keyOf("ada-node")), "record");
    expect(admitted.status).toBe("JOINING");
    expect(ledger.wait(1n).joiners).toEqual([keyOf("ada-node")]);
    const runs = must(admitted.runsSince, "time");
    const declare = (time: bigint, by = "Ada") =>
      codeOf(
        ledger.sendAny({
          by,
          time: Nanos.of(time),
          ops: [{ kind: "validator.ready", key: keyOf("ada-node") }],
        }),
      );
    expect(declare(runs + READY_AFTER - 1n)).toBe("NOT_YET_VALID");
    expect(declare(runs + READY_AFTER, "Ben")).toBe("NOT_YOURS");
    expect(declare(runs + READY_AFTER)).toBe("ok");
    expect(declare(runs + READY_AFTER + 1n)).toBe("WRONG_STATUS");
    expect(ledger.wait(1n).nextValidators).toHaveLength(5);
    expect(has(turn(ledger), keyOf("ada-node"))).toBe(true);
    expect(recordOf(ledger, keyOf("ada-node"))?.status).toBe("ACTIVE");
    expect(codeOf(open(ledger, "Ada", { kind: "currency.pause", currency: "EUR" }))).toBe("ok");
  });

  test("E-2 while another's lane has the place at n = 4, one waits, and its time begins when it gets it", () => {
    const ledger = ledgerWithCertifiers();
    enact(ledger, addition(ledger, "Ada", "ada-node"));
    enact(ledger, addition(ledger, "Ben", "ben-node"));
    expect(ledger.wait(READY_AFTER).joiners).toEqual([keyOf("ada-node")]);
    expect(codeOf(ready(ledger, "Ben", "ben-node"))).toBe("WRONG_STATUS");
    ready(ledger, "Ada", "ada-node");
    turn(ledger);
    expect(recordOf(ledger, keyOf("ben-node"))?.status).toBe("JOINING");
    expect(codeOf(ready(ledger, "Ben", "ben-node"))).toBe("NOT_YET_VALID");
    ledger.wait(READY_AFTER);
    expect(codeOf(ready(ledger, "Ben", "ben-node"))).toBe("ok");
  });

  test("G-4 one that isn't ready a day after its lane began to run is dropped, and the next one runs", () => {
    const ledger = ledgerWithCertifiers();
    enact(ledger, addition(ledger, "Ada", "ada-node"));
    enact(ledger, addition(ledger, "Ben", "ben-node"));
    const begun = must(recordOf(ledger, keyOf("ada-node"))?.runsSince, "time");
    ledger.wait(begun + JOINING_TERM - 1n - ledger.now);
    expect(recordOf(ledger, keyOf("ada-node"))?.status).toBe("JOINING");
    expect(ledger.wait(1n).receipts.flatMap(eventsOf)).toEqual(["validator.dropped"]);
    expect(recordOf(ledger, keyOf("ada-node"))).toBeUndefined();
    // The other one has waited through no fault of its own.
    const next = must(recordOf(ledger, keyOf("ben-node")), "record");
    expect([next.status, next.runsSince]).toEqual(["JOINING", addNanos(begun, DAY)]);
    ledger.wait(JOINING_TERM);
    expect(recordOf(ledger, keyOf("ben-node"))).toBeUndefined();
  });

  test("G-4 one that is ready isn't dropped", () => {
    const ledger = ledgerWithCertifiers();
    enact(ledger, addition(ledger, "Ada", "ada-node"));
    ledger.wait(READY_AFTER);
    ready(ledger, "Ada", "ada-node");
    ledger.wait(2n * JOINING_TERM);
    expect(recordOf(ledger, keyOf("ada-node"))?.status).toBe("READY");
  });

  test("G-4 a seat takes a registrar or certifier, a fit new key, and its holder's word", () => {
    const ledger = ledgerWithCertifiers();
    const code = (action: ReturnType<typeof addition>) => codeOf(open(ledger, "Reg", action));
    expect(code(addition(ledger, "Mia", "mia-node"))).toBe("ROLE_MISSING");
    const good = addition(ledger, "Ada", "ada-node");
    expect(code({ ...good, participant: ledger.id("Ben") } as typeof good)).toBe("POSSESSION_UNPROVEN");
    expect(code({ ...good, key: keyOf("Cy") } as typeof good)).toBe("KEY_USED");
    expect(code({ ...good, key: validatorKey("Reg") } as typeof good)).toBe("KEY_USED");
    expect(code({ ...good, key: new Uint8Array(32) } as typeof good)).toBe("KEY_UNFIT");
    expect(code(good)).toBe("ok");
  });

  test("G-1 a rehearsal claims no key, sets no timer and tells no event", () => {
    const ledger = ledgerWithCertifiers();
    const receipt = open(ledger, "Reg", addition(ledger, "Ada", "ada-node"));
    expect(eventsOf(receipt)).toEqual(["proposal.opened", "proposal.voted"]);
    expect(ledger.view.get(keys, keyOf("ada-node"))).toBeUndefined();
    expect(recordOf(ledger, keyOf("ada-node"))).toBeUndefined();
    const timers = [...readAll(ledger.store, ledger.registry.timerSpace)].map(([, it]) => it.kind);
    expect(timers).toEqual(["proposal.closes"]);
  });

  test("G-4 a legal person has one seat", () => {
    const twin = digestOf("register entry of Reg");
    const participants = genesisBodyOf().participants.map((it) =>
      it.name === "Ada" ? { ...it, legalDigest: twin, roles: ["certifier" as const] } : it,
    );
    const ledger = new Ledger({ genesis: { participants } });
    expect(codeOf(open(ledger, "Reg", addition(ledger, "Ada", "ada-node")))).toBe("SEAT_TAKEN");
    expect(codeOf(open(ledger, "Reg", addition(ledger, "Reg", "second")))).toBe("SEAT_TAKEN");
  });

  test("G-4 two proposals for one legal person give one seat", () => {
    const participants = genesisBodyOf().participants.map((it) =>
      it.name === "Ada" || it.name === "Ben"
        ? { ...it, legalDigest: digestOf("one firm"), roles: ["certifier" as const] }
        : it,
    );
    const ledger = new Ledger({ genesis: { participants } });
    const [a, b] = ["Ada", "Ben"].map((it) =>
      openedBy(open(ledger, "Reg", addition(ledger, it, `${it}-node`))),
    );
    for (const by of ["Reg2", "Cert"]) {
      for (const id of [a, b]) if (id !== undefined) vote(ledger, by, id);
    }
    ledger.wait(1n);
    expect([a, b].map((id) => statusOf(ledger, must(id, "id")))).toEqual(["EXECUTED", "FAILED"]);
  });

  test("G-4 a key that was dropped never comes again", () => {
    const ledger = ledgerWithCertifiers();
    enact(ledger, addition(ledger, "Ada", "ada-node"));
    remove(ledger, "Ada");
    expect(codeOf(open(ledger, "Reg", addition(ledger, "Ada", "ada-node")))).toBe("KEY_USED");
    expect(codeOf(open(ledger, "Reg", addition(ledger, "Ada", "ada-node-2")))).toBe("ok");
  });
});

describe("leaving", () => {
  test("G-4 one that is removed goes with the next epoch", () => {
    const ledger = new Ledger();
    expect(remove(ledger, "Cert2")).toBe("EXECUTED");
    expect(has(currentSet(ledger), validatorKey("Cert2"))).toBe(true);
    expect(ledger.wait(1n).nextValidators).toHaveLength(3);
    expect(has(turn(ledger), validatorKey("Cert2"))).toBe(false);
    expect(codeOf(open(ledger, "Reg", { kind: "validator.remove", participant: ledger.id("Cert2") }))).toBe(
      "NOT_FOUND",
    );
  });

  test("E-1 of two that are removed at n = 4, one goes with each epoch", () => {
    const ledger = new Ledger();
    remove(ledger, "Cert2");
    remove(ledger, "Cert");
    expect(codeOf(open(ledger, "Reg", { kind: "validator.remove", participant: ledger.id("Cert") }))).toBe(
      "WRONG_STATUS",
    );
    expect(turn(ledger)).toHaveLength(3);
    expect(turn(ledger)).toHaveLength(2);
    expect(turn(ledger)).toHaveLength(2);
  });

  test("E-1 the last one that stays isn't removed", () => {
    const ledger = new Ledger(validatedBy("Reg", "Reg2"));
    const both = ["Reg", "Reg2"];
    expect(remove(ledger, "Reg2", both)).toBe("EXECUTED");
    expect(codeOf(open(ledger, "Reg", { kind: "validator.remove", participant: ledger.id("Reg") }))).toBe(
      "LAST_VALIDATOR",
    );
    expect(turn(ledger)).toHaveLength(1);
  });

  test("G-4 no rotation saves a seat that is voted out: not before, not during, not after the vote", () => {
    for (const when of ["before", "during", "after"] as const) {
      const ledger = new Ledger();
      if (when === "before") rotate(ledger, "Cert2", "escape");
      const id = openedBy(open(ledger, "Reg", { kind: "validator.remove", participant: ledger.id("Cert2") }));
      if (when === "during") rotate(ledger, "Cert2", "escape");
      for (const by of ["Reg2", "Cert"]) vote(ledger, by, id);
      ledger.wait(1n);
      expect(statusOf(ledger, id)).toBe("EXECUTED");
      if (when === "after") expect(codeOf(rotate(ledger, "Cert2", "escape"))).toBe("WRONG_STATUS");
      expect(recordOf(ledger, keyOf("escape"))).toBeUndefined();
      ledger.wait(READY_AFTER);
      expect(codeOf(ready(ledger, "Cert2", "escape"))).toBe("NOT_FOUND");
      expect(turn(ledger)).toHaveLength(3);
    }
  });

  test("G-4 no rotation that is over saves it either", () => {
    const ledger = new Ledger();
    const id = openedBy(open(ledger, "Reg", { kind: "validator.remove", participant: ledger.id("Cert2") }));
    rotate(ledger, "Cert2", "escape");
    ledger.wait(READY_AFTER);
    ready(ledger, "Cert2", "escape");
    expect(has(turn(ledger), keyOf("escape"))).toBe(true);
    for (const by of ["Reg2", "Cert"]) vote(ledger, by, id);
    ledger.wait(1n);
    expect(has(turn(ledger), keyOf("escape"))).toBe(false);
    expect(currentSet(ledger)).toHaveLength(3);
  });
});

describe("rotating", () => {
  test("G-4 old and new key change places with one epoch", () => {
    const ledger = new Ledger();
    expect(eventsOf(rotate(ledger, "Reg", "new"))).toEqual(["validator.admitted"]);
    ledger.wait(READY_AFTER);
    expect(ledger.wait(1n).nextValidators).toBeUndefined();
    expect(codeOf(ready(ledger, "Reg", "new"))).toBe("ok");
    const set = turn(ledger);
    expect([has(set, keyOf("new")), has(set, validatorKey("Reg")), set.length]).toEqual([true, false, 4]);
    expect(recordOf(ledger, validatorKey("Reg"))).toBeUndefined();
    expect(recordOf(ledger, keyOf("new"))?.replaces).toBeUndefined();
  });

  test("G-4 only its holder rotates, with a new key that it holds, one at a time", () => {
    const ledger = new Ledger();
    expect(codeOf(rotate(ledger, "Ada", "new", validatorKey("Reg")))).toBe("NOT_YOURS");
    expect(codeOf(rotate(ledger, "Reg", "new", keyOf("nobody")))).toBe("NOT_FOUND");
    const proof = proofOf(ledger, "other", ledger.id("Reg"));
    const op = { kind: "validator.rotate", key: validatorKey("Reg"), newKey: keyOf("new"), proof } as const;
    expect(codeOf(ledger.send("Reg", op))).toBe("POSSESSION_UNPROVEN");
    expect(codeOf(rotate(ledger, "Reg", "Cy"))).toBe("KEY_USED");
    expect(codeOf(rotate(ledger, "Reg", "new"))).toBe("ok");
    expect(codeOf(rotate(ledger, "Reg", "newer"))).toBe("SEAT_TAKEN");
    expect(codeOf(rotate(ledger, "Reg", "newer", keyOf("new")))).toBe("WRONG_STATUS");
  });

  test("G-4 a rotation that isn't voted for waits behind joiners that are", () => {
    const ledger = ledgerWithCertifiers();
    enact(ledger, addition(ledger, "Ben", "ben-node"));
    rotate(ledger, "Reg", "new");
    enact(ledger, addition(ledger, "Ada", "ada-node"));
    remove(ledger, "Ben");
    expect(recordOf(ledger, keyOf("ada-node"))?.status).toBe("JOINING");
    expect(recordOf(ledger, keyOf("new"))?.status).toBe("WAITING");
  });

  test("G-4 at n = 1 the only one rotates too", () => {
    const ledger = new Ledger(validatedBy("Reg"));
    rotate(ledger, "Reg", "new");
    ledger.wait(READY_AFTER);
    ready(ledger, "Reg", "new");
    expect(turn(ledger)).toEqual([keyOf("new")]);
  });
});

describe("suspended by evidence", () => {
  test("G-6 its key on the way in goes too, and it doesn't rotate itself clean", () => {
    const ledger = new Ledger();
    rotate(ledger, "Reg", "escape");
    ledger.wait(READY_AFTER);
    ready(ledger, "Reg", "escape");
    suspend(ledger, "Reg");
    expect(recordOf(ledger, keyOf("escape"))).toBeUndefined();
    expect(codeOf(rotate(ledger, "Reg", "another"))).toBe("WRONG_STATUS");
    expect(has(turn(ledger), validatorKey("Reg"))).toBe(true);
    expect(ledger.wait(1n).suspended).toEqual([validatorKey("Reg")]);
  });

  test("G-6 it comes back with a new key by vote only, in its old one's place", () => {
    const ledger = new Ledger();
    suspend(ledger, "Reg");
    const others = ["Reg2", "Cert", "Cert2"];
    expect(enact(ledger, addition(ledger, "Reg", "second"), others)).toBe("EXECUTED");
    expect(codeOf(open(ledger, "Reg2", addition(ledger, "Reg", "third")))).toBe("SEAT_TAKEN");
    ledger.wait(READY_AFTER);
    ready(ledger, "Reg", "second");
    const set = turn(ledger);
    expect([has(set, keyOf("second")), has(set, validatorKey("Reg")), set.length]).toEqual([true, false, 4]);
    expect(codeOf(open(ledger, "Reg", { kind: "currency.pause", currency: "EUR" }))).toBe("ok");
    expect(ledger.wait(1n).suspended).toEqual([]);
  });

  test("G-6 or it is removed", () => {
    const ledger = new Ledger();
    suspend(ledger, "Reg");
    expect(remove(ledger, "Reg", ["Reg2", "Cert", "Cert2"])).toBe("EXECUTED");
    expect(turn(ledger)).toHaveLength(3);
  });
});
