import { expect, test } from "vitest";
import { goodRun } from "./build.ts";
import { digest, ms } from "./names.ts";

test("two machines that deliver different cuts at a height break agreement", () => {
  const run = goodRun().batches(50);
  const other = run.makeBlock({ horizon: ms(40) });
  run.block({ horizon: ms(51), by: [0, 1, 2] });
  expect(run.deliver(other, 3).broken()).toEqual(["agreement"]);
});

test("the same cut with another time in it breaks agreement", () => {
  const run = goodRun().submit("C").batches(50, { C: 40 });
  const block = run.makeBlock({ horizon: ms(51), order: [["C", ms(41)]] });
  const moved = block.transactions.map((it) => ({ ...it, time: ms(42) }));
  run.block({ horizon: ms(51), order: [["C", ms(41)]], by: [0, 1, 2] });
  expect(run.deliver({ ...block, transactions: moved }, 3).broken()).toEqual(["agreement"]);
});

test("what a hostile machine delivers is its own business", () => {
  const run = goodRun({ hostile: [3] }).batches(50);
  const other = run.makeBlock({ horizon: ms(40) });
  expect(
    run
      .block({ horizon: ms(51) })
      .deliver(other, 3)
      .broken(),
  ).toEqual([]);
});

test("a machine that leaves a height out breaks agreement", () => {
  const run = goodRun()
    .batches(50)
    .block({ horizon: ms(51), by: [0, 1, 2] })
    .batches(70);
  expect(run.block({ horizon: ms(71) }).broken()).toEqual(["agreement"]);
});

test("a machine that delivers a height twice in one life breaks agreement", () => {
  const run = goodRun();
  const [block] = run.blocks;
  expect(block === undefined ? [] : run.deliver(block, 0).broken()).toEqual(["agreement"]);
});

test("P-7 after a restart a machine delivers again from some height on, and leaves none out", () => {
  const run = goodRun()
    .batches(50)
    .block({ horizon: ms(51) })
    .crash(0, ms(52))
    .start(0, "restart", ms(53));
  for (const block of run.blocks) run.deliver(block, 0);
  expect(
    run
      .batches(70)
      .block({ horizon: ms(71) })
      .broken(),
  ).toEqual([]);
});

test("a machine that goes on behind a gap after a restart breaks agreement", () => {
  const run = goodRun().crash(0, ms(52)).start(0, "restart", ms(53)).batches(50);
  run.block({ horizon: ms(51), by: [1, 2, 3] }).batches(70);
  expect(run.block({ horizon: ms(71) }).broken()).toEqual(["agreement"]);
});

test("Y-1 a machine that lost its log may begin at any height", () => {
  const run = goodRun()
    .batches(50)
    .block({ horizon: ms(51), by: [1, 2, 3] });
  run.crash(0, ms(52)).start(0, "wiped", ms(53)).batches(70, {});
  const names = ["agreement", "one-block-per-cuts"] as const;
  expect(run.block({ horizon: ms(71) }).violations(names)).toEqual([]);
});

test("a certificate of finality for another block than the delivered one breaks agreement", () => {
  const run = goodRun();
  const [block] = run.blocks;
  if (block === undefined) throw new Error("a good run has a block");
  expect(run.final(0, run.finality(block)).broken()).toEqual([]);
  for (const field of ["digest", "blockHash"] as const) {
    const other = goodRun();
    expect(other.final(0, other.finality(block, { [field]: digest("other") })).broken()).toEqual([
      "agreement",
    ]);
  }
});

test("P-3 certificates of one height with different state roots break agreement", () => {
  const run = goodRun();
  const [block] = run.blocks;
  if (block === undefined) throw new Error("a good run has a block");
  run.final(0, run.finality(block));
  expect(run.final(1, run.finality(block, { stateRoot: digest("other") })).broken()).toEqual(["agreement"]);
});

test("a correct machine that halts has seen agreement broken; a hostile one may halt", () => {
  expect(
    goodRun({ hostile: [3] })
      .halt(3)
      .broken(),
  ).toEqual([]);
  expect(goodRun().halt(3).broken()).toEqual(["agreement"]);
});
