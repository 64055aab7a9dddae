import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { FLAWS } from "../../src/sim/broken.ts";
import { parseScenario } from "../../src/sim/scenario/parse.ts";
import { runScenario } from "../../src/sim/scenario/run.ts";
import type { Scenario } from "../../src/sim/scenario/steps.ts";
import { ScenarioError } from "../../src/sim/scenario/words.ts";

const FOLDER = join(import.meta.dirname, "scenarios");
const ENDING = ".scenario";
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
  .sort();
const TRACES = "abcdefghijklmnopqrstuv";

function load(name: string): Scenario {
  const scenario = parseScenario(readFileSync(join(FOLDER, name + ENDING), "utf8"));
  if (scenario instanceof ScenarioError) throw scenario;
  return scenario;
}

describe.each(NAMES)("scenario %s", (name) => {
  const scenario = load(name);

  test("goes as it is expected to with the rules", () => {
    expect(runScenario(scenario)).toEqual([]);
  });

  test.each(scenario.controls)("shows without its rule: $flaw, by $sign", ({ flaw, sign }) => {
    const violations = runScenario(scenario, { flaw: must(FLAWS.get(flaw), "a negative control") });
    const found = violations.map((it) => it.property);
    expect(found).toContain(sign);
    // A replica that merely breaks shows nothing about the rule.
    expect(found).not.toContain("assertion");
  });
});

test("every trace of docs/spec/agreement.md is told by a scenario that names the rule which answers it", () => {
  const told = NAMES.filter((name) => name.charAt(1) === "-");
  expect(told.map((name) => name.charAt(0)).join("")).toBe(TRACES);
  for (const name of told) expect(load(name).controls.length, name).toBeGreaterThan(0);
  const spec = readFileSync(join(import.meta.dirname, "../../../../docs/spec/agreement.md"), "utf8");
  for (const name of told) expect(spec, name).toContain(`\`${name}\``);
});
