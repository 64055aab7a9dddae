import { expect, test } from "vitest";
import { goodRun, RunBuilder } from "./build.ts";
import { ms } from "./names.ts";

test("O-2 a transaction is ordered once", () => {
  const run = goodRun()
    .batches(50)
    .block({ horizon: ms(51), order: [["A", ms(31.000001)]] });
  expect(run.broken()).toEqual(["definite-end", "one-block-per-cuts"]);
});

test("O-2 a transaction is ordered once in a block", () => {
  const run = new RunBuilder().submit("A").batches(30, { A: 10 });
  run.block({
    horizon: ms(31),
    order: [
      ["A", ms(11)],
      ["A", ms(11.000001)],
    ],
  });
  expect(run.broken()).toEqual(["definite-end", "one-block-per-cuts"]);
});

test("P-7 a height that is delivered again after a restart orders nothing twice", () => {
  const run = goodRun().crash(0, ms(52)).start(0, "restart", ms(53));
  for (const block of run.blocks) run.deliver(block, 0);
  expect(run.broken()).toEqual([]);
});

test("O-2 nothing is ordered on a parent whose horizon has reached its validUntil", () => {
  const run = (validUntil: number): readonly string[] => {
    const built = new RunBuilder().submit("A", { validUntil: ms(validUntil) }).batches(30, { A: 10 });
    built.block({ horizon: ms(31) }).batches(50);
    built.block({ horizon: ms(51), order: [["A", ms(31.000001), validUntil < 31.000001]] });
    return built.violations(["definite-end"]).map((it) => it.property);
  };
  expect(run(31)).toEqual(["definite-end"]);
  expect(run(31.000001)).toEqual([]);
});

test("O-4 a transaction is marked expired exactly if its time is past its validUntil", () => {
  const run = (time: number, expired: boolean): readonly string[] => {
    const built = new RunBuilder().submit("A", { validUntil: ms(20) }).batches(30, { A: 10 });
    built.block({ horizon: ms(31), order: [["A", ms(time), expired]] });
    return built.violations(["definite-end"]).map((it) => it.property);
  };
  expect(run(11, false)).toEqual([]);
  expect(run(20, false)).toEqual([]);
  expect(run(20, true)).toEqual(["definite-end"]);
  expect(run(20.000001, true)).toEqual([]);
  expect(run(20.000001, false)).toEqual(["definite-end"]);
});

test("O-4 a transaction that moved past its validUntil is delivered as expired", () => {
  const run = new RunBuilder().submit("A").submit("B", { validUntil: ms(13.5) });
  run.batches(30, { A: 10, B: 10.000001 });
  expect(
    run
      .block({
        horizon: ms(31),
        order: [
          ["A", ms(11)],
          ["B", ms(11.000001)],
        ],
      })
      .broken(),
  ).not.toContain("definite-end");
});
