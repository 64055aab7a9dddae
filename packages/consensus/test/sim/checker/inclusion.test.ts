import { expect, test } from "vitest";
import type { Params } from "../../../src/params.ts";
import { RunBuilder } from "./build.ts";
import { ms } from "./names.ts";

test("what all correct validators stamped by a block's horizon is in it", () => {
  const run = new RunBuilder()
    .submit("A")
    .batches(30, { A: 10 })
    .block({ horizon: ms(31) });
  expect(run.broken()).toEqual(["inclusion", "one-block-per-cuts"]);
});

test("a block whose horizon is below the stamps that count owes nothing", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A");
  // c is 31.5 at most, whatever the hostile lane says, and the horizon is 31.
  run
    .batch(0, ms(30))
    .batch(1, ms(32), { A: ms(31.5) })
    .batch(2, ms(33), { A: ms(32) })
    .batch(3, ms(31));
  expect(run.block({ horizon: ms(31) }).broken()).toEqual([]);
});

test("with nobody hostile what three of four have stamped is owed", () => {
  const run = new RunBuilder().submit("A");
  for (const lane of [0, 1, 2]) run.batch(lane, ms(30 + lane), { A: ms(10 + lane) });
  run.batch(3, ms(33)).block({ horizon: ms(31) });
  expect(run.broken()).toEqual(["inclusion", "one-block-per-cuts"]);
});

test("what one of three correct validators never stamped is not owed", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A");
  run
    .batch(0, ms(30))
    .batch(1, ms(31), { A: ms(11) })
    .batch(2, ms(32))
    .batch(3, ms(33));
  expect(run.block({ horizon: ms(31) }).broken()).toEqual([]);
});

test("O-2 what has expired is not owed", () => {
  const run = new RunBuilder().submit("A", { validUntil: ms(31) }).batches(30, { A: 10 });
  run
    .block({ horizon: ms(31) })
    .batches(50)
    .block({ horizon: ms(51) });
  expect(run.violations(["inclusion"]).map((it) => it.detail.slice(0, 8))).toEqual(["height 1"]);
});

/** Lane 0 is slow: what it saw at 10 and 11 ms makes A and B due when the horizon is past them already. */
function slowLane(params: Partial<Params>): RunBuilder {
  const run = new RunBuilder({ params }).submit("A").submit("B");
  run
    .batch(1, ms(31), { A: ms(12) })
    .batch(2, ms(32), { B: ms(13) })
    .batch(3, ms(33), { B: ms(31.000001) });
  return run.batch(0, ms(34), { A: ms(10), B: ms(11) }).block({ horizon: ms(31), tips: [0] });
}

test("C-2 a full block one nanosecond after its parent leaves the rest due", () => {
  const run = slowLane({ blockTransactionsMax: 1 });
  run.block({ horizon: ms(31.000001), order: [["A", ms(31.000001)]] });
  run.block({ horizon: ms(32), order: [["B", ms(31.000002)]] });
  expect(run.broken()).toEqual([]);
});

test("C-2 a block is full where the largest that waits would not fit", () => {
  const run = slowLane({ blockBytesMax: 399 });
  run.block({ horizon: ms(31.000001), order: [["A", ms(31.000001)]] });
  expect(run.broken()).toEqual([]);
});

test("C-2 a block with room left owes, also one nanosecond after its parent", () => {
  const run = slowLane({ blockTransactionsMax: 2, blockBytesMax: 400 });
  run.block({ horizon: ms(31.000001), order: [["A", ms(31.000001)]] });
  expect(run.broken()).toEqual(["inclusion", "one-block-per-cuts"]);
});

test("C-2 a full block by bytes owes nothing more", () => {
  const params = { blockBytesMax: 300 };
  const run = new RunBuilder({ params }).submit("A").submit("B");
  run.batches(30, { A: 10, B: 20 });
  run.block({ horizon: ms(20.999999), order: [["A", ms(11)]] });
  run.block({ horizon: ms(31), order: [["B", ms(21)]] });
  expect(run.broken()).toEqual([]);
});

test("C-2 a full block owes what is below its horizon, for the horizon could have been lower", () => {
  const run = new RunBuilder({ params: { blockTransactionsMax: 1 } })
    .submit("A")
    .submit("B")
    .batches(30, { A: 10, B: 20 });
  run.block({ horizon: ms(31), order: [["A", ms(11)]] });
  expect(run.broken()).toEqual(["inclusion", "one-block-per-cuts"]);
});

test("with more than f hostile validators nothing is owed", () => {
  const run = new RunBuilder({ n: 6, hostile: [4, 5] })
    .submit("A")
    .batches(30, { A: 10 })
    .block({ horizon: ms(31) });
  expect(run.broken()).toEqual(["one-block-per-cuts"]);
});
