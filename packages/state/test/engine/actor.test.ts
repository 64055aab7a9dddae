import { addNanos, type Id, must, Nanos, SECOND, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { isDelegable, MACHINE_KEY_OPERATIONS } from "../../src/actor.ts";
import { MACHINES } from "../../src/machines/all.ts";
import {
  delegations,
  keys,
  machines,
  type Participant,
  participants,
  type Scope,
  sessions,
} from "../../src/machines/identity/records.ts";
import { codeOf, Ledger } from "../support/ledger.ts";
import { amount, free, fundedLedger } from "../support/money.ts";
import { keyOf } from "../support/parties.ts";
import { toyRegistry } from "../support/toy.ts";

const [TRANSFER, POST] = [520, 522];

function transferOp(ledger: Ledger, to: string, value: number) {
  return { kind: "pay.transfer", to: ledger.id(to), currency: "EUR", amount: amount(value) } as const;
}

function scopeOf(ledger: Ledger, changes: Partial<Scope> = {}): Scope {
  const until = addNanos(ledger.now, Nanos.of(100n * SECOND));
  return { ops: [TRANSFER], objects: undefined, limits: [{ currency: "EUR", left: 100 }], until, ...changes };
}

function change(ledger: Ledger, name: string, changes: Partial<Participant>): void {
  const id = ledger.id(name);
  ledger.plant(participants, id, { ...must(ledger.view.get(participants, id), name), ...changes });
}

const SESSION = toId("sess", new Uint8Array(20).fill(5));

function plantSession(ledger: Ledger, of: string, scope: Scope, changes: object = {}): void {
  const session = {
    of: ledger.id(of),
    key: keyOf("session"),
    generation: 0,
    revoked: false,
    ...scope,
    ...changes,
  };
  ledger.plant(sessions, SESSION, session);
  ledger.plant(keys, keyOf("session"), { kind: "session", id: SESSION });
}

function plantDelegation(ledger: Ledger, from: string, to: string, scope: Scope, accepted = true): void {
  const id = toId("dlgt", new Uint8Array(20).fill(6));
  ledger.plant(delegations, { from: ledger.id(from), to: ledger.id(to) }, { id, accepted, ...scope });
}

test("L-7 a key without a record is a stranger: it can do nothing but register", () => {
  const ledger = fundedLedger({});
  expect(codeOf(ledger.sendAny({ by: "nobody", ops: [transferOp(ledger, "Mia", 1)] }))).toBe("NOT_PERMITTED");
  const forCy = { by: "nobody", for: ledger.id("Cy"), ops: [transferOp(ledger, "Mia", 1)] };
  expect(codeOf(ledger.sendAny(forCy))).toBe("UNKNOWN_SENDER");
});

test("L-7 the cold key and the key before the last rotation act only where an operation says so", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const op = transferOp(ledger, "Mia", 1);
  ledger.plant(keys, keyOf("cold"), { kind: "participant", id: ledger.id("Cy") });
  ledger.plant(keys, keyOf("lame"), { kind: "participant", id: ledger.id("Cy") });
  const lameUntil = addNanos(ledger.now, Nanos.of(2n * SECOND));
  change(ledger, "Cy", { coldKey: keyOf("cold"), lameKey: keyOf("lame"), lameUntil });
  expect(codeOf(ledger.sendAny({ by: "cold", ops: [op] }))).toBe("NOT_PERMITTED");
  expect(codeOf(ledger.sendAny({ by: "lame", ops: [op], time: lameUntil }))).toBe("NOT_PERMITTED");
  const behind = addNanos(lameUntil, Nanos.of(1n));
  expect(codeOf(ledger.sendAny({ by: "lame", ops: [op], time: behind }))).toBe("UNKNOWN_SENDER");
});

test("L-7 who is closed acts no more, and who is suspended only in the exit set", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  change(ledger, "Cy", { status: "CLOSED" });
  expect(codeOf(ledger.sendAny({ by: "Cy", ops: [{ kind: "toy.exit" }] }))).toBe("CLOSED");
  change(ledger, "Mia", { status: "SUSPENDED" });
  const due = addNanos(ledger.now, Nanos.of(100n * SECOND));
  expect(codeOf(ledger.sendAny({ by: "Mia", ops: [{ kind: "toy.set", due, tag: 1, left: 0 }] }))).toBe(
    "SUSPENDED",
  );
  expect(codeOf(ledger.sendAny({ by: "Mia", ops: [{ kind: "toy.exit" }] }))).toBe("ok");
});

test("L-7 a machine's key acts for its owner in five operations, while it is active", () => {
  const ledger = fundedLedger({ Mia: 10 });
  const id = toId("mach", new Uint8Array(20).fill(4));
  const machine = {
    owner: ledger.id("Mia"),
    kind: "fabricator" as const,
    model: "P1",
    serial: "1",
    site: "",
    region: "",
    tags: [],
    key: keyOf("machine"),
    parent: undefined,
    calibratedUntil: undefined,
    openJobs: 0,
    offer: undefined,
    status: "ACTIVE" as const,
  };
  ledger.plant(keys, keyOf("machine"), { kind: "machine", id });
  ledger.plant(machines, id, machine);
  const op = transferOp(ledger, "Cy", 1);
  expect(codeOf(ledger.sendAny({ by: "machine", ops: [op] }))).toBe("NOT_PERMITTED");
  expect(codeOf(ledger.sendAny({ by: "machine", ops: [op], for: ledger.id("Cy") }))).toBe("NOT_DELEGATED");
  ledger.plant(machines, id, { ...machine, status: "SUSPENDED" });
  expect(codeOf(ledger.sendAny({ by: "machine", ops: [op] }))).toBe("UNKNOWN_SENDER");
  expect([...MACHINE_KEY_OPERATIONS]).toEqual([
    "job.start",
    "job.step",
    "job.produce",
    "unit.condition",
    "seal.prove",
  ]);
});

test("L-7 a seal's key sends nothing", () => {
  const ledger = fundedLedger({});
  ledger.plant(keys, keyOf("chip"), { kind: "seal", id: toId("seal", new Uint8Array(20)) });
  expect(codeOf(ledger.sendAny({ by: "chip", ops: [transferOp(ledger, "Mia", 1)] }))).toBe("UNKNOWN_SENDER");
});

test("L-8 a session pays what its limit has left, within its operations, up to the nanosecond of its end", () => {
  const ledger = fundedLedger({ Cy: 1_000 });
  plantSession(ledger, "Cy", scopeOf(ledger));
  const pay = (value: number, time?: Nanos) =>
    codeOf(
      ledger.sendAny({ by: "session", ops: [transferOp(ledger, "Mia", value)], ...(time ? { time } : {}) }),
    );
  expect(pay(60)).toBe("ok");
  expect(pay(41)).toBe("SPENDING_LIMIT");
  expect(pay(39)).toBe("ok");
  expect(ledger.view.get(sessions, SESSION)?.limits).toEqual([{ currency: "EUR", left: 1 }]);
  expect(free(ledger, "Cy")).toBe(901);
  const op = { kind: "pay.post", hold: toId("hold", new Uint8Array(20)), amount: amount(1) };
  expect(codeOf(ledger.sendAny({ by: "session", ops: [op] }))).toBe("OUT_OF_SCOPE");
  const until = must(ledger.view.get(sessions, SESSION), "session").until;
  expect(pay(1, until)).toBe("ok");
  expect(pay(0, addNanos(until, Nanos.of(1n)))).toBe("SESSION_OVER");
});

test("L-8 within one transaction a session's limit falls from operation to operation, and comes back with a revert", () => {
  const ledger = fundedLedger({ Cy: 1_000 });
  plantSession(ledger, "Cy", scopeOf(ledger));
  const ops = [transferOp(ledger, "Mia", 60), transferOp(ledger, "Max", 60)];
  expect(codeOf(ledger.sendAny({ by: "session", ops }))).toBe("SPENDING_LIMIT");
  expect(ledger.view.get(sessions, SESSION)?.limits).toEqual([{ currency: "EUR", left: 100 }]);
});

test("L-8 a currency without a limit can't be spent, and a session of an older generation or revoked is over", () => {
  const ledger = fundedLedger({ Cy: 1_000 });
  const op = transferOp(ledger, "Mia", 1);
  plantSession(ledger, "Cy", scopeOf(ledger, { limits: [] }));
  expect(codeOf(ledger.sendAny({ by: "session", ops: [op] }))).toBe("SPENDING_LIMIT");
  plantSession(ledger, "Cy", scopeOf(ledger), { revoked: true });
  expect(codeOf(ledger.sendAny({ by: "session", ops: [op] }))).toBe("SESSION_OVER");
  plantSession(ledger, "Cy", scopeOf(ledger));
  change(ledger, "Cy", { sessionGeneration: 1 });
  expect(codeOf(ledger.sendAny({ by: "session", ops: [op] }))).toBe("SESSION_OVER");
});

test("L-8 a scope that names things covers operations on those alone, and none that names nothing", () => {
  const ledger = fundedLedger({ Cy: 1_000 });
  const [mine, other] = [toId("hold", new Uint8Array(20).fill(1)), toId("hold", new Uint8Array(20).fill(2))];
  plantSession(ledger, "Cy", scopeOf(ledger, { ops: [TRANSFER, POST], objects: [mine] }));
  const post = (hold: Id<"hold">) =>
    codeOf(ledger.sendAny({ by: "session", ops: [{ kind: "pay.post", hold, amount: amount(1) }] }));
  expect(post(mine)).toBe("NOT_FOUND");
  expect(post(other)).toBe("OUT_OF_SCOPE");
  expect(codeOf(ledger.sendAny({ by: "session", ops: [transferOp(ledger, "Mia", 1)] }))).toBe("OUT_OF_SCOPE");
});

test("L-8 a delegate acts for the other within the scope, and its limit falls", () => {
  const ledger = fundedLedger({ Mia: 500, Cy: 7 });
  plantDelegation(ledger, "Mia", "Cy", scopeOf(ledger));
  const pair = { from: ledger.id("Mia"), to: ledger.id("Cy") };
  const sent = { by: "Cy", for: ledger.id("Mia"), ops: [transferOp(ledger, "Max", 70)] };
  expect(codeOf(ledger.sendAny(sent))).toBe("ok");
  expect([free(ledger, "Mia"), free(ledger, "Cy"), free(ledger, "Max")]).toEqual([430, 7, 70]);
  expect(codeOf(ledger.sendAny(sent))).toBe("SPENDING_LIMIT");
  expect(ledger.view.get(delegations, pair)?.limits).toEqual([{ currency: "EUR", left: 30 }]);
});

test("L-8 no delegation, one only offered, one that is over, and one by session or by the suspended are refused", () => {
  const ledger = fundedLedger({ Mia: 500 });
  const send = (by: string) =>
    codeOf(ledger.sendAny({ by, for: ledger.id("Mia"), ops: [transferOp(ledger, "Max", 1)] }));
  expect(send("Cy")).toBe("NOT_DELEGATED");
  plantDelegation(ledger, "Mia", "Cy", scopeOf(ledger), false);
  expect(send("Cy")).toBe("NOT_DELEGATED");
  plantDelegation(ledger, "Mia", "Cy", scopeOf(ledger, { until: ledger.now }));
  expect(send("Cy")).toBe("NOT_DELEGATED");
  plantDelegation(ledger, "Mia", "Cy", scopeOf(ledger));
  expect(send("Cy")).toBe("ok");
  plantSession(ledger, "Cy", scopeOf(ledger));
  expect(send("session")).toBe("NOT_DELEGATED");
  change(ledger, "Cy", { status: "SUSPENDED" });
  expect(send("Cy")).toBe("SUSPENDED");
});

test("L-8 keys, rights, votes and currencies are never delegable", () => {
  const never = [
    "participant.rotate",
    "session.grant",
    "delegation.offer",
    "credential.issue",
    "proposal.vote",
  ];
  expect(
    [...never, "currency.mint", "machine.rotate", "machine.offer", "validator.ready"].filter(isDelegable),
  ).toEqual([]);
  const names = MACHINES.flatMap((it) => Object.keys(it.operations));
  expect(names.filter(isDelegable)).toContain("pay.transfer");
  const ledger = fundedLedger({ Iss: 10 });
  plantSession(ledger, "Iss", scopeOf(ledger, { ops: [502] }));
  const burn = { kind: "currency.burn", currency: "EUR", amount: amount(1) };
  expect(codeOf(ledger.sendAny({ by: "session", ops: [burn] }))).toBe("NOT_PERMITTED");
});
