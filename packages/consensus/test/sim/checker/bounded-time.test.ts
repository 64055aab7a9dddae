import { Nanos } from "@touchmark/core";
import { expect, test } from "vitest";
import type { OrderedTransaction } from "../../../src/block.ts";
import { goodRun, RunBuilder } from "./build.ts";
import { length, ms } from "./names.ts";

const COMPANIONS = ["bounded-time", "one-block-per-cuts"];

function aAt(time: Nanos, stamps = 10): readonly string[] {
  const run = new RunBuilder({ hostile: [3] }).submit("A");
  for (const lane of [0, 1, 2]) run.batch(lane, ms(30 + lane), { A: ms(stamps + lane) });
  run.batch(3, ms(33), { A: ms(stamps + 1) });
  return run.block({ horizon: ms(31), order: [["A", time]] }).broken();
}

test("O-1 a time lies between the lowest and the highest stamp of correct validators", () => {
  expect(aAt(ms(11))).toEqual([]);
  expect(aAt(ms(9.999999))).toEqual(COMPANIONS);
  expect(aAt(ms(12.000001))).toEqual(COMPANIONS);
});

test("O-1 a time within the bounds that doesn't follow is for the recomputation to find", () => {
  expect(aAt(ms(12))).toEqual(["one-block-per-cuts"]);
});

test("O-4 a time above the highest stamp is one above the time before", () => {
  const run = (time: number): readonly string[] => {
    const built = new RunBuilder().submit("A").submit("B").batches(30, { A: 10, B: 20 });
    const order = [
      ["B", ms(21)],
      ["A", ms(time)],
    ] as const;
    const block = built.block({ horizon: ms(31), order });
    return block.violations(["bounded-time"]).map((it) => it.property);
  };
  expect(run(21.000001)).toEqual([]);
  expect(run(21.000002)).toEqual(["bounded-time"]);
});

test("O-4 a late stamp moves to one above the parent's horizon", () => {
  const run = (time: Nanos): readonly string[] => {
    const built = new RunBuilder().submit("A").submit("B");
    built.batches(30, { B: 20 }).batch(0, ms(60)).batch(1, ms(61)).batch(2, ms(62));
    built.block({ horizon: ms(60), order: [["B", ms(21)]] });
    // Lane 3 saw A at 40, lane 0 at 63: c is 63; a second lane at 41 makes it 41, which is before 60.
    built.batch(3, ms(63), { A: ms(40) }).batch(0, ms(80), { A: ms(63) });
    return built
      .block({ horizon: ms(61), order: [["A", time]] })
      .violations(["bounded-time"])
      .map((it) => it.detail);
  };
  expect(run(ms(63))).toEqual([]);
  expect(run(ms(60))).toHaveLength(1);
});

test("O-4 a time at or below the parent's horizon or timersUntil is refused, such as 331 after timers at 370", () => {
  const built = goodRun().submit("C").submit("D").batches(50, { C: 35, D: 28 });
  built.block({
    horizon: ms(51),
    order: [
      ["D", ms(29)],
      ["C", ms(36)],
    ],
  });
  expect(built.violations(["bounded-time"])[0]?.detail).toContain("is not after");
});

test("O-4 times rise along the chain, not only within a block", () => {
  const run = new RunBuilder({ clockErrorMax: length(1) })
    .submit("A")
    .submit("B")
    .batches(30, { A: 10, B: 10.1 });
  run.block({
    horizon: ms(31),
    order: [
      ["A", ms(11)],
      ["B", ms(11)],
    ],
  });
  expect(run.broken()).toEqual(COMPANIONS);
});

test("C-1 horizons never fall", () => {
  const run = goodRun()
    .batches(50)
    .block({ horizon: ms(30) });
  expect(run.broken()).toEqual(COMPANIONS);
});

test("C-2 a horizon is not ahead of every correct clock", () => {
  const run = (clockErrorMax: Nanos): readonly string[] =>
    new RunBuilder({ clockErrorMax })
      .batches(30)
      .block({ horizon: ms(31), at: ms(20) })
      .broken();
  expect(run(length(11))).toEqual([]);
  expect(run(length(10))).toEqual(["bounded-time"]);
});

test("O-4 timersUntil is the horizon, or the last time if that is later", () => {
  const run = (timersUntil: Nanos): readonly string[] =>
    goodRun()
      .batches(50)
      .block({ horizon: ms(51), timersUntil })
      .broken();
  expect(run(ms(51))).toEqual([]);
  expect(run(ms(52))).toEqual(COMPANIONS);
});

test("O-4 timersUntil follows times that were pushed past the horizon", () => {
  const run = (timersUntil: Nanos): readonly string[] => {
    const built = new RunBuilder().submit("A").submit("B").batches(30);
    built.block({ horizon: ms(31) });
    for (const lane of [0, 1, 2, 3]) {
      const stamp = ms(30 + lane + 0.000001);
      built.batch(lane, Nanos.of(stamp + 1n), { A: stamp, B: Nanos.of(stamp + 1n) });
    }
    const order = [["A", ms(31.000001)] as const, ["B", ms(31.000002)] as const];
    return built.block({ horizon: ms(31.000002), order, timersUntil }).broken();
  };
  expect(run(ms(31.000002))).toEqual([]);
  expect(run(ms(31.000003))).toEqual(COMPANIONS);
});

test("a time that stands on hostile stamps alone is refused", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A");
  for (const lane of [0, 1, 2]) run.arrive(lane, "A", ms(10)).batch(lane, ms(30 + lane));
  run.batch(3, ms(33), { A: ms(11) }).block({ horizon: ms(31), order: [["A", ms(11)]] });
  expect(run.broken()).toEqual(COMPANIONS);
});

test("a block whose horizon is not its cut's is refused", () => {
  const run = goodRun().batches(50);
  const block = run.makeBlock({ horizon: ms(51) });
  const transactions: readonly OrderedTransaction[] = [];
  for (const machine of run.correct)
    run.deliver({ ...block, horizon: ms(52), timersUntil: ms(52), transactions }, machine, ms(53));
  expect(run.broken()).toEqual(COMPANIONS);
});
