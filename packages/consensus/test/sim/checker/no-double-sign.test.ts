import { Height } from "@touchmark/core";
import { expect, test } from "vitest";
import type { Message, MessageOf } from "../../../src/messages.ts";
import { goodRun, RunBuilder } from "./build.ts";
import { digest, ms } from "./names.ts";

const BROKEN = ["no-double-sign"];

test("P-7 two votes of one phase, view and height are a double signature", () => {
  for (const kind of ["prepare", "commit"] as const) {
    const run = new RunBuilder();
    run.send(0, run.vote(kind, 0, "a"));
    expect(run.broken()).toEqual([]);
    expect(run.send(0, run.vote(kind, 0, "b")).broken()).toEqual(BROKEN);
  }
});

test("P-7 a restart excuses nothing", () => {
  const run = new RunBuilder();
  run
    .send(0, run.vote("prepare", 0, "a"))
    .crash(0, ms(1))
    .start(0, "restart", ms(2));
  expect(run.send(0, run.vote("prepare", 0, "b")).broken()).toEqual(BROKEN);
});

test("P-6 the same vote again, another phase, view or height are no double signatures", () => {
  const run = new RunBuilder();
  run.send(0, run.vote("prepare", 0, "a")).send(0, run.vote("prepare", 0, "a"));
  run.send(0, run.vote("commit", 0, "b")).send(0, run.vote("prepare", 0, "c", 2));
  expect(run.send(0, run.vote("prepare", 0, "d", 1, 1)).broken()).toEqual([]);
});

test("Twins: a key that two machines run is hostile, and may sign what it likes", () => {
  const run = new RunBuilder({ hostile: [3] });
  expect(
    run
      .send(3, run.vote("prepare", 3, "a"))
      .send(3, run.vote("prepare", 3, "b"))
      .broken(),
  ).toEqual([]);
});

test("what a machine passes on is not its signature", () => {
  const run = new RunBuilder({ hostile: [3] });
  run.send(0, run.vote("prepare", 3, "a")).send(0, run.vote("prepare", 3, "b"));
  // Nor is what a hostile one says in another's name.
  run.send(3, run.vote("prepare", 0, "a")).send(3, run.vote("prepare", 0, "b"));
  expect(run.broken()).toEqual([]);
});

test("P-3 two FINALs that differ in anything at one height are a double signature", () => {
  const run = goodRun();
  const block = run.makeBlock({ horizon: ms(40) });
  const final = (root: string): Message => {
    const { signers: _, ...body } = run.finality(block, { stateRoot: digest(root) });
    return { kind: "final", ...body, ...run.by(0) };
  };
  run.send(0, final("one")).send(0, final("one"));
  expect(run.broken()).toEqual([]);
  expect(run.send(0, final("two")).broken()).toEqual(BROKEN);
});

test("P-4 two VIEW-CHANGEs to one view that claim different certificates are a double signature", () => {
  const run = new RunBuilder();
  const change: MessageOf<"viewChange"> = {
    kind: "viewChange",
    ...run.at(1),
    finality: undefined,
    prepared: [],
    ...run.by(0),
  };
  const finality = run.finality(run.makeBlock({ horizon: ms(40) }));
  run.send(0, change).send(0, { ...change });
  expect(run.broken()).toEqual([]);
  expect(run.send(0, { ...change, finality }).broken()).toEqual(BROKEN);
});

test("P-4 two NEW-VIEWs of a leader are a double signature, and passing one on is none", () => {
  const run = new RunBuilder();
  const newView = (content: string): Message => ({
    kind: "newView",
    ...run.at(1),
    viewChanges: [],
    chosen: [{ height: Height.of(1), digest: digest(content) }],
    signature: new Uint8Array(64),
  });
  run.send(1, newView("a")).send(0, newView("a")).send(0, newView("b"));
  expect(run.broken()).toEqual([]);
  expect(run.send(1, newView("b")).broken()).toEqual(BROKEN);
});

test("P-1 two PRE-PREPAREs of a leader for one height are a double signature, whoever certified the parent", () => {
  const run = goodRun().batches(50);
  const proposal = (horizon: number): Message => {
    const { cut } = run.makeBlock({ horizon: ms(horizon) });
    const signature = new Uint8Array(64);
    return { kind: "preprepare", ...run.at(0), cut, parentCertificate: undefined, signature };
  };
  run.send(0, proposal(51)).send(0, proposal(51));
  expect(run.broken()).toEqual([]);
  expect(run.send(0, proposal(52)).broken()).toEqual(BROKEN);
});

test("S-3 a machine that lost its log signs nothing new: no vote, no batch, no complaint", () => {
  const wiped = (): RunBuilder => {
    const run = new RunBuilder();
    return run
      .send(0, run.vote("prepare", 0, "a"))
      .batch(0, ms(10))
      .crash(0, ms(11))
      .start(0, "wiped", ms(12));
  };
  expect(wiped().broken()).toEqual([]);
  const voting = wiped();
  expect(voting.send(0, voting.vote("prepare", 0, "b", 2)).broken()).toEqual(BROKEN);
  expect(wiped().batch(0, ms(20)).broken()).toEqual(BROKEN);
  const complaining = wiped();
  const complaint: Message = { kind: "complaint", ...complaining.at(0), ...complaining.by(0) };
  expect(complaining.send(0, complaint).broken()).toEqual(BROKEN);
});

test("S-3 a machine that lost its log stays silent after one more restart", () => {
  const run = new RunBuilder()
    .crash(0, ms(1))
    .start(0, "wiped", ms(2))
    .crash(0, ms(3))
    .start(0, "restart", ms(4));
  expect(run.batch(0, ms(10)).broken()).toEqual(BROKEN);
});

test("S-3 a machine that lost its log may pass on what it had signed before, and answer pings", () => {
  const run = new RunBuilder();
  const batch = run.lanes.make(0, ms(10));
  run
    .send(0, { kind: "batch", batch })
    .send(0, run.vote("prepare", 0, "a"))
    .crash(0, ms(11))
    .start(0, "wiped", ms(12));
  run.send(0, { kind: "batch", batch }).send(0, run.vote("prepare", 0, "a"));
  const { epoch } = run.at(0);
  expect(run.send(0, { kind: "pong", nonce: ms(1), time: ms(12), epoch, ...run.by(0) }).broken()).toEqual([]);
});

test("E-1 places in another epoch's set are those of that set", () => {
  const run = new RunBuilder({ joiners: 1, params: { epochHeights: 5, window: 1 } })
    .batches(10)
    .block({ horizon: ms(11) });
  const keys = [1, 2, 3, 4].flatMap((machine) => run.keys.slice(machine, machine + 1));
  run.executed({ nextValidators: keys });
  // In epoch 1 machine 1 has place 0, and place 1 is machine 2's.
  const vote = (content: string, place: number): Message => ({
    ...run.vote("prepare", place, content),
    ...run.at(0, 1),
  });
  run.send(1, vote("a", 1)).send(1, vote("b", 1));
  expect(run.broken()).toEqual([]);
  expect(run.send(1, vote("a", 0)).send(1, vote("b", 0)).broken()).toEqual(BROKEN);
});

test("S-3 a second loss of the log excuses nothing", () => {
  const run = new RunBuilder().crash(0, ms(1)).start(0, "wiped", ms(2)).batch(0, ms(10)).crash(0, ms(11));
  expect(run.start(0, "wiped", ms(12)).broken()).toEqual(BROKEN);
});
