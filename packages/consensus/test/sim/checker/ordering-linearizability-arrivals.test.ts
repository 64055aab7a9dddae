import { expect, test } from "vitest";
import { RunBuilder } from "./build.ts";
import { ms, txid } from "./names.ts";

const ARRIVALS = "ordering-linearizability-arrivals";

/**
 * A is whole everywhere from 10 to 13 ms and is stamped from 40 to 43 ms only; B arrives from 20 to 23 ms
 * and is stamped at once. By stamps B is first.
 */
function lateStamps(between: (run: RunBuilder) => void = () => undefined, arrivesAgain = true): RunBuilder {
  const run = new RunBuilder().submit("A").submit("B");
  for (const lane of [0, 1, 2, 3]) run.arrive(lane, "A", ms(10 + lane));
  between(run);
  for (const lane of [0, 1, 2, 3]) run.batch(lane, ms(30 + lane), { B: ms(20 + lane) });
  run.block({ horizon: ms(31), order: [["B", ms(21)]] });
  for (const lane of [0, 1, 2, 3]) {
    if (arrivesAgain) run.arrive(lane, "A", ms(40 + lane));
    run.batch(lane, ms(50 + lane), { A: ms(40 + lane) }, { arrives: false });
  }
  return run.block({ horizon: ms(51), order: [["A", ms(41)]] });
}

test("S-1 stamps taken after verification are invisible in stamps, and seen in arrivals", () => {
  expect(lateStamps(undefined, false).broken()).toEqual([ARRIVALS]);
});

test("S-1 a second arrival does not renew the first", () => {
  expect(lateStamps().broken()).toEqual([ARRIVALS]);
});

test("S-3 an arrival that was lost in a crash counts from its later stamp", () => {
  const restart = (run: RunBuilder): void => {
    for (const lane of [0, 1, 2, 3]) run.crash(lane, ms(14)).start(lane, "restart", ms(15));
  };
  expect(lateStamps(restart).broken()).toEqual([]);
  expect(lateStamps(restart, false).broken()).toEqual([]);
});

test("S-2 what was declined is stamped when it is taken up", () => {
  const decline = (run: RunBuilder): void => {
    for (const lane of [0, 1, 2, 3]) run.fact(lane, { kind: "declined", txid: txid("A"), why: "SENDER" });
  };
  expect(lateStamps(decline, false).broken()).toEqual([]);
});

test("S-7 what arrives while a lane is stopped may be stamped when it goes on", () => {
  const stop = (run: RunBuilder): void => {
    for (const lane of [0, 1, 2, 3]) run.fact(lane, { kind: "clockAhead", by: ms(1) });
  };
  expect(lateStamps(stop, false).broken()).toEqual([]);
});

test("S-1 what was unverified for too long counts from its next arrival", () => {
  const run = new RunBuilder().submit("A").submit("B");
  for (const lane of [0, 1, 2, 3]) run.arrive(lane, "A", ms(10 + lane));
  for (const lane of [0, 1, 2, 3]) run.batch(lane, ms(30 + lane), { B: ms(20 + lane) });
  run.block({ horizon: ms(31), order: [["B", ms(21)]] }).batches(150, { A: 120 });
  expect(run.block({ horizon: ms(151), order: [["A", ms(121)]] }).broken()).toEqual([]);
});

test("S-1 a machine whose promised head is above its clock stamps one above that head", () => {
  // Lanes 0 to 2 have slow clocks, and promised 30 ms after the heads of others (S-7).
  const run = new RunBuilder().submit("A").submit("B").batches(30);
  run.block({ horizon: ms(31) });
  for (const lane of [0, 1, 2, 3])
    run.arrive(lane, "A", ms(10 + lane), ms(31)).arrive(lane, "B", ms(33.5 + lane / 10), ms(34));
  for (const lane of [0, 1, 2, 3]) {
    const lifted = { A: ms(30 + lane + 0.000001), B: ms(33.5 + lane / 10) };
    run.batch(lane, ms(50 + lane), lifted, { arrives: false });
  }
  run.block({
    horizon: ms(51),
    order: [
      ["A", ms(31.000001)],
      ["B", ms(33.6)],
    ],
  });
  expect(run.broken()).toEqual([]);
});

test("S-1 a head that was promised and not yet sent when content arrived lifts its stamp too", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A").submit("B");
  for (const lane of [0, 1, 2]) run.arrive(lane, "A", ms(10 + lane)).batch(lane, ms(25 + lane));
  for (const lane of [0, 1, 2]) {
    const lifted = { A: ms(25 + lane + 0.000001), B: ms(25 + lane + 0.000002) };
    run.arrive(lane, "B", ms(15 + lane)).batch(lane, ms(30 + lane), lifted, { arrives: false });
  }
  run.batch(3, ms(33), { B: ms(1) });
  run.block({
    horizon: ms(31),
    order: [
      ["B", ms(25.000002)],
      ["A", ms(26.000001)],
    ],
  });
  expect(run.violations([ARRIVALS, "ordering-linearizability"])).toEqual([]);
});

test("E-1 a joiner that sights anew what it has long held is seen in arrivals", () => {
  const run = new RunBuilder({ joiners: 1, hostile: [3], params: { epochHeights: 2, window: 1 } });
  run
    .submit("A")
    .submit("B")
    .batches(20)
    .block({ horizon: ms(21) });
  const keys = [0, 1, 3, 4].flatMap((machine) => run.keys.slice(machine, machine + 1));
  for (const lane of [0, 1, 4]) run.arrive(lane, "A", ms(22 + lane));
  run
    .batch(0, ms(30), { A: ms(22) }, { arrives: false })
    .batch(2, ms(32))
    .batch(3, ms(33));
  run.batch(1, ms(31), { A: ms(23) }, { arrives: false });
  run.block({ horizon: ms(31), order: [], tips: [1, 2, 2, 2] }).executed({ nextValidators: keys });
  run.changeSet([0, 1, 3, 4]);
  for (const lane of [0, 1, 4]) run.batch(lane, ms(60 + lane), { B: ms(50 + lane) });
  run.batch(3, ms(63), { B: ms(45) });
  run.block({ horizon: ms(61), epoch: 1, order: [["B", ms(50)]], tips: [1, 3, 3, 1] });
  run.batch(4, ms(80), { A: ms(70) }, { arrives: false });
  expect(run.violations(["ordering-linearizability"])).toEqual([]);
  expect(run.violations([ARRIVALS])).toHaveLength(1);
});

test("S-1 late stamps that follow one another by a nanosecond excuse nothing", () => {
  // X and A finish verification together; X is of no client, so that A alone claims a place.
  const run = new RunBuilder().submit("A").submit("B");
  for (const lane of [0, 1, 2, 3]) run.arrive(lane, "X", ms(9 + lane)).arrive(lane, "A", ms(10 + lane));
  for (const lane of [0, 1, 2, 3]) run.batch(lane, ms(30 + lane), { B: ms(20 + lane) });
  run.block({ horizon: ms(31), order: [["B", ms(21)]] });
  for (const lane of [0, 1, 2, 3]) {
    const late = { X: ms(40 + lane), A: ms(40 + lane + 0.000001) };
    run.batch(lane, ms(50 + lane), late, { arrives: false });
  }
  expect(run.block({ horizon: ms(51), order: [["A", ms(41.000001)]] }).broken()).toEqual([ARRIVALS]);
});

test("S-3 a stamp behind a batch that was never sent can't be judged", () => {
  const run = new RunBuilder().submit("A").submit("B");
  for (const lane of [0, 1, 2, 3]) {
    run.arrive(lane, "A", ms(10 + lane)).batch(lane, ms(35 + lane), { B: ms(30 + lane) });
    run.lanes.make(lane, ms(40 + lane));
    run.batch(lane, ms(60 + lane), { A: ms(40 + lane + 0.000001) }, { arrives: false });
  }
  const order = [["B", ms(31)] as const, ["A", ms(41.000001)] as const];
  expect(run.block({ horizon: ms(61), order }).violations([ARRIVALS])).toEqual([]);
});

test("S-2 what arrives too long before its validUntil counts from its next arrival", () => {
  const run = new RunBuilder().submit("A", { validUntil: ms(300_030) }).submit("B");
  for (const lane of [0, 1, 2, 3]) run.arrive(lane, "A", ms(10 + lane));
  run
    .batches(36, { B: 20 })
    .block({ horizon: ms(37), order: [["B", ms(21)]] })
    .batches(50, { A: 40 });
  expect(run.block({ horizon: ms(51), order: [["A", ms(41)]] }).broken()).toEqual([]);
});

test("S-1 a clock that leaps forward may drop what is unverified sooner", () => {
  const run = new RunBuilder().submit("A").submit("B").submit("C");
  for (const lane of [0, 1, 2, 3]) {
    run
      .arrive(lane, "A", ms(10 + lane))
      .arrive(lane, "B", ms(12 + lane))
      .arrive(lane, "A", ms(1_010 + lane), ms(20));
    run.batch(
      lane,
      ms(1_020 + lane),
      { B: ms(12 + lane), A: ms(1_010 + lane) },
      { arrives: false, at: ms(25) },
    );
  }
  run.batches(1_100, { C: 1_050 }).block({
    horizon: ms(1_101),
    order: [
      ["B", ms(13)],
      ["C", ms(1_051)],
      ["A", ms(1_052)],
    ],
  });
  expect(run.violations([ARRIVALS]).map((it) => it.detail)).toHaveLength(1);
  expect(run.violations(["ordering-linearizability"])).toHaveLength(1);
});

test("S-1 a clock that was set back stamps behind what it had stamped before, seen in the lane or not", () => {
  const run = new RunBuilder().submit("A").submit("B");
  for (const lane of [0, 1, 2, 3]) {
    // J is junk: it got a stamp, and no sighting.
    run
      .arrive(lane, "J", ms(40 + lane))
      .arrive(lane, "A", ms(10 + lane))
      .arrive(lane, "B", ms(39 + lane), ms(39));
    const lifted = { A: ms(40 + lane + 0.000001), B: ms(40 + lane + 0.000002) };
    run.batch(lane, ms(60 + lane), lifted, { arrives: false });
  }
  run.block({
    horizon: ms(61),
    order: [
      ["B", ms(41.000002)],
      ["A", ms(41.000003)],
    ],
  });
  expect(run.violations([ARRIVALS])).toEqual([]);
});

test("S-1 of very many arrivals of one transaction any may be the one that counts", () => {
  const again = (run: RunBuilder): void => {
    for (let i = 0; i < 20; i++) for (const lane of [0, 1, 2, 3]) run.arrive(lane, "A", ms(14 + i / 10));
  };
  expect(lateStamps(again).violations([ARRIVALS])).toEqual([]);
});
