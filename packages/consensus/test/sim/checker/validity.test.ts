import { expect, test } from "vitest";
import { goodRun, RunBuilder } from "./build.ts";
import { ms } from "./names.ts";

test("what no client made is delivered by nobody", () => {
  const run = new RunBuilder().batches(30, { A: 10 }).block({ horizon: ms(31), order: [["A", ms(11)]] });
  expect(run.broken()).toEqual(["validity", "one-block-per-cuts"]);
});

test("what a client makes only later was invented", () => {
  const run = new RunBuilder()
    .batches(30, { A: 10 })
    .block({ horizon: ms(31), order: [["A", ms(11)]] })
    .submit("A");
  expect(run.broken()).toEqual(["validity"]);
});

test("V-1 content that reached hostile machines only can't be executed", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A").arrive(3, "A", ms(9));
  run
    .batch(0, ms(30), { A: ms(10) }, { arrives: false })
    .batch(1, ms(31))
    .batch(2, ms(32))
    .batch(3, ms(33), { A: ms(11) });
  run.block({ horizon: ms(31), order: [["A", ms(11)]] });
  expect(run.broken()).toEqual(["lane-promises", "validity"]);
});

test("content at one correct machine is enough", () => {
  expect(goodRun().broken()).toEqual([]);
});
