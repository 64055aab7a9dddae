import { Epoch, Height, type Id, Nanos, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { ACTION_RULES, type Action, type ActionKind } from "../../../src/machines/governance/actions.ts";
import { majorityOf, quorumOf, tallyOf } from "../../../src/machines/governance/thresholds.ts";
import { Overlay } from "../../../src/overlay.ts";
import { MemoryStore } from "../../../src/reader.ts";
import { validatorSet, validators } from "../../../src/validators.ts";
import { ONLY_KEY } from "../../../src/versions.ts";
import { keyOf } from "../../support/parties.ts";

const START = Nanos.of(1_790_000_000_000_000_000n);
const QUORUM: Action = { kind: "kind.withdraw", operation: 520 };
const MAJORITY: Action = { kind: "currency.pause", currency: "EUR" };

function participant(i: number): Id<"acct"> {
  return toId("acct", new Uint8Array(20).fill(i + 1));
}

/** So many validators; of those the last `suspended` by evidence. */
function stateOf(n: number, suspended = 0): Overlay {
  const overlay = new Overlay(new MemoryStore());
  for (let i = 0; i < n; i++) {
    const suspendedAt = i >= n - suspended ? Height.of(5) : undefined;
    overlay.put(validators, keyOf(`v${i}`), {
      participant: participant(i),
      status: suspendedAt === undefined ? "ACTIVE" : "SUSPENDED",
      since: START,
      runsSince: undefined,
      replaces: undefined,
      suspendedAt,
    });
  }
  const keys = Array.from({ length: n }, (_, i) => keyOf(`v${i}`)).sort(Buffer.compare);
  overlay.put(validatorSet, ONLY_KEY, { epoch: Epoch.of(0), current: keys, members: keys });
  return overlay;
}

function votes(approving: number, against = 0, from = 0) {
  return Array.from({ length: approving + against }, (_, i) => ({
    participant: participant(from + i),
    approves: i < approving,
  }));
}

test.each([
  [1, 1, 1],
  [2, 2, 2],
  [3, 2, 2],
  [4, 3, 3],
  [5, 4, 3],
  [7, 5, 4],
  [10, 7, 6],
  [31, 21, 16],
])("G-2 of %i validators a quorum is %i, and more than half %i", (n, quorum, majority) => {
  expect([quorumOf(n), majorityOf(n)]).toEqual([quorum, majority]);
  const state = stateOf(n);
  for (const [action, needed] of [
    [QUORUM, quorum],
    [MAJORITY, majority],
  ] as const) {
    expect(tallyOf(state, { action, votes: votes(needed) }).isPassed).toBe(true);
    expect(tallyOf(state, { action, votes: votes(needed - 1) }).isPassed).toBe(false);
    expect(tallyOf(state, { action, votes: votes(0, n - needed) }).isLost).toBe(false);
    expect(tallyOf(state, { action, votes: votes(0, n - needed + 1) }).isLost).toBe(true);
  }
});

test("G-2 f validators alone neither pass nor reject anything, whatever n", () => {
  for (let n = 1; n <= 31; n++) {
    const f = Math.floor((n - 1) / 3);
    const state = stateOf(n);
    for (const action of [QUORUM, MAJORITY]) {
      expect(tallyOf(state, { action, votes: votes(f) }).isPassed).toBe(false);
      expect(tallyOf(state, { action, votes: votes(0, f) }).isLost).toBe(false);
      // The others can do without them.
      expect(tallyOf(state, { action, votes: votes(n - f) }).isPassed).toBe(true);
    }
  }
});

test("G-2 votes of those outside the set count for nothing", () => {
  const state = stateOf(4);
  expect(tallyOf(state, { action: QUORUM, votes: votes(3, 0, 2) }).isPassed).toBe(false);
  expect(tallyOf(state, { action: QUORUM, votes: votes(0, 2, 3) }).isLost).toBe(false);
});

test("G-2 who is suspended by evidence has no vote, and n stays what it is", () => {
  const state = stateOf(4, 1);
  expect(tallyOf(state, { action: QUORUM, votes: votes(2) }).isPassed).toBe(false);
  expect(tallyOf(state, { action: QUORUM, votes: votes(3) }).isPassed).toBe(true);
  expect(tallyOf(state, { action: QUORUM, votes: votes(3, 0, 1) }).isPassed).toBe(false);
});

test("G-2 of 31 with ten proven faulty the others are still a quorum", () => {
  const state = stateOf(31, 10);
  expect(tallyOf(state, { action: QUORUM, votes: votes(21) }).isPassed).toBe(true);
  expect(tallyOf(state, { action: QUORUM, votes: votes(31) }).isPassed).toBe(true);
  expect(tallyOf(state, { action: QUORUM, votes: votes(20) }).isPassed).toBe(false);
});

test("G-2 each kind has the threshold and the delay of 2b §11", () => {
  const quorum: ActionKind[] = [
    "validator.add",
    "validator.remove",
    "params.set",
    "version.activate",
    "kind.withdraw",
    "kind.restore",
  ];
  const veto: ActionKind[] = ["fund.spend", "fundBps", "arbiter.add", "arbiter.remove"];
  const byThreshold = Object.entries(ACTION_RULES).filter(([, it]) => it.threshold === "quorum");
  expect(byThreshold.map(([name]) => name).sort()).toEqual([...quorum].sort());
  const withVeto = Object.entries(ACTION_RULES).filter(([, it]) => it.veto);
  expect(withVeto.map(([name]) => name).sort()).toEqual([...veto].sort());
  const delays = Object.fromEntries(
    Object.entries(ACTION_RULES).flatMap(([name, it]) => (it.delay === undefined ? [] : [[name, it.delay]])),
  );
  expect(delays).toEqual({
    "params.set": "parametersDelay",
    "role.grant": "roleDelay",
    "role.withdraw": "roleDelay",
    "currency.license": "roleDelay",
    "currency.pause": "roleDelay",
    "currency.resume": "roleDelay",
    "version.activate": "versionDelay",
    "fund.spend": "fundDelay",
    fundBps: "fundDelay",
    "arbiter.add": "fundDelay",
    "arbiter.remove": "fundDelay",
  });
});
