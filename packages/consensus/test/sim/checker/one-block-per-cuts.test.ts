import { compareBytes, concatBytes, type Nanos } from "@touchmark/core";
import { expect, test } from "vitest";
import { nameOfBytes } from "../../../src/sim/checker/names.ts";
import { goodRun, type Place, RunBuilder } from "./build.ts";
import { chain, digest, length, ms, txid } from "./names.ts";

const BROKEN = ["one-block-per-cuts"];

function why(run: RunBuilder): string | undefined {
  return run.violations(["one-block-per-cuts"])[0]?.detail;
}

test("C-2 the horizon is the (f + 1)-th smallest head", () => {
  const run = (horizon: number): RunBuilder => new RunBuilder().batches(30).block({ horizon: ms(horizon) });
  expect(run(31).broken()).toEqual([]);
  expect(why(run(30))).toBe(`height 1: C-2: horizon ${ms(30)}, not ${ms(31)}`);
  expect(run(32).broken()).toEqual(BROKEN);
});

test("C-2 a cut whose heads don't pass the parent's horizon is none", () => {
  const run = goodRun().block({ horizon: ms(31.000001) });
  expect(why(run)).toContain("is not after the parent's horizon");
});

test("C-2 what doesn't fit lowers the horizon to just below it, and ties stay out together", () => {
  const run = (bAgain: number, horizon: number, order: readonly Place[]): string | undefined => {
    const built = new RunBuilder({ params: { blockTransactionsMax: 2 } }).submit("A").submit("B").submit("C");
    built.batch(0, ms(30), { A: ms(10), B: ms(20) }).batch(1, ms(31), { A: ms(11), C: ms(19) });
    built.batch(2, ms(32), { B: ms(bAgain) }).batch(3, ms(33), { C: ms(22) });
    return why(built.block({ horizon: ms(horizon), order }));
  };
  const a = ["A", ms(11)] as const;
  const b = ["B", ms(21)] as const;
  expect(run(21, 21.999999, [a, b])).toBeUndefined();
  expect(run(21, 31, [a, b])).toContain("C-2: horizon");
  expect(run(22, 21.999999, [a])).toBeUndefined();
});

test("O-1 a lane that names a transaction twice counts with its smallest stamp", () => {
  const run = new RunBuilder({ hostile: [3] }).submit("A");
  run
    .batch(0, ms(30), { A: ms(20) })
    .batch(1, ms(31))
    .batch(2, ms(32));
  run.batch(3, ms(12), { A: ms(11) }).batch(3, ms(33), { A: ms(25) });
  run.block({ horizon: ms(31), order: [["A", ms(20)]] });
  expect(run.broken()).toEqual([]);
});

test("O-2 stamps more than TTL before the parent's horizon are ignored", () => {
  const run = (horizon: number): string | undefined => {
    const params = { ttl: length(30_000) };
    const built = new RunBuilder({ hostile: [3], params }).submit("A", { validUntil: ms(40_000) });
    for (const lane of [0, 1, 2]) built.batch(lane, ms(horizon + lane));
    built.batch(3, ms(9_000), { A: ms(8_000) }).block({ horizon: ms(horizon) });
    built.batch(3, ms(39_000), { A: ms(38_500) }).batch(0, ms(39_000), { A: ms(38_000) });
    built.batch(1, ms(39_001)).batch(2, ms(39_002));
    return why(built.block({ horizon: ms(39_000), order: [["A", ms(38_500)]] }));
  };
  // At 37.999 s lane 3's stamp of 8 s still counts, and c is 38 s; at 38 s it doesn't, and c is 38.5 s.
  expect(run(37_999)).toContain("transaction 0 is");
  expect(run(38_000)).toBeUndefined();
});

test("O-2 what is valid for longer than TTL from its stamp is not due", () => {
  const run = (order: readonly (readonly [string, Nanos])[]): RunBuilder => {
    const built = new RunBuilder({ hostile: [2, 3] }).submit("A", { validUntil: ms(300_020) });
    built
      .batch(0, ms(30), { A: ms(25) })
      .batch(1, ms(31))
      .batch(2, ms(32), { A: ms(10) })
      .batch(3, ms(33), { A: ms(11) });
    return built.block({ horizon: ms(31), order });
  };
  expect(why(run([]))).toBeUndefined();
  expect(why(run([["A", ms(11)]]))).toBe(
    `height 1: transaction 0 is ${nameOfBytes(txid("A"))} at ${ms(11)}, and follows as none`,
  );
});

test("O-2 a stamp that stops counting moves c, also where nothing new was said", () => {
  const run = new RunBuilder({ hostile: [3], params: { ttl: length(30_000) } });
  run
    .submit("A", { validUntil: ms(38_001) })
    .batch(3, ms(8_000), { A: ms(8_000) })
    .batch(3, ms(38_000));
  run
    .batch(0, ms(39_000), { A: ms(38_000.2) })
    .batch(1, ms(39_001), { A: ms(38_000.5) })
    .batch(2, ms(37_999));
  run
    .block({ horizon: ms(38_000) })
    .batch(2, ms(39_002))
    .batch(3, ms(39_003));
  // At 38 s, c is 38.0002 s with lane 3's stamp; with a parent at 38 s that stamp is ignored.
  run.block({ horizon: ms(39_001), order: [["A", ms(38_000.5)]] });
  expect(why(run)).toBeUndefined();
});

test("O-2 what has a c past its validUntil is not due, and neither is what the parent's horizon has reached", () => {
  const late = new RunBuilder()
    .submit("A", { validUntil: ms(10.5) })
    .batches(30, { A: 10 })
    .block({ horizon: ms(31) });
  expect(why(late)).toBeUndefined();
  const run = (validUntil: number, order: readonly Place[]): string | undefined => {
    // Lane 0 is slow: its sighting at 10 makes c 12 when the horizon is at 31 already.
    const built = new RunBuilder().submit("A", { validUntil: ms(validUntil) });
    built
      .batch(1, ms(31), { A: ms(12) })
      .batch(2, ms(32))
      .batch(3, ms(33))
      .batch(0, ms(34), { A: ms(10) });
    return why(built.block({ horizon: ms(31), tips: [0] }).block({ horizon: ms(32), order }));
  };
  expect(run(31, [])).toBeUndefined();
  expect(run(31.000001, [["A", ms(31.000001)]])).toBeUndefined();
  expect(run(31.000001, [])).toContain("transaction 0");
});

test("C-2 a horizon that would have to fall to the parent's is one above it instead", () => {
  const run = new RunBuilder({ params: { blockTransactionsMax: 1 } }).submit("A").submit("B");
  run
    .batch(1, ms(31), { A: ms(12) })
    .batch(2, ms(32), { B: ms(13) })
    .batch(3, ms(33), { B: ms(31.000001) });
  run.batch(0, ms(34), { A: ms(10) }).block({ horizon: ms(31), tips: [0] });
  run.block({ horizon: ms(31.000001), order: [["A", ms(31.000001)]] });
  expect(why(run)).toBeUndefined();
});

test("O-4 a time moves after the last one of the chain, not only of its block", () => {
  const run = (time: number): string | undefined => {
    const built = new RunBuilder().submit("A").submit("B").submit("C");
    built.batch(0, ms(31), { A: ms(30), B: ms(31) }).batch(1, ms(31), { A: ms(31) });
    built.batch(2, ms(32), { B: ms(31) }).batch(3, ms(33), { B: ms(30.5) });
    built.block({
      horizon: ms(31),
      order: [
        ["B", ms(31)],
        ["A", ms(31.000001)],
      ],
    });
    built.batch(0, ms(50), { C: ms(31.000001) }).batch(1, ms(51), { C: ms(31.000001) });
    return why(built.block({ horizon: ms(33), order: [["C", ms(time)]] }));
  };
  expect(run(31.000002)).toBeUndefined();
  expect(run(31.000001)).toContain("transaction 0");
});

test("C-1 a cut has a tip for every lane of its set", () => {
  const run = new RunBuilder().batches(30);
  const block = run.makeBlock({ horizon: ms(31) });
  const short = { ...block, cut: { ...block.cut, tips: block.cut.tips.slice(1) } };
  for (const machine of run.correct) run.deliver(short, machine, ms(40));
  expect(why(run)).toContain("3 tips for 4 lanes");
});

test("O-3 later stamps break ties of c, and what is missing comes last", () => {
  const run = (first: string, second: string): string | undefined => {
    const built = new RunBuilder().submit("A").submit("B");
    // Both have c = 11; then A has none, and B has 12.
    built.batch(0, ms(30), { A: ms(9), B: ms(12) }).batch(1, ms(31), { A: ms(11) });
    built.batch(2, ms(32), { B: ms(11) }).batch(3, ms(33), { B: ms(10) });
    const order = [[first, ms(11)] as const, [second, ms(11.000001)] as const];
    return why(built.block({ horizon: ms(31), order }));
  };
  expect(run("B", "A")).toBeUndefined();
  expect(run("A", "B")).toContain("transaction 0");
});

test("O-3 equal stamps are ordered by a lot that depends on the parent's cut", () => {
  const lotOf = (name: string): Uint8Array => chain.hasher.sha256(concatBytes(digest("genesis"), txid(name)));
  const names = ["A", "B", "C", "D"].sort((a, b) => compareBytes(lotOf(a), lotOf(b)));
  const run = (order: readonly string[]): string | undefined => {
    const built = new RunBuilder();
    // First named is first seen everywhere, which must not count.
    const seen = Object.fromEntries(names.toReversed().map((name) => [name, ms(10)]));
    for (const name of names.toReversed()) built.submit(name);
    for (const lane of [0, 1, 2, 3]) built.batch(lane, ms(30 + lane), seen);
    return why(
      built.block({ horizon: ms(31), order: order.map((name, i) => [name, ms(10 + i * 0.000001)]) }),
    );
  };
  expect(run(names)).toBeUndefined();
  expect(run(names.toReversed())).toContain("transaction 0");
});

test("C-1 a cut that names a batch nobody sent is none", () => {
  const run = new RunBuilder().batches(30);
  run.lanes.make(0, ms(40));
  expect(why(run.block({ horizon: ms(32) }))).toContain("was never sent");
});

test("C-1 a tip extends the parent's tip", () => {
  const run = new RunBuilder({ hostile: [3] }).batches(30);
  run.block({ horizon: ms(31) }).batches(50);
  expect(why(run.block({ horizon: ms(51), tips: [1, 1] }))).toContain("C-2: horizon");
  const back = new RunBuilder()
    .batches(30)
    .batches(50)
    .block({ horizon: ms(51) });
  back.batches(70).block({ horizon: ms(70), tips: [1] });
  expect(why(back)).toContain("goes back to 1");
});

test("S-5 a lane that leaves its committed prefix is refused", () => {
  const run = new RunBuilder({ hostile: [3] });
  for (const lane of [0, 1, 2]) run.batch(lane, ms(30 + lane));
  const other = run.lanes.make(3, ms(20), {}, { isTip: false });
  run
    .send(3, { kind: "batch", batch: other })
    .batch(3, ms(33))
    .block({ horizon: ms(31) });
  for (const lane of [0, 1, 2]) run.batch(lane, ms(50 + lane));
  run.batch(3, ms(53), {}, { prev: digest("elsewhere") });
  expect(why(run.block({ horizon: ms(51) }))).toContain("leaves its committed prefix");
});

test("C-3 no lane runs further ahead than it may", () => {
  const run = new RunBuilder({ params: { laneAheadBatches: 4 } });
  for (let i = 1; i <= 5; i++) run.batches(10 * i);
  expect(why(run.block({ horizon: ms(51) }))).toContain("runs too far ahead");
});

test("C-1 each cut stands on the one before", () => {
  const run = goodRun().batches(50);
  const block = run.makeBlock({ horizon: ms(51) });
  const astray = { ...block, cut: { ...block.cut, parent: digest("elsewhere") } };
  for (const machine of run.correct) run.deliver(astray, machine, ms(60));
  expect(run.broken()).toEqual(BROKEN);
});

test("a block's digest and hash are those of its cut and its order", () => {
  for (const field of ["digest", "blockHash", "parentBlockHash"] as const) {
    const run = goodRun().batches(50);
    const block = run.makeBlock({ horizon: ms(51) });
    for (const machine of run.correct) run.deliver({ ...block, [field]: digest("other") }, machine, ms(60));
    expect(run.broken()).toEqual(BROKEN);
  }
});

test("E-1 joiners' tips stand behind the set's, and their stamps count from the first cut of their epoch", () => {
  const run = new RunBuilder({ joiners: 1, params: { window: 1 } }).submit("A").batches(20);
  run.block({ horizon: ms(21) }).executed({ nextValidators: run.keys });
  run
    .batches(40)
    .batch(4, ms(44), { A: ms(30) })
    .batch(0, ms(45), { A: ms(44.5) });
  // Two lanes name A, but one is a joiner's.
  run.block({ horizon: ms(42), joinerTips: [1] }).executed({ nextValidators: run.keys });
  run.changeSet([0, 1, 2, 3, 4]).batches(60);
  run.block({ horizon: ms(61), epoch: 1, order: [["A", ms(44.5)]] });
  expect(run.broken()).toEqual([]);
});

test("E-1 an epoch ends where it must, and not elsewhere", () => {
  const early = new RunBuilder({ joiners: 1 }).batches(20).block({ horizon: ms(21) });
  early
    .changeSet([0, 1, 2, 3])
    .batches(40)
    .block({ horizon: ms(41), epoch: 1 });
  expect(why(early)).toContain("E-1");
  const fixed = (epoch: number): string | undefined => {
    const run = new RunBuilder({ params: { epochHeights: 1 } }).batches(20).block({ horizon: ms(21) });
    return why(run.batches(40).block({ horizon: ms(41), epoch }));
  };
  expect(fixed(1)).toBeUndefined();
  expect(fixed(0)).toContain("E-1");
});

test("S-3 a validator alone may count a batch that a crash kept it from sending, and no other set may", () => {
  const run = (n: number): RunBuilder => {
    const built = new RunBuilder({ n }).submit("A");
    for (const lane of built.correct)
      built.arrive(lane, "A", ms(10)).lanes.make(lane, ms(20), { A: ms(10 + lane) });
    built.crash(0, ms(21)).start(0, "restart", ms(22)).batches(30);
    return built.block({ horizon: ms(n === 1 ? 30 : 31), order: [["A", ms(n === 1 ? 10 : 11)]] });
  };
  expect(run(1).broken()).toEqual([]);
  expect(run(4).broken()).toEqual(["bounded-time", "one-block-per-cuts"]);
});
