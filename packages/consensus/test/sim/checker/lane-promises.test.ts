import { expect, test } from "vitest";
import { RunBuilder } from "./build.ts";
import { digest, length, ms } from "./names.ts";

const HOUR = 3_600_000;

function details(run: RunBuilder): readonly string[] {
  return run.violations().map(({ property, detail }) => `${property}: ${detail.replace(/^lane \w+: /, "")}`);
}

test("S-1 a lane that counts up is good, with heartbeats and across a restart", () => {
  const run = new RunBuilder()
    .submit("A")
    .submit("B")
    .batch(0, ms(10), { A: ms(9) })
    .batch(0, ms(20));
  run
    .crash(0, ms(21))
    .start(0, "restart", ms(22))
    .batch(0, ms(30), { B: ms(29) });
  expect(run.broken()).toEqual([]);
});

test("S-1 a stamp at or below the head before breaks the promise", () => {
  const run = new RunBuilder()
    .submit("A")
    .batch(0, ms(10))
    .batch(0, ms(20), { A: ms(10) });
  expect(details(run)).toEqual([
    expect.stringMatching(/^lane-promises: batch 2 names transaction \w+ with stamp \d+, not above \d+$/),
  ]);
});

test("S-1 stamps within a batch strictly increase", () => {
  const run = new RunBuilder()
    .submit("A")
    .submit("B")
    .batch(0, ms(10), { A: ms(5), B: ms(5) });
  expect(run.broken()).toEqual(["lane-promises"]);
});

test("S-1 a stamp above its own head breaks the promise", () => {
  expect(
    new RunBuilder()
      .submit("A")
      .batch(0, ms(10), { A: ms(11) })
      .broken(),
  ).toEqual(["lane-promises"]);
});

test("S-1 a head never falls", () => {
  expect(new RunBuilder().batch(0, ms(10)).batch(0, ms(9)).broken()).toEqual(["lane-promises"]);
});

test("S-1 a first stamp is above the genesis time", () => {
  expect(
    new RunBuilder()
      .submit("A")
      .batch(0, ms(10), { A: ms(0) })
      .broken(),
  ).toEqual(["lane-promises"]);
});

test("S-3 two batches of one number break the promise, also with a crash between them", () => {
  const run = new RunBuilder()
    .batch(0, ms(10), {}, { isTip: false })
    .crash(0, ms(11))
    .start(0, "restart", ms(12));
  expect(run.batch(0, ms(13)).broken()).toEqual(["lane-promises"]);
});

test("P-6 the same batch may be sent again and again", () => {
  const run = new RunBuilder();
  const batch = run.lanes.make(0, ms(10));
  run.send(0, { kind: "batch", batch }).send(0, { kind: "batch", batch: { ...batch } });
  expect(run.broken()).toEqual([]);
});

test("what others say in the name of a lane is not its promise", () => {
  const run = new RunBuilder({ hostile: [3] }).batch(0, ms(10));
  const batch = run.lanes.make(0, ms(20), {}, { seq: 1, isTip: false });
  expect(run.send(3, { kind: "batch", batch }).send(1, { kind: "batch", batch }).broken()).toEqual([]);
});

test("a hostile lane may break every promise", () => {
  const run = new RunBuilder({ hostile: [3] })
    .submit("A")
    .batch(3, ms(10), { A: ms(11) })
    .batch(3, ms(9));
  expect(run.broken()).toEqual([]);
});

test("S-1 batches are linked by digest", () => {
  const run = new RunBuilder().batch(0, ms(10)).batch(0, ms(20), {}, { prev: digest("elsewhere") });
  expect(run.broken()).toEqual(["lane-promises"]);
  expect(new RunBuilder().batch(0, ms(10), {}, { prev: digest("elsewhere") }).broken()).toEqual([
    "lane-promises",
  ]);
});

test("S-3 a batch that was signed and never sent leaves a gap that breaks nothing", () => {
  const run = new RunBuilder().submit("A").batch(0, ms(10));
  run.lanes.make(0, ms(20));
  expect(run.batch(0, ms(30), { A: ms(25) }).broken()).toEqual([]);
});

test("S-2 a transaction enters a lane once", () => {
  const run = new RunBuilder()
    .submit("A")
    .batch(0, ms(10), { A: ms(9) })
    .batch(0, ms(20), { A: ms(19) });
  expect(run.broken()).toEqual(["lane-promises"]);
});

test("O-2 a lane may name a transaction again once its stamp is ignored", () => {
  const run = new RunBuilder({ params: { ttl: length(30_000) } });
  run.submit("A", { validUntil: ms(40_000) }).batch(0, ms(11_000), { A: ms(10_000) });
  for (const lane of [1, 2, 3]) run.batch(lane, ms(41_000 + lane));
  run.block({ horizon: ms(41_001) });
  const again = run.batch(0, ms(39_000), { A: ms(38_000) });
  expect(again.violations(["lane-promises"])).toEqual([]);
});

test("S-2 a stamp lies in the window of the transaction", () => {
  const at = (validUntil: number): readonly string[] =>
    new RunBuilder()
      .submit("A", { validUntil: ms(validUntil) })
      .batch(0, ms(10), { A: ms(9) })
      .broken();
  expect(at(9.000001)).toEqual([]);
  expect(at(9)).toEqual(["lane-promises"]);
  expect(at(300_009)).toEqual([]);
  expect(at(300_010)).toEqual(["lane-promises"]);
  expect(at(HOUR)).toEqual(["lane-promises"]);
});

test("S-1 a lane names only what was whole at its machine, at no earlier time", () => {
  const run = (): RunBuilder => new RunBuilder().submit("A");
  const options = { arrives: false };
  expect(
    run()
      .batch(0, ms(10), { A: ms(9) }, options)
      .broken(),
  ).toEqual(["lane-promises"]);
  expect(
    run()
      .arrive(1, "A", ms(8))
      .batch(0, ms(10), { A: ms(9) }, options)
      .broken(),
  ).toEqual(["lane-promises"]);
  expect(
    run()
      .arrive(0, "A", ms(8))
      .batch(0, ms(10), { A: ms(7) }, options)
      .broken(),
  ).toEqual(["lane-promises"]);
  expect(
    run()
      .arrive(0, "A", ms(8))
      .batch(0, ms(10), { A: ms(9) }, options)
      .broken(),
  ).toEqual([]);
});

test("S-1 after a clock was set back, the later arrival counts", () => {
  const run = new RunBuilder()
    .submit("A")
    .arrive(0, "A", ms(20))
    .crash(0, ms(21))
    .start(0, "restart", ms(22));
  run.arrive(0, "A", ms(8), ms(23)).batch(0, ms(10), { A: ms(8) }, { arrives: false });
  expect(run.broken()).toEqual([]);
});

test("S-3 a batch whose stamps alone differ is another batch", () => {
  const run = new RunBuilder()
    .submit("A")
    .batch(0, ms(10), { A: ms(8) }, { isTip: false })
    .batch(0, ms(10), { A: ms(9) });
  expect(run.broken()).toEqual(["lane-promises"]);
});
