import { afterAll, expect, test } from "vitest";
import { identity } from "../../../src/machines/identity/machine.ts";
import { Walk } from "./walk.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];
const STEPS = 800;
const counts = new Map<string, number>();

test.each(SEEDS)("I-1 to I-12 whoever does whatever to whomever, identity is sound (seed %i)", (seed) => {
  const walk = new Walk(seed);
  for (let step = 0; step < STEPS; step++) {
    const violations = walk.step();
    if (violations.length > 0) expect.fail(`seed ${seed}, step ${step}: ${violations.join("; ")}`);
  }
  for (const [came, count] of walk.counts) counts.set(came, (counts.get(came) ?? 0) + count);
});

/** Without an auditor's accreditation nobody calibrates. */
const ELSEWHERE = ["machine.calibrate"];

afterAll(() => {
  const operations = Object.keys(identity.operations).filter((name) => !ELSEWHERE.includes(name));
  const taken = [...operations.map((name) => `${name} ok`), ...identity.timers.map((it) => it.name)];
  expect(taken.filter((it) => !counts.has(it))).toEqual([]);
});
