import { describe, expect, test } from "vitest";
import { measureFairness } from "../../src/sim/fairness/fairness.ts";

const TINY = { seed: 3, runs: 1, pairsPerRun: 12, transactions: 60 };

describe("a leader that wants the later of two concurrent transactions first", () => {
  test.each([4, 7])(
    "O-3 gets that from leader-ordered PBFT of %i nearly always, whatever the stamps",
    (n) => {
      const { honest, hostile } = measureFairness("leader-ordered", { ...TINY, validators: n });
      expect([honest.pairs, hostile.pairs]).toEqual([12, 12]);
      expect(honest.arrivalViolations).toBe(0);
      expect(hostile.arrivalViolations).toBeGreaterThan(0);
      expect(hostile.flipped / hostile.pairs).toBeGreaterThan(0.95);
    },
  );

  test.each([4, 7])("O-1, C-2 gets it here of %i where correct stamps overlap, and nowhere else", (n) => {
    const { honest, hostile } = measureFairness("touchmark", { ...TINY, validators: n });
    expect([honest.pairs, hostile.pairs]).toEqual([12, 12]);
    for (const counts of [honest, hostile]) {
      expect(counts.stampViolations).toBe(0);
      expect(counts.arrivalViolations).toBe(0);
      // Ordering linearizability once more, told in pairs.
      expect(counts.flipped).toBe(counts.overlappingFlipped);
    }
    // The promise ends where the attack begins: with all that the rules leave it, it gets nearly all the rest.
    expect(hostile.overlapping).toBeGreaterThan(0);
    expect(hostile.flipped).toBeGreaterThanOrEqual(hostile.overlapping - 1);
    expect(hostile.flipped).toBeGreaterThan(honest.flipped);
    expect(hostile.flipped / hostile.pairs).toBeLessThan(0.5);
  });
});

test("section 2: latency in message delays, and bytes, are those of the protocol", () => {
  const ours = measureFairness("touchmark", { ...TINY, pairsPerRun: 1, validators: 4 });
  const theirs = measureFairness("leader-ordered", { ...TINY, pairsPerRun: 1, validators: 4 });
  // Timers of the simulated machine are no finer than 10 µs, a thousandth of a message delay.
  expect(ours.latency.delivery).toBeCloseTo(5, 2);
  expect(ours.latency.finality).toBeCloseTo(6, 2);
  // Content 1 md, or none through the leader; then three phases, and FINAL.
  expect(theirs.latency.delivery).toBeCloseTo(3.75, 2);
  expect(theirs.latency.finality).toBeCloseTo(4.75, 2);
  expect(ours.bytes).toBeGreaterThan(theirs.bytes);
  expect(theirs.bytes).toBeGreaterThan(3 * 200);
});

test("the same seed gives the same figures", () => {
  const once = measureFairness("touchmark", { ...TINY, pairsPerRun: 4, validators: 4 });
  expect(measureFairness("touchmark", { ...TINY, pairsPerRun: 4, validators: 4 })).toEqual(once);
});
