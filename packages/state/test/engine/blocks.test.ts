import { hash } from "node:crypto";
import {
  addNanos,
  bytesToHex,
  Height,
  MINUTE,
  must,
  Nanos,
  portableHasher,
  SECOND,
  u64ToBytes,
  utf8ToBytes,
} from "@touchmark/core";
import { expect, test } from "vitest";
import { blocks, RING_BLOCKS } from "../../src/blocks.ts";
import {
  isParameterValue,
  PARAMETER_NAMES,
  PARAMETERS,
  parameterOf,
  parameters,
  STAMP_TTL,
} from "../../src/parameters.ts";
import { readAll } from "../../src/reader.ts";
import { receiptsRoot } from "../../src/receipt.ts";
import { ONLY_KEY, versions, withdrawn } from "../../src/versions.ts";
import { codeOf, Ledger } from "../support/ledger.ts";
import { amount, fundedLedger } from "../support/money.ts";
import { keyOf } from "../support/parties.ts";
import { toyRegistry } from "../support/toy.ts";

function slowRoot(chainId: string, receipts: readonly Uint8Array[]): string {
  const domain = (type: string) =>
    Buffer.concat([
      Buffer.from([`touchmark/v1/${type}`.length]),
      utf8ToBytes(`touchmark/v1/${type}`),
      Buffer.from([chainId.length]),
      utf8ToBytes(chainId),
      Buffer.alloc(8),
    ]);
  const sha = (...parts: readonly Uint8Array[]): Buffer => hash("sha256", Buffer.concat(parts), "buffer");
  let level: Uint8Array[] = receipts.map((it) => sha(domain("receipt"), it));
  while (level.length > 1) {
    if (level.length % 2 === 1) level.push(Buffer.alloc(32));
    level = level.flatMap((it, i) => (i % 2 === 0 ? [sha(it, must(level[i + 1], "pair"))] : []));
  }
  return sha(domain("receipts"), u64ToBytes(BigInt(receipts.length)), level[0] ?? Buffer.alloc(32)).toString(
    "hex",
  );
}

test("L-15 the receipts' root is that of a tree made by hand, for every number of receipts up to 9", () => {
  const chain = { chainId: "story-0011223344556677", hasher: portableHasher };
  for (let count = 0; count <= 9; count++) {
    const receipts = Array.from({ length: count }, (_, i) => Uint8Array.from({ length: i + 1 }, () => i));
    expect(bytesToHex(receiptsRoot(chain, receipts))).toBe(slowRoot(chain.chainId, receipts));
  }
});

test("L-15, L-16 a block stands in the ring with its hash, its time and its receipts' root", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  ledger.sendAny({ by: "Cy", ops: [{ kind: "toy.exit" }] });
  const applied = must(ledger.blocks.at(-1), "a block");
  const record = ledger.view.get(blocks, applied.height);
  expect(record?.time).toBe(ledger.now);
  expect(record?.receiptsRoot).toEqual(applied.receiptsRoot);
});

test("L-16 of quick blocks all of five minutes are kept, of slow ones 1,024", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  const kept = () => [...readAll(ledger.store, blocks)].map(([height]) => height);
  for (let i = 0; i < RING_BLOCKS + 50; i++) ledger.wait(1_000_000n);
  expect(kept()).toHaveLength(RING_BLOCKS + 50);
  ledger.wait(5n * MINUTE);
  expect(kept()).toHaveLength(RING_BLOCKS + 47);
  ledger.restart();
  for (let i = 0; i < 40; i++) ledger.wait(SECOND);
  expect(kept()).toHaveLength(RING_BLOCKS);
  expect(kept().at(-1)).toBe(ledger.engine.height);
});

test("L-17 every default is within its bounds, what is outside or of another unit is no value, and defaults have no leaf", () => {
  for (const name of PARAMETER_NAMES) {
    const { unit, standard, least, most } = parameterOf(name);
    expect(standard >= least && standard <= most).toBe(true);
    if (unit === "number") {
      expect(isParameterValue(name, { kind: "number", value: Number(most) })).toBe(true);
      if (Number(least) > 0)
        expect(isParameterValue(name, { kind: "number", value: Number(least) - 1 })).toBe(false);
      expect(isParameterValue(name, { kind: "nanos", value: Nanos.of(BigInt(most)) })).toBe(false);
    } else {
      const above = Nanos.of(BigInt(most) + 1n);
      expect(isParameterValue(name, { kind: "nanos", value: Nanos.of(BigInt(least)) })).toBe(true);
      expect(isParameterValue(name, { kind: "nanos", value: above })).toBe(false);
    }
  }
  expect([...readAll(new Ledger().store, parameters)]).toEqual([]);
  expect(PARAMETERS.window.most + PARAMETERS.skew.most <= STAMP_TTL).toBe(true);
});

test("L-17 a parameter of the state takes the place of its default", () => {
  const ledger = fundedLedger({ Cy: 100 });
  ledger.plant(parameters, PARAMETERS.holdMax.number, { kind: "nanos", value: Nanos.of(3_600n * SECOND) });
  const hold = (until: Nanos) =>
    codeOf(
      ledger.send("Cy", {
        kind: "pay.hold",
        currency: "EUR",
        amount: amount(1),
        releaser: ledger.id("Cy"),
        payee: ledger.id("Mia"),
        until,
      }),
    );
  const next = addNanos(ledger.now, Nanos.of(SECOND));
  expect(hold(addNanos(next, Nanos.of(3_600n * SECOND)))).toBe("ok");
  const later = addNanos(ledger.now, Nanos.of(SECOND));
  expect(hold(addNanos(later, Nanos.of(3_600n * SECOND + 1n)))).toBe("DEADLINE_OUT_OF_BOUNDS");
});

test("L-18 an operation is refused before its version, and taken from the height of its activation on", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  const send = () => codeOf(ledger.sendAny({ by: "Cy", ops: [{ kind: "toy.future" }] }));
  ledger.plant(versions, ONLY_KEY, [{ version: 2, from: Height.of(ledger.engine.height + 2) }]);
  expect(send()).toBe("KIND_NOT_ACTIVE");
  expect(send()).toBe("ok");
});

test("L-18 a withdrawn kind is refused, and the exit set can't be withdrawn", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  const due = addNanos(ledger.now, Nanos.of(900n * SECOND));
  const set = { kind: "toy.set", due, tag: 1, left: 0 };
  expect(codeOf(ledger.sendAny({ by: "Cy", ops: [set] }))).toBe("ok");
  ledger.plant(withdrawn, ONLY_KEY, [1, 6]);
  expect(codeOf(ledger.sendAny({ by: "Cy", ops: [set] }))).toBe("KIND_WITHDRAWN");
  expect(codeOf(ledger.sendAny({ by: "Cy", ops: [{ kind: "toy.exit" }] }))).toBe("ok");
});

test("L-7 admission takes keys with a record, and others only where anybody may register", () => {
  const closed = new Ledger();
  const { admission } = closed.wait(1n);
  expect([admission.accepts(keyOf("Cy")), admission.accepts(keyOf("nobody"))]).toEqual([true, false]);
  const open = new Ledger({ genesis: { parameters: [{ number: 6, value: { kind: "number", value: 1 } }] } });
  expect(open.wait(1n).admission.accepts(keyOf("nobody"))).toBe(true);
});

test("L-12 the same history gives the same roots with any cache, and after restarts", () => {
  const roots = (cachedLeaves: number, restarts: boolean) => {
    const ledger = fundedLedger({ Cy: 1_000, Mia: 1_000 }, { cachedLeaves });
    for (let i = 0; i < 30; i++) {
      const [by, to] = i % 2 === 0 ? ["Cy", "Mia"] : ["Mia", "Max"];
      const until = addNanos(ledger.now, Nanos.of(BigInt(i + 2) * SECOND));
      const money = { currency: "EUR", amount: amount(i + 1) };
      const parties = { releaser: ledger.id("Ivo"), payee: ledger.id(to) };
      ledger.send(by, { kind: "pay.hold", ...money, ...parties, until });
      if (restarts && i % 7 === 0) ledger.restart();
    }
    return ledger.blocks.map((it) => bytesToHex(it.stateRoot));
  };
  const expected = roots(1_000_000, false);
  expect(roots(0, false)).toEqual(expected);
  expect(roots(8, true)).toEqual(expected);
  expect(new Set(expected).size).toBe(expected.length);
});
