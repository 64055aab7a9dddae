import { BRIEF_CASES, CASES, explore, FLAWS } from "@touchmark/consensus/sim";
import { expect, test } from "vitest";

function take<T>(from: ReadonlyMap<string, T>, name: string): T {
  const found = from.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

// The numbers stand here so that coverage can't shrink unseen. States also follow from what a replica keeps.
test.each([
  ["one height", 19_280, "8.71594e+9"],
  ["one crash", 53_764, "6.79990e+8"],
  ["two cuts", 38_828, "3.72929e+11"],
  ["two heights", 51_927, "1.49161e+12"],
])("P-1, P-4, P-7 no schedule of %s breaks agreement: %i states", (name, states, schedules) => {
  const found = explore(take(BRIEF_CASES, name), undefined, 5);
  expect(found.violation).toBeUndefined();
  expect(found.healed).toBe(5);
  expect(found.schedules.toPrecision(6)).toBe(schedules);
  expect(found.states).toBe(states);
});

test.each([
  ["vote-quorum", "two cuts", "deliver different blocks at height 1"],
  ["vote-before-persist", "one crash", "signs two things as"],
])("P-7 %s is found in %s, and its schedule replays", (flaw, name, what) => {
  const { violation, lines } = explore(take(CASES, name), take(FLAWS, flaw), 0);
  expect(violation).toContain(what);
  expect(violation).not.toContain("merged states only");
  expect(lines.length).toBeGreaterThan(0);
});
