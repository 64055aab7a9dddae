import { CASES, explore, FLAWS } from "@touchmark/consensus/sim";
import { expect, test } from "vitest";

test.each([...CASES])("P-1, P-4, P-7 no schedule of %s breaks agreement, in whole", (_name, it) => {
  const { violation, healed } = explore(it, undefined, 100);
  expect(violation).toBeUndefined();
  expect(healed).toBe(100);
});

test.each([
  ["pc-not-persisted", "power cut", "at height 1"],
  ["unchained", "two cuts, two heights", "does not extend the delivered parent"],
])("P-1, P-7 %s is found in %s, and its schedule replays", (flaw, name, what) => {
  const it = CASES.get(name);
  if (it === undefined) throw new Error(`no ${name}`);
  const { violation } = explore(it, FLAWS.get(flaw), 0);
  expect(violation).toContain(what);
  expect(violation).not.toContain("merged states only");
});
