import { expect, test } from "vitest";
import { RunBuilder } from "./build.ts";
import { ms } from "./names.ts";

const BOTH = ["ordering-linearizability", "ordering-linearizability-arrivals"];

test("a transaction that all had seen before any saw the other must stand before it", () => {
  const run = new RunBuilder().submit("A").submit("B").batches(30, { A: 10, B: 20 });
  run.block({
    horizon: ms(31),
    order: [
      ["B", ms(21)],
      ["A", ms(21.000001)],
    ],
  });
  // The order that follows from the cut is another, which can't be hidden from the recomputation.
  expect(run.broken()).toEqual([...BOTH, "one-block-per-cuts"]);
});

test("a transaction in a later height counts as standing behind", () => {
  const run = new RunBuilder().submit("A").submit("B").batches(30, { A: 10, B: 20 });
  run.block({ horizon: ms(31), order: [["B", ms(21)]] }).batches(50);
  run.block({ horizon: ms(51), order: [["A", ms(31.000001)]] });
  expect(run.broken()).toEqual([...BOTH, "inclusion", "one-block-per-cuts"]);
});

test("a transaction that is never delivered was overtaken too", () => {
  const run = new RunBuilder().submit("A").submit("B").batches(30, { A: 10, B: 20 });
  run.block({ horizon: ms(31), order: [["B", ms(21)]] });
  expect(run.broken()).toEqual([...BOTH, "inclusion", "one-block-per-cuts"]);
});

test("transactions whose correct stamps overlap may stand either way", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A").submit("B");
  run.batch(0, ms(30), { A: ms(10), B: ms(19) }).batch(1, ms(31), { B: ms(18), A: ms(20) });
  run.batch(2, ms(32), { A: ms(12), B: ms(21) }).batch(3, ms(33), { A: ms(11), B: ms(15) });
  run.block({
    horizon: ms(31),
    order: [
      ["A", ms(11)],
      ["B", ms(18)],
    ],
  });
  expect(run.broken()).toEqual([]);
  expect(run.violations(["ordering-linearizability"])).toEqual([]);
});

test("O-1 what a hostile lane says of a transaction moves no other one past its bounds", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A").submit("B");
  for (const lane of [0, 1, 2]) run.batch(lane, ms(30 + lane), { A: ms(10 + lane), B: ms(20 + lane) });
  run.batch(3, ms(33), { B: ms(1), A: ms(29) });
  run.block({
    horizon: ms(31),
    order: [
      ["A", ms(11)],
      ["B", ms(20)],
    ],
  });
  expect(run.broken()).toEqual([]);
});

test("a transaction that one correct validator never saw claims nothing", () => {
  // Lane 0 says A at 10, but is not in the cut; lane 2 promised 32 without it.
  const run = new RunBuilder({ hostile: [3] }).submit("A").submit("B");
  run.batch(0, ms(30), { A: ms(10) }).batch(1, ms(31), { A: ms(11), B: ms(21) });
  run.batch(2, ms(32), { B: ms(22) }).batch(3, ms(33), { B: ms(20) });
  run.block({ horizon: ms(31), order: [["B", ms(21)]], tips: [0] });
  expect(run.broken()).toEqual([]);
});

test("with nobody hostile one straggler takes no claim away", () => {
  const run = new RunBuilder().submit("A").submit("B");
  for (const lane of [0, 1, 2]) run.batch(lane, ms(30 + lane), { A: ms(10 + lane), B: ms(20 + lane) });
  run.batch(3, ms(33), { B: ms(23) });
  run.block({
    horizon: ms(31),
    order: [
      ["B", ms(21)],
      ["A", ms(21.000001)],
    ],
  });
  expect(run.broken()).toEqual([...BOTH, "one-block-per-cuts"]);
});

test("O-2 what has expired claims nothing, and until then it does", () => {
  const run = (validUntil: number): readonly string[] => {
    const built = new RunBuilder().submit("A", { validUntil: ms(validUntil) }).submit("B");
    built
      .batches(30, { A: 10 })
      .block({ horizon: ms(31) })
      .batches(50, { B: 40 });
    built.block({ horizon: ms(51), order: [["B", ms(41)]] });
    return built.violations(["ordering-linearizability"]).map((it) => it.property);
  };
  expect(run(31)).toEqual([]);
  expect(run(32)).toEqual(["ordering-linearizability"]);
});

test("with more than f hostile validators nothing is promised", () => {
  const run = new RunBuilder({ hostile: [2, 3] }).submit("A").submit("B").batches(30, { A: 10, B: 20 });
  run.block({
    horizon: ms(31),
    order: [
      ["B", ms(21)],
      ["A", ms(21.000001)],
    ],
  });
  expect(run.broken()).toEqual(["one-block-per-cuts"]);
});

test("E-1 a new set orders by the stamps of its own members, a joiner's old ones included", () => {
  const run = new RunBuilder({ joiners: 1, params: { window: 1 } }).submit("A").submit("B");
  run.batches(30).block({ horizon: ms(31) });
  const keys = [0, 1, 2, 4].flatMap((machine) => run.keys.slice(machine, machine + 1));
  run.executed({ nextValidators: keys });
  for (const lane of [0, 1, 2, 3]) run.batch(lane, ms(50 + lane), { A: ms(40 + lane) });
  // Whoever leaves saw A first, and doesn't count any more.
  run.batch(4, ms(54), { A: ms(45), B: ms(46) });
  run.block({ horizon: ms(31.5), order: [], tips: [1, 1, 1, 1] }).executed({ nextValidators: keys });
  run.changeSet([0, 1, 2, 4]);
  for (const lane of [0, 1, 2]) run.batch(lane, ms(70 + lane), { B: ms(60 + lane) });
  run.block({
    horizon: ms(70),
    epoch: 1,
    order: [
      ["B", ms(60)],
      ["A", ms(60.000001)],
    ],
  });
  const [violation] = run.violations(["ordering-linearizability"]);
  expect(violation?.detail).toContain("seen by no correct validator before");
});

test("with nobody hostile one lane that saw the other early takes no claim away", () => {
  const run = new RunBuilder().submit("A").submit("B").batches(30, { A: 10 });
  run
    .batch(0, ms(40), { B: ms(31) })
    .batch(1, ms(41), { B: ms(35) })
    .batch(2, ms(42), { B: ms(36) });
  expect(
    run
      .batch(3, ms(43))
      .block({
        horizon: ms(41),
        order: [
          ["A", ms(11)],
          ["B", ms(35)],
        ],
      })
      .broken(),
  ).toEqual([]);
  const early = new RunBuilder().submit("A").submit("B");
  early.batch(0, ms(30), { B: ms(5), A: ms(10) });
  for (const lane of [1, 2, 3]) early.batch(lane, ms(30 + lane), { A: ms(10 + lane), B: ms(20 + lane) });
  early.block({
    horizon: ms(31),
    order: [
      ["B", ms(21)],
      ["A", ms(21.000001)],
    ],
  });
  expect(early.broken()).toEqual([...BOTH, "one-block-per-cuts"]);
});

test("stamps that meet leave the order open", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A").submit("B");
  for (const lane of [0, 1, 2]) run.batch(lane, ms(30 + lane), { A: ms(10 + lane), B: ms(12 + lane) });
  run.batch(3, ms(33), { B: ms(1) });
  // c is 11 for A, and 12 for B; the highest of A's and the lowest of B's are the same.
  run.block({
    horizon: ms(31),
    order: [
      ["B", ms(12)],
      ["A", ms(12.000001)],
    ],
  });
  expect(run.violations(["ordering-linearizability"])).toEqual([]);
});

test("S-2 what a correct lane stamped outside its window claims nothing, and the lane is named", () => {
  const run = new RunBuilder()
    .submit("A", { validUntil: ms(300_011.5) })
    .submit("B")
    .batches(30, { A: 10, B: 20 });
  // c of A is 11, which is more than TTL before its validUntil: O-2 leaves it out.
  run.block({ horizon: ms(31), order: [["B", ms(21)]] });
  expect(run.broken()).toEqual(["lane-promises"]);
});
