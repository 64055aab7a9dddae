import { AssertionFailed } from "@touchmark/core";
import { expect, test } from "vitest";
import { PROPERTY_NAMES } from "../../../src/sim/checker/setup.ts";
import { goodRun, RunBuilder } from "./build.ts";
import { ms } from "./names.ts";

test("a run that keeps every rule breaks no property", () => {
  const run = goodRun()
    .batches(50)
    .block({ horizon: ms(51) });
  expect(run.violations()).toEqual([]);
});

test("a run of one validator alone breaks no property", () => {
  const run = new RunBuilder({ n: 1 }).submit("A").batches(30, { A: 10 });
  expect(run.block({ horizon: ms(30), order: [["A", ms(10)]] }).violations()).toEqual([]);
});

test("violations name the specific property before the block that should have followed", () => {
  const run = new RunBuilder().submit("A").submit("B").batches(30, { A: 10, B: 20 });
  run.block({
    horizon: ms(31),
    order: [
      ["B", ms(21)],
      ["A", ms(22)],
    ],
  });
  const properties = run.violations().map((it) => it.property);
  const places = properties.map((it) => PROPERTY_NAMES.indexOf(it));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(properties[0]).toBe("ordering-linearizability");
});

test("only the properties that are named are judged", () => {
  const run = goodRun().halt(0);
  expect(run.broken()).toEqual(["agreement"]);
  expect(run.violations(["validity"])).toEqual([]);
});

test("a run of a thousand broken rules is told in a few sentences", () => {
  const run = goodRun();
  for (let i = 0; i < 1_000; i++) run.halt(0);
  expect(run.violations()).toHaveLength(5);
});

test("a checker judges one run", () => {
  const checker = goodRun().checker();
  checker.finish({ at: ms(1) });
  expect(() => checker.finish({ at: ms(1) })).toThrow(AssertionFailed);
});

test("the checker names the kinds of events that it must be shown", () => {
  const run = goodRun();
  const { kinds } = run.checker();
  for (const kind of [
    "started",
    "arrived",
    "sent",
    "received",
    "delivered",
    "executed",
    "final",
    "fact",
  ] as const) {
    expect(kinds.has(kind)).toBe(true);
  }
  expect(run.checker(["validity"]).kinds.has("received")).toBe(false);
});
