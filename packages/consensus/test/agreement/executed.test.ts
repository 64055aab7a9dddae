import * as core from "@touchmark/core";
import { expect, test } from "vitest";
import { checkExecuted, type Executed } from "../../src/input.ts";
import { JOINERS_MAX } from "../../src/messages.ts";
import { VALIDATORS_MAX } from "../../src/params.ts";
import { keyOf, signerOf } from "../lanes/lane-world.ts";

const KEYS = Array.from({ length: VALIDATORS_MAX + 1 }, (_, i) => keyOf(signerOf(i + 1))).sort(
  core.compareBytes,
);

function answer(change: Partial<Executed>): () => void {
  const nothing = { nextTimerDue: undefined, nextValidators: undefined, suspends: false };
  const executed = { height: core.Height.of(1), stateRoot: core.ZERO_DIGEST, ...nothing };
  const admission = { accepts: () => true };
  return () => checkExecuted({ ...executed, joiners: [], suspended: [], admission, ...change });
}

test("E-1 what no format takes of a state machine is an assertion where it comes in, and says what is wrong", () => {
  expect(answer({})).not.toThrow();
  expect(answer({ joiners: KEYS.slice(0, JOINERS_MAX), nextValidators: KEYS.slice(1) })).not.toThrow();
  expect(answer({ joiners: KEYS.slice(0, JOINERS_MAX + 1) })).toThrow("at most 10 joiners");
  expect(answer({ joiners: [...KEYS.slice(0, 2), ...KEYS.slice(0, 1)] })).toThrow("stands once");
  expect(answer({ nextValidators: KEYS })).toThrow("1 to 31 validators");
  expect(answer({ nextValidators: [] })).toThrow("1 to 31 validators");
  expect(answer({ nextValidators: KEYS.slice(0, 3).reverse() })).toThrow("ascend");
  expect(answer({ suspended: KEYS })).toThrow("at most 31 validators are suspended");
});
