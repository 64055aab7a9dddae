import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  FLAWS,
  parseScenario,
  type RunListener,
  runScenario,
  ScenarioError,
  Timeline,
  Tracer,
} from "@touchmark/consensus/sim";
import type { Options } from "./options.ts";

const FOLDER = join(import.meta.dirname, "../../packages/consensus/test/sim/scenarios");
const EXIT_OK = 0;
const EXIT_VIOLATION = 1;
const EXIT_USAGE = 2;

/** One run as a file tells it (docs/spec/scenarios.md); with --broken, without that rule. */
export function tellScenario(path: string, { trace, timeline, spec }: Options): number {
  const scenario = existsSync(path) ? parseScenario(readFileSync(path, "utf8")) : undefined;
  if (scenario === undefined || scenario instanceof ScenarioError) {
    console.error(`${path}: ${scenario?.message ?? "no such file"}`);
    return EXIT_USAGE;
  }
  const listeners: RunListener[] = [];
  const picture = timeline === undefined ? undefined : new Timeline();
  if (picture !== undefined) listeners.push(picture);
  if (trace) listeners.push(new Tracer((line) => console.log(line)));
  const flaw = spec.broken === undefined ? undefined : FLAWS.get(spec.broken);
  const violations = runScenario(scenario, { flaw, listeners });
  if (timeline !== undefined && picture !== undefined)
    writeFileSync(timeline, picture.page(basename(path, ".scenario")));
  for (const { property, detail } of violations) console.error(`violation: ${property}: ${detail}`);
  if (violations.length === 0)
    console.log(`${basename(path)}: ${scenario.steps.length} steps, all as expected`);
  return violations.length === 0 ? EXIT_OK : EXIT_VIOLATION;
}

/** The scenario that says how it fails without a rule. */
function scenarioOf(flaw: string): string | undefined {
  return readdirSync(FOLDER)
    .map((file) => join(FOLDER, file))
    .find((path) => {
      const scenario = parseScenario(readFileSync(path, "utf8"));
      return !(scenario instanceof ScenarioError) && scenario.controls.some((it) => it.flaw === flaw);
    });
}

/** A negative control's own scenario, if it has one; nothing else is to be run if that shows it. */
export function showsInScenario(options: Options): boolean {
  const { broken } = options.spec;
  const path = broken === undefined ? undefined : scenarioOf(broken);
  if (path === undefined) return false;
  console.log(`${basename(path)} without ${broken}`);
  return tellScenario(path, options) !== EXIT_OK;
}
