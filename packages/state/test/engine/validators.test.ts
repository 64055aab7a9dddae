import { addNanos, bytesToHex, Epoch, Height, must, Nanos } from "@touchmark/core";
import { expect, test } from "vitest";
import { Overlay } from "../../src/overlay.ts";
import { STAMP_TTL } from "../../src/parameters.ts";
import { MemoryStore } from "../../src/reader.ts";
import { Refusal } from "../../src/refusal.ts";
import {
  admitValidator,
  changesMax,
  declareReady,
  joinersOf,
  placeJoiners,
  removeValidator,
  suspendedOf,
  suspendsAt,
  suspendValidator,
  turnEpoch,
  validatorSet,
  validators,
  wantedValidators,
} from "../../src/validators.ts";
import { ONLY_KEY } from "../../src/versions.ts";
import { Ledger } from "../support/ledger.ts";
import { keyOf } from "../support/parties.ts";

const START = Nanos.of(1_790_000_000_000_000_000n);
const READY_AT = addNanos(START, STAMP_TTL);

/** A state with so many validators, named v0, v1 …, and nothing else. */
function stateOf(count: number): Overlay {
  const overlay = new Overlay(new MemoryStore());
  const participant = new Ledger().id("Reg");
  const all = Array.from({ length: count }, (_, i) => `v${i}`);
  for (const name of all) {
    const record = {
      participant,
      since: START,
      runsSince: undefined,
      replaces: undefined,
      suspendedAt: undefined,
    };
    overlay.put(validators, keyOf(name), { ...record, status: "ACTIVE" });
  }
  const current = all.map(keyOf).sort(Buffer.compare);
  overlay.put(validatorSet, ONLY_KEY, { epoch: Epoch.of(0), current, members: current });
  return overlay;
}

function admit(state: Overlay, name: string, replaces?: string): void {
  const participant = must(state.get(validators, keyOf("v0")), "v0").participant;
  const replaced = replaces === undefined ? {} : { replaces: keyOf(replaces) };
  admitValidator(state, { key: keyOf(name), participant, now: START, ...replaced });
  placeJoiners(state, START);
}

function names(keys: readonly Uint8Array[]): readonly string[] {
  const known = ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "a", "b", "c"];
  const byKey = new Map(known.map((name) => [bytesToHex(keyOf(name)), name]));
  return keys.map((key) => byKey.get(bytesToHex(key)) ?? "?").sort();
}

function codeOf(run: () => void): string {
  try {
    run();
    return "ok";
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.code;
    throw thrown;
  }
}

test("L-19 max(1, f) come and go with one epoch", () => {
  expect([1, 2, 3, 4, 6, 7, 10, 31].map(changesMax)).toEqual([1, 1, 1, 1, 1, 2, 3, 10]);
});

test("L-19 a joiner comes only once it is ready, which it may say after the life of a stamp", () => {
  const state = stateOf(4);
  admit(state, "a");
  expect(names(joinersOf(state))).toEqual(["a"]);
  expect(names(wantedValidators(state))).toEqual(["v0", "v1", "v2", "v3"]);
  expect(codeOf(() => declareReady(state, keyOf("a"), Nanos.of(READY_AT - 1n)))).toBe("NOT_YET_VALID");
  declareReady(state, keyOf("a"), READY_AT);
  expect(codeOf(() => declareReady(state, keyOf("a"), READY_AT))).toBe("WRONG_STATUS");
  expect(names(wantedValidators(state))).toEqual(["a", "v0", "v1", "v2", "v3"]);
  turnEpoch(state, Epoch.of(0));
  expect(state.get(validators, keyOf("a"))?.status).toBe("READY");
  turnEpoch(state, Epoch.of(1));
  expect(state.get(validators, keyOf("a"))?.status).toBe("ACTIVE");
  expect(names(must(state.get(validatorSet, ONLY_KEY), "set").current)).toEqual([
    "a",
    "v0",
    "v1",
    "v2",
    "v3",
  ]);
  expect(joinersOf(state)).toEqual([]);
});

test("L-19 at n = 4 one lane of a joiner runs; the second's begins, and its time counts, from the next epoch", () => {
  const state = stateOf(4);
  admit(state, "a");
  admit(state, "b");
  expect(joinersOf(state)).toHaveLength(1);
  const [first, second] = joinersOf(state).some((key) => names([key])[0] === "a") ? ["a", "b"] : ["b", "a"];
  declareReady(state, keyOf(first), READY_AT);
  expect(codeOf(() => declareReady(state, keyOf(second), READY_AT))).toBe("WRONG_STATUS");
  expect(wantedValidators(state)).toHaveLength(5);
  turnEpoch(state, Epoch.of(1));
  placeJoiners(state, READY_AT);
  expect(names(joinersOf(state))).toEqual([second]);
  const later = addNanos(READY_AT, STAMP_TTL);
  expect(codeOf(() => declareReady(state, keyOf(second), Nanos.of(later - 1n)))).toBe("NOT_YET_VALID");
  declareReady(state, keyOf(second), later);
  turnEpoch(state, Epoch.of(2));
  expect(names(wantedValidators(state))).toEqual(["a", "b", "v0", "v1", "v2", "v3"]);
});

test("L-19 who is voted in gets a place before who only changes its key, and a key is replaced by one other", () => {
  const state = stateOf(4);
  admit(state, "a", "v1");
  expect(codeOf(() => admit(state, "b", "v1"))).toBe("DUPLICATE");
  admit(state, "b");
  // The place that runs already isn't taken away.
  expect(names(joinersOf(state))).toEqual(["a"]);
  suspendValidator(state, keyOf("v1"), Height.of(7));
  placeJoiners(state, START);
  expect(names(joinersOf(state))).toEqual(["b"]);
  expect(state.get(validators, keyOf("a"))).toBeUndefined();
});

test("L-19 one that leaves is in the set until the epoch's end, and its record goes then", () => {
  const state = stateOf(4);
  removeValidator(state, keyOf("v2"));
  removeValidator(state, keyOf("v1"));
  expect(wantedValidators(state)).toHaveLength(3);
  turnEpoch(state, Epoch.of(1));
  turnEpoch(state, Epoch.of(2));
  expect(names(wantedValidators(state))).toEqual(["v0", "v3"]);
  expect(state.get(validators, keyOf("v1"))).toBeUndefined();
  expect(codeOf(() => removeValidator(state, keyOf("v1")))).toBe("NOT_FOUND");
});

test("L-19 the last validator never leaves", () => {
  const state = stateOf(1);
  removeValidator(state, keyOf("v0"));
  expect(names(wantedValidators(state))).toEqual(["v0"]);
  admit(state, "a");
  declareReady(state, keyOf("a"), READY_AT);
  expect(names(wantedValidators(state))).toEqual(["a"]);
});

test("L-19 a key that replaces another comes together with the other's going", () => {
  const state = stateOf(4);
  admit(state, "a", "v1");
  expect(names(wantedValidators(state))).toEqual(["v0", "v1", "v2", "v3"]);
  declareReady(state, keyOf("a"), READY_AT);
  expect(names(wantedValidators(state))).toEqual(["a", "v0", "v2", "v3"]);
  turnEpoch(state, Epoch.of(1));
  expect(state.get(validators, keyOf("a"))?.replaces).toBeUndefined();
  expect(codeOf(() => admit(state, "b", "v1"))).toBe("NOT_FOUND");
});

test("L-19 what would replace one that is removed goes with it", () => {
  const state = stateOf(4);
  admit(state, "a", "v1");
  removeValidator(state, keyOf("v1"));
  expect(state.get(validators, keyOf("a"))).toBeUndefined();
  expect(names(wantedValidators(state))).toEqual(["v0", "v2", "v3"]);
});

test("L-19 one that is suspended stays in the set until it is removed, and is named as suspended", () => {
  const state = stateOf(4);
  suspendValidator(state, keyOf("v3"), Height.of(7));
  expect([suspendsAt(state, Height.of(7)), suspendsAt(state, Height.of(8))]).toEqual([true, false]);
  expect(names(suspendedOf(state))).toEqual(["v3"]);
  expect(wantedValidators(state)).toHaveLength(4);
  expect(codeOf(() => suspendValidator(state, keyOf("v3"), Height.of(8)))).toBe("DUPLICATE");
  removeValidator(state, keyOf("v3"));
  expect(names(wantedValidators(state))).toEqual(["v0", "v1", "v2"]);
});

test("L-19 a joiner with evidence against it never comes, nor does one that is removed", () => {
  const state = stateOf(4);
  admit(state, "a");
  admit(state, "b");
  suspendValidator(state, keyOf("a"), Height.of(7));
  removeValidator(state, keyOf("b"));
  expect(joinersOf(state)).toEqual([]);
  expect(state.get(validators, keyOf("a"))).toBeUndefined();
  expect(codeOf(() => admit(state, "v0"))).toBe("DUPLICATE");
});

test("L-19 no more than 31 validate, and no more than 64 have a record", () => {
  const state = stateOf(31);
  admit(state, "a");
  declareReady(state, keyOf("a"), READY_AT);
  expect(wantedValidators(state)).toHaveLength(31);
  for (let i = 0; i < 32; i++) admit(state, `more ${i}`);
  expect(codeOf(() => admit(state, "one too many"))).toBe("TOO_MANY_OPEN");
});

test("L-19 the engine turns the set with the first block of an epoch, and says what comes next", () => {
  const ledger = new Ledger();
  const participant = ledger.id("Reg");
  const record = {
    participant,
    status: "READY" as const,
    since: START,
    runsSince: START,
    replaces: undefined,
    suspendedAt: undefined,
  };
  ledger.plant(validators, keyOf("a"), record);
  const set = must(ledger.view.get(validatorSet, ONLY_KEY), "set");
  const members = [...set.members, keyOf("a")].sort(Buffer.compare);
  ledger.plant(validatorSet, ONLY_KEY, { ...set, members });
  expect(ledger.wait(1n).nextValidators).toEqual(members);
  ledger.newEpoch();
  const turned = ledger.wait(1n);
  expect([turned.nextValidators, turned.joiners, turned.suspends, turned.suspended]).toEqual([
    undefined,
    [],
    false,
    [],
  ]);
  expect(ledger.view.get(validatorSet, ONLY_KEY)?.current).toEqual(members);
});
