import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "@touchmark/core";
import { expect, test } from "vitest";
import { FLAWS } from "../../../src/sim/broken.ts";
import { runSeed } from "../../../src/sim/run.ts";
import { touchmark } from "./plans.ts";

interface Found {
  readonly flaw: string;
  readonly seed: number;
  /** One of the properties that it breaks there. */
  readonly property: string;
}

/** What random runs find at once; `pnpm sim --broken NAME` finds the seed anew after a change of the plans. */
const BY_SEED: readonly Found[] = [
  { flaw: "present-median", seed: 1, property: "ordering-linearizability" },
  { flaw: "short-quorum", seed: 2, property: "inclusion" },
  { flaw: "vote-quorum", seed: 5, property: "agreement" },
  { flaw: "vote-before-persist", seed: 1, property: "lane-promises" },
  { flaw: "checkpoint-alone", seed: 25, property: "lane-promises" },
  { flaw: "late-stamp", seed: 1, property: "ordering-linearizability-arrivals" },
  { flaw: "time-before-timer", seed: 1, property: "bounded-time" },
];

/** What breaks no promise of the chain: test/order/random-order.test.ts finds it by what the order remembers. */
const BY_ORDER_ALONE = "forgets-at-valid-until";

const SCENARIOS = join(import.meta.dirname, "../scenarios");
const SPEC = join(import.meta.dirname, "../../../../../docs/spec/agreement.md");
const PLAN = { epochs: true };

/** The rest has a scenario of its own, which says how it fails without the rule; scenario-files.test.ts runs them. */
function byScenario(): readonly string[] {
  return readdirSync(SCENARIOS).flatMap((file) => {
    const text = readFileSync(join(SCENARIOS, file), "utf8");
    return [...text.matchAll(/^fails without (?<flaw>[a-z-]+) by/gm)].flatMap(
      (it) => it.groups?.["flaw"] ?? [],
    );
  });
}

test.each(BY_SEED)(
  "the checker finds $flaw in the run of seed $seed, and nothing in the same run without it",
  (found) => {
    const flaw = must(FLAWS.get(found.flaw), "a negative control");
    const broken = runSeed(found.seed, { protocol: touchmark, plan: PLAN, flaw });
    expect(broken.violations.map((it) => it.property)).toContain(found.property);
    expect(runSeed(found.seed, { protocol: touchmark, plan: PLAN }).violations).toEqual([]);
  },
);

test("every negative control is found by a recorded seed or by a scenario, and the specification lists it", () => {
  const found = new Set([BY_ORDER_ALONE, ...BY_SEED.map((it) => it.flaw), ...byScenario()]);
  expect([...FLAWS.keys()].filter((flaw) => !found.has(flaw))).toEqual([]);
  const spec = readFileSync(SPEC, "utf8");
  expect([...FLAWS.keys()].filter((flaw) => !spec.includes(`\`${flaw}\``))).toEqual([]);
});
