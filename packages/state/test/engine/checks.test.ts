import { addNanos, MINUTE, must, Nanos, SECOND } from "@touchmark/core";
import { expect, test } from "vitest";
import { PARAMETERS, STAMP_TTL } from "../../src/parameters.ts";
import { recent } from "../../src/recent.ts";
import { codeOf, Ledger, type Sent } from "../support/ledger.ts";
import { rings, toyRegistry } from "../support/toy.ts";

const OK = { kind: "toy.exit" } as const;
const { window, skew } = PARAMETERS;

function ledgerOf(): Ledger {
  return new Ledger({ registry: toyRegistry });
}

function at(ledger: Ledger, nanos: bigint): Nanos {
  return Nanos.of(ledger.now + nanos);
}

function sentBy(ledger: Ledger, changes: Partial<Sent>): Parameters<Ledger["sendAny"]>[0] {
  return { by: "Cy", ops: [OK], time: at(ledger, 1n), ...changes };
}

test("L-3 another chain's transaction is refused, costs nothing and leaves no mark", () => {
  const ledger = ledgerOf();
  const stamp = at(ledger, 1n);
  expect(codeOf(ledger.sendAny(sentBy(ledger, { chainId: "other-0011223344556677" })))).toBe("WRONG_CHAIN");
  expect(ledger.blocks.at(-1)?.recentList).toBeUndefined();
  expect(codeOf(ledger.sendAny(sentBy(ledger, { at: stamp })))).toBe("ok");
});

test("L-4 a second transaction of one sender and stamp is refused, after a success and after a failure", () => {
  const ledger = ledgerOf();
  const [first, second] = [at(ledger, 1n), at(ledger, 2n)];
  expect(codeOf(ledger.sendAny(sentBy(ledger, { at: first })))).toBe("ok");
  expect(codeOf(ledger.sendAny(sentBy(ledger, { at: first })))).toBe("REPLAYED");
  expect(codeOf(ledger.sendAny(sentBy(ledger, { at: second, ops: [{ kind: "toy.fail" }] })))).toBe(
    "SAME_PARTY",
  );
  expect(codeOf(ledger.sendAny(sentBy(ledger, { at: second })))).toBe("REPLAYED");
  expect(codeOf(ledger.sendAny(sentBy(ledger, { at: second, by: "Mia" })))).toBe("ok");
});

test("L-4 two of one name in one block: the first runs, the second is refused", () => {
  const ledger = ledgerOf();
  const stamp = at(ledger, 1n);
  const sent = { by: "Cy", ops: [OK], at: stamp };
  const { receipts } = ledger.block([
    { ...sent, time: at(ledger, 1n) },
    { ...sent, time: at(ledger, 2n) },
  ]);
  expect(receipts.map(codeOf)).toEqual(["ok", "REPLAYED"]);
});

test("L-4 a replay is refused after a restart too, up to the last nanosecond in which it could run", () => {
  const ledger = ledgerOf();
  const stamp = at(ledger, 1n);
  const validUntil = addNanos(stamp, window.standard);
  expect(codeOf(ledger.sendAny(sentBy(ledger, { at: stamp, validUntil })))).toBe("ok");
  ledger.wait(window.standard - 10n);
  ledger.restart();
  expect(codeOf(ledger.sendAny(sentBy(ledger, { at: stamp, validUntil, time: validUntil })))).toBe(
    "REPLAYED",
  );
  const late = { at: stamp, validUntil, time: addNanos(validUntil, Nanos.of(1n)) };
  expect(codeOf(ledger.sendAny(sentBy(ledger, late)))).toBe("REPLAYED");
});

test("L-4 the window: skew early and validUntil are kept to the nanosecond, and a long validity is refused", () => {
  const ledger = ledgerOf();
  const time = at(ledger, 60n * SECOND);
  const early = addNanos(time, skew.standard);
  const cases: readonly (readonly [Partial<Sent>, string])[] = [
    [{ time, at: early }, "ok"],
    [{ time, at: addNanos(early, Nanos.of(1n)) }, "NOT_YET_VALID"],
    [{ time, at: Nanos.of(time - 9n), validUntil: time }, "ok"],
    [{ time, at: Nanos.of(time - 8n), validUntil: Nanos.of(time - 1n) }, "EXPIRED"],
    [{ time, at: Nanos.of(time - 7n), validUntil: addNanos(Nanos.of(time - 7n), window.standard) }, "ok"],
    [
      { time, at: Nanos.of(time - 6n), validUntil: addNanos(Nanos.of(time - 5n), window.standard) },
      "VALID_TOO_LONG",
    ],
  ];
  const { receipts } = ledger.block(cases.map(([sent]) => ({ by: "Cy", ops: [OK], time, ...sent })));
  expect(receipts.map(codeOf)).toEqual(cases.map(([, code]) => code));
});

test("L-3 of several faults the first in the order of checks gives the code", () => {
  const ledger = ledgerOf();
  const stamp = at(ledger, 1n);
  ledger.sendAny(sentBy(ledger, { at: stamp }));
  const tooLong = addNanos(stamp, Nanos.of(10n * MINUTE));
  const worst = { at: stamp, validUntil: tooLong, by: "Cy", for: ledger.id("Mia") };
  expect(codeOf(ledger.sendAny(sentBy(ledger, { ...worst, chainId: "other-0011223344556677" })))).toBe(
    "WRONG_CHAIN",
  );
  expect(codeOf(ledger.sendAny(sentBy(ledger, worst)))).toBe("REPLAYED");
  const future = at(ledger, 31n * SECOND);
  expect(codeOf(ledger.sendAny(sentBy(ledger, { ...worst, at: future })))).toBe("NOT_YET_VALID");
  expect(codeOf(ledger.sendAny(sentBy(ledger, { ...worst, at: at(ledger, 2n) })))).toBe("VALID_TOO_LONG");
  const past = { at: at(ledger, -9n), validUntil: at(ledger, -9n) };
  expect(codeOf(ledger.sendAny(sentBy(ledger, { ...worst, ...past })))).toBe("EXPIRED");
  const inTime = { at: at(ledger, 3n), validUntil: at(ledger, SECOND) };
  expect(codeOf(ledger.sendAny(sentBy(ledger, { ...worst, ...inTime })))).toBe("NOT_DELEGATED");
  expect(codeOf(ledger.sendAny(sentBy(ledger, { by: "nobody", at: at(ledger, 4n) })))).toBe("NOT_PERMITTED");
});

test("L-13 a block's list has its digest as a leaf, and both go when its marks do", () => {
  const ledger = ledgerOf();
  ledger.sendAny(sentBy(ledger, {}));
  const { height } = must(ledger.blocks.at(-1), "a block");
  expect(ledger.view.get(recent, height)).toBeDefined();
  expect(ledger.wait(STAMP_TTL).recentOver).toEqual([]);
  expect(ledger.wait(1n).recentOver).toEqual([height]);
  expect(ledger.view.get(recent, height)).toBeUndefined();
  expect(ledger.lists.size).toBe(0);
});

test("L-13 a list that isn't its leaf's stops the start", () => {
  const ledger = ledgerOf();
  ledger.sendAny(sentBy(ledger, {}));
  const [height, bytes] = must([...ledger.lists][0], "a list");
  const changed = bytes.slice();
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  ledger.lists.set(height, changed);
  expect(() => ledger.restart()).toThrow("leaf's digest");
  ledger.lists.delete(height);
  expect(() => ledger.restart()).toThrow("is missing");
});

test("L-9 operations of the last 20 s count against the quota, failed ones too, those that it refused not", () => {
  const ledger = new Ledger({
    registry: toyRegistry,
    genesis: { parameters: [{ number: 4, value: { kind: "number", value: 100 } }] },
  });
  const many = (count: number) => Array.from({ length: count }, () => OK);
  expect(codeOf(ledger.sendAny(sentBy(ledger, { ops: many(60) })))).toBe("ok");
  const start = ledger.now;
  const failing = [...many(39), { kind: "toy.fail" }];
  expect(codeOf(ledger.sendAny(sentBy(ledger, { ops: failing })))).toBe("SAME_PARTY");
  for (let i = 0; i < 3; i++) expect(codeOf(ledger.sendAny(sentBy(ledger, {})))).toBe("QUOTA");
  expect(codeOf(ledger.sendAny(sentBy(ledger, { by: "Mia" })))).toBe("ok");
  ledger.restart();
  // Both ends of the period count.
  const edge = addNanos(start, Nanos.of(20n * SECOND));
  expect(codeOf(ledger.sendAny(sentBy(ledger, { time: edge })))).toBe("QUOTA");
  const behind = addNanos(edge, Nanos.of(1n));
  expect(codeOf(ledger.sendAny(sentBy(ledger, { time: behind, ops: many(60) })))).toBe("ok");
  expect(codeOf(ledger.sendAny(sentBy(ledger, { time: behind, at: Nanos.of(behind - 5n) })))).toBe("QUOTA");
});

test("L-9 keys that the state doesn't know share one quota", () => {
  const ledger = new Ledger({
    registry: toyRegistry,
    genesis: { parameters: [{ number: 5, value: { kind: "number", value: 2 } }] },
  });
  const codes = ["one", "two", "three"].map((by) => codeOf(ledger.sendAny(sentBy(ledger, { by }))));
  expect(codes).toEqual(["NOT_PERMITTED", "NOT_PERMITTED", "QUOTA"]);
});

test("L-5 of a transaction that fails nothing stays but its receipt, its mark and its cost", () => {
  const ledger = ledgerOf();
  const due = at(ledger, 90n * SECOND);
  const before = ledger.view.get(rings, 1);
  const ops = [OK, { kind: "toy.set", due, tag: 3, left: 0 }, { kind: "toy.fail" }];
  const receipt = ledger.sendAny(sentBy(ledger, { ops }));
  expect(receipt.refusal).toEqual({ code: "SAME_PARTY", opIndex: 2, data: [] });
  expect(ledger.view.get(rings, 1)).toEqual(before);
  const applied = must(ledger.blocks.at(-1), "a block");
  expect(applied.nextTimerDue).toBeUndefined();
  // The block's own leaves: its list, and its place in the ring.
  expect(applied.writes.map((it) => it.key[1])).toEqual([3, 4]);
});

test("L-6 an operation that refuses with a code it doesn't declare is a bug of ours, and stops", () => {
  const ledger = ledgerOf();
  expect(() => ledger.sendAny(sentBy(ledger, { ops: [{ kind: "toy.lie" }] }))).toThrow(
    "toy.lie declares FROZEN",
  );
});
