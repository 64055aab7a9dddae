import { Nanos } from "@touchmark/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BLOCK_TIMERS_MAX } from "../../src/engine.ts";
import type { Receipt } from "../../src/receipt.ts";
import type { Named } from "../../src/registry.ts";
import { codeOf, Ledger } from "../support/ledger.ts";
import { rings, toyRegistry } from "../support/toy.ts";
import { SlowTimers, type ToyOp, type ToyTransaction } from "./slow-timers.ts";

function textOf(receipt: Receipt): string {
  if (receipt.kind === "transaction") return `transaction ${receipt.time} ${codeOf(receipt)}`;
  return `timer ${receipt.due} ${receipt.timer["tag"]} ${receipt.timer["left"]}`;
}

interface PlannedTransaction {
  /** Nanoseconds after the one before. */
  readonly after: number;
  readonly ops: readonly {
    readonly kind: ToyOp["kind"];
    readonly ahead: number;
    readonly tag: number;
    readonly left: number;
  }[];
}

interface PlannedBlock {
  readonly transactions: readonly PlannedTransaction[];
  readonly after: number;
}

const op = fc.record({
  kind: fc.constantFrom<ToyOp["kind"]>("toy.set", "toy.set", "toy.set", "toy.cancel", "toy.fail"),
  ahead: fc.integer({ min: 0, max: 4 }),
  tag: fc.constantFrom(1, 2, 95),
  left: fc.nat(2),
});
const planned: fc.Arbitrary<readonly PlannedBlock[]> = fc.array(
  fc.record({
    transactions: fc.array(
      fc.record({ after: fc.nat(2), ops: fc.array(op, { minLength: 1, maxLength: 4 }) }),
      { maxLength: 5 },
    ),
    after: fc.nat(3),
  }),
  { minLength: 1, maxLength: 6 },
);

/** The same times and operations for the engine and for the oracle; stamps differ, so that nothing is a replay. */
function runBoth(blocks: readonly PlannedBlock[], budget: number, restartAt: number): void {
  const ledger = new Ledger({ registry: toyRegistry, blockTimersMax: budget });
  const oracle = new SlowTimers(ledger.chain.chainId, budget);
  const ran: string[] = [];
  let now: bigint = ledger.now;
  let count = 0;
  for (const [i, block] of blocks.entries()) {
    if (i === restartAt) ledger.restart();
    const transactions = block.transactions.map(({ after, ops }): ToyTransaction => {
      now += BigInt(after);
      const time = now;
      return {
        time,
        ops: ops.map(
          ({ kind, ahead, tag, left }): ToyOp =>
            kind === "toy.fail" ? { kind } : { kind, due: time + BigInt(ahead), tag, left },
        ),
      };
    });
    now += BigInt(block.after);
    oracle.block(transactions, now);
    const applied = ledger.block(
      transactions.map((it) => {
        count++;
        return { by: "Cy", ops: it.ops, time: Nanos.of(it.time), at: Nanos.of(it.time + BigInt(count)) };
      }),
      Nanos.of(now),
    );
    ran.push(...applied.receipts.map(textOf));
    expect(applied.nextTimerDue).toBe(oracle.nextDue);
  }
  expect(ran).toEqual(oracle.log);
}

test("L-10 timers and transactions at equal and adjacent nanoseconds run in the order of a slow oracle", () => {
  fc.assert(
    fc.property(planned, fc.nat(5), (blocks, restartAt) => runBoth(blocks, 1_000, restartAt)),
    { numRuns: 150, seed: 1 },
  );
});

test("L-11 with a budget of a few timers a block, the rest runs first in the next, as the oracle says", () => {
  fc.assert(fc.property(planned, fc.integer({ min: 1, max: 3 }), fc.nat(5), runBoth), {
    numRuns: 150,
    seed: 2,
  });
});

test("L-10 a timer due at the time of a transaction runs after it, and before one a nanosecond later", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  const t = ledger.now + 10n;
  const set = { kind: "toy.set", due: Nanos.of(t), tag: 1, left: 0 };
  const nothing = { kind: "toy.cancel", due: Nanos.of(t + 9n), tag: 9, left: 0 };
  const at = (time: bigint, ops: readonly Named[]) => ({
    by: "Cy",
    ops,
    time: Nanos.of(time),
  });
  const { receipts } = ledger.block([at(t - 5n, [set]), at(t, [nothing]), at(t + 1n, [nothing])]);
  expect(receipts.map((it) => (it.kind === "timer" ? it.due : it.time))).toEqual([t - 5n, t, t, t + 1n]);
  expect(receipts.map((it) => it.kind)).toEqual(["transaction", "transaction", "timer", "transaction"]);
});

test("L-10 a timer that refuses changes nothing, has its receipt, is never tried again, and the block goes on", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  const due = Nanos.of(ledger.now + 10n);
  ledger.sendAny({
    by: "Cy",
    time: Nanos.of(ledger.now + 1n),
    ops: [
      { kind: "toy.set", due, tag: 95, left: 0 },
      { kind: "toy.set", due, tag: 1, left: 0 },
    ],
  });
  const codes = ledger.wait(100n).receipts.map((it) => [it.kind, codeOf(it)]);
  expect(codes).toContainEqual(["timer", "SAME_PARTY"]);
  expect(codes).toContainEqual(["timer", "ok"]);
  expect([ledger.view.get(rings, 95), ledger.view.get(rings, 1)]).toEqual([undefined, 1]);
  expect(ledger.wait(100n).receipts).toEqual([]);
});

test("L-10 a time that isn't after now is refused where it is set", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  const time = Nanos.of(ledger.now + 5n);
  const receipt = ledger.sendAny({ by: "Cy", time, ops: [{ kind: "toy.set", due: time, tag: 1, left: 0 }] });
  expect(codeOf(receipt)).toBe("DEADLINE_PASSED");
});

test("L-10 after a restart the same timers run at the same times", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  const due = Nanos.of(ledger.now + 10_000_000_000n);
  ledger.sendAny({ by: "Cy", ops: [{ kind: "toy.set", due, tag: 1, left: 2 }] });
  ledger.restart();
  expect(ledger.wait(20_000_000_000n).receipts.map(textOf)).toEqual([
    `timer ${due} 1 2`,
    `timer ${due + 1n} 1 1`,
    `timer ${due + 2n} 1 0`,
  ]);
});

test("L-11 a block runs 10,000 timers and no more, and the next begins with those that are left", () => {
  const ledger = new Ledger({ registry: toyRegistry });
  const due = Nanos.of(ledger.now + 60_000_000_000n);
  const extra = 5;
  const timers = Array.from({ length: BLOCK_TIMERS_MAX + extra }, (_, i) => ({
    kind: "toy.set",
    due: Nanos.of(due + BigInt(Math.floor(i / 90))),
    tag: i % 90,
    left: 0,
  }));
  while (timers.length > 0) {
    // Spread over time, so that no quota is met.
    ledger.sendAny({ by: "Cy", time: Nanos.of(ledger.now + 100_000_000n), ops: timers.splice(0, 64) });
  }
  const first = ledger.wait(100_000_000_000n);
  expect(first.receipts.length).toBe(BLOCK_TIMERS_MAX);
  expect(first.nextTimerDue).toBeDefined();
  const last = first.receipts.at(-1);
  const second = ledger.wait(1n);
  expect(second.receipts.length).toBe(extra);
  const next = second.receipts[0];
  if (last?.kind !== "timer" || next?.kind !== "timer") throw new Error("timers ran");
  expect(next.due >= last.due).toBe(true);
  expect(second.nextTimerDue).toBeUndefined();
});
