import { expect, test } from "vitest";
import type { ValidatorIndex } from "../../../src/committee.ts";
import type { LaneBatch, Message } from "../../../src/messages.ts";
import { RunBuilder } from "./build.ts";
import { digest, ms } from "./names.ts";

function asMessage(batch: LaneBatch): Message {
  return { kind: "batch", batch };
}

/** Two first batches of lane 3, received by machine 0. */
function twice(run = new RunBuilder({ hostile: [3] })): RunBuilder {
  const [first, second] = forks(run);
  return run.receive(0, asMessage(first), ms(20)).receive(0, asMessage(second), ms(30));
}

function forks(run: RunBuilder): readonly [LaneBatch, LaneBatch] {
  const make = (head: number): LaneBatch => run.lanes.make(3, ms(head), {}, { isTip: false });
  return [make(10), make(11)];
}

test("S-5 who receives two batches of one number reports them", () => {
  expect(twice().broken(ms(5_000))).toEqual(["evidence"]);
});

test("S-5 a fact or an evidence message of any correct machine is a report", () => {
  const lane = 3 as ValidatorIndex;
  expect(twice().fact(1, { kind: "equivocation", lane }).broken(ms(5_000))).toEqual([]);
  expect(twice().fact(1, { kind: "equivocation", lane: undefined }).broken(ms(5_000))).toEqual([]);
  const run = twice();
  const [first, second] = forks(run);
  expect(run.send(2, { kind: "evidence", first, second }).broken(ms(5_000))).toEqual([]);
});

test("S-5 a report of another lane, or by a hostile machine, is none", () => {
  expect(
    twice()
      .fact(1, { kind: "equivocation", lane: 2 as ValidatorIndex })
      .broken(ms(5_000)),
  ).toEqual(["evidence"]);
  expect(twice().fact(3, { kind: "equivocation", lane: undefined }).broken(ms(5_000))).toEqual(["evidence"]);
});

test("S-5 a batch that was received twice, and one that nobody signed, prove nothing", () => {
  const run = new RunBuilder({ hostile: [3] });
  const [first, second] = forks(run);
  run.receive(0, asMessage(first)).receive(0, asMessage({ ...first }));
  expect(run.broken(ms(5_000))).toEqual([]);
  const forged = { ...second, signature: new Uint8Array(64) };
  expect(run.receive(0, asMessage(forged)).broken(ms(5_000))).toEqual([]);
});

test("S-5 two machines that each received one have no evidence", () => {
  const run = new RunBuilder({ hostile: [3] });
  const [first, second] = forks(run);
  run.receive(0, asMessage(first)).receive(1, asMessage(second));
  expect(run.broken(ms(5_000))).toEqual([]);
});

test("S-5 what was received before a crash may be forgotten", () => {
  const run = new RunBuilder({ hostile: [3] });
  const [first, second] = forks(run);
  run.receive(0, asMessage(first), ms(20)).crash(0, ms(21)).start(0, "restart", ms(22));
  run.receive(0, asMessage(second), ms(30));
  expect(run.broken(ms(5_000))).toEqual([]);
});

test("P-6 there is a resend interval for the report, also before a crash", () => {
  expect(twice().broken(ms(1_029))).toEqual([]);
  expect(twice().broken(ms(1_030))).toEqual(["evidence"]);
  expect(twice().crash(0, ms(1_029)).broken(ms(5_000))).toEqual([]);
  expect(twice().crash(0, ms(1_031)).broken(ms(5_000))).toEqual(["evidence"]);
});

test("S-3 batches behind a gap need not be kept", () => {
  const run = new RunBuilder({ hostile: [3] });
  const make = (head: number): LaneBatch =>
    run.lanes.make(3, ms(head), {}, { seq: 7, prev: digest("unseen"), isTip: false });
  run.receive(0, asMessage(make(10))).receive(0, asMessage(make(11)));
  expect(run.broken(ms(5_000))).toEqual([]);
});

test("S-3 batches count once the gap before them is closed, by batches or by a delivered cut", () => {
  const gap = (): { run: RunBuilder; before: LaneBatch } => {
    const run = new RunBuilder({ hostile: [3] });
    const before = run.lanes.make(3, ms(33));
    const make = (head: number): LaneBatch => run.lanes.make(3, ms(head), {}, { isTip: false });
    return { run: run.receive(0, asMessage(make(40))).receive(0, asMessage(make(41))), before };
  };
  const open = gap();
  expect(open.run.broken(ms(5_000))).toEqual([]);
  expect(open.run.receive(0, asMessage(open.before)).broken(ms(5_000))).toEqual(["evidence"]);
  const { run, before } = gap();
  run.send(3, asMessage(before));
  for (const lane of [0, 1, 2]) run.batch(lane, ms(30 + lane));
  expect(run.block({ horizon: ms(31) }).broken(ms(5_000))).toEqual(["evidence"]);
});

test("a machine outside every set, or without its log, owes no report", () => {
  const run = new RunBuilder({ hostile: [3], joiners: 1 });
  const [first, second] = forks(run);
  run.receive(4, asMessage(first)).receive(4, asMessage(second));
  expect(run.broken(ms(5_000))).toEqual([]);
  const wiped = new RunBuilder({ hostile: [3] }).crash(0, ms(1)).start(0, "wiped", ms(2));
  expect(twice(wiped).broken(ms(5_000))).toEqual([]);
});

test("nobody correct accuses a correct validator", () => {
  const run = new RunBuilder({ hostile: [3] });
  const first = run.lanes.make(1, ms(10));
  const evidence = { kind: "evidence", first, second: undefined } as const;
  expect(run.send(3, evidence).broken(ms(5_000))).toEqual([]);
  expect(run.send(0, evidence).broken(ms(5_000))).toEqual(["evidence"]);
});
