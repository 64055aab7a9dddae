import { writeFileSync } from "node:fs";
import { addCounts, NO_COUNTS, type RunListener, runSeed, Timeline, Tracer } from "@touchmark/consensus/sim";
import { exploreCases } from "./sim/explore.ts";
import { fairness } from "./sim/fairness.ts";
import { HELP, type Options, parseOptions } from "./sim/options.ts";
import { runOnAllCores } from "./sim/pool.ts";
import {
  SEEDS_THAT_TRY_ALL,
  type Summary,
  summaryJson,
  summaryTable,
  untried,
  violationLines,
} from "./sim/report.ts";
import { toRunOptions } from "./sim/run-spec.ts";
import { showsInScenario, tellScenario } from "./sim/scenario.ts";

const EXIT_OK = 0;
const EXIT_VIOLATION = 1;
const EXIT_USAGE = 2;
const PROGRESS_EVERY_MS = 500;
/** After so many failing seeds more of them tell nothing new. */
const FAILURES_MAX = 20;

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000;
}

function report(summary: Summary, json: boolean): void {
  console.log(json ? summaryJson(summary) : summaryTable(summary));
}

/** One line that is written over and over, and only where somebody watches. */
class Progress {
  private readonly startedAt = performance.now();
  private readonly total: number;
  private shownAt = 0;

  constructor(total: number) {
    this.total = total;
  }

  show(done: number, failed: number): void {
    if (!process.stderr.isTTY || performance.now() - this.shownAt < PROGRESS_EVERY_MS) return;
    this.shownAt = performance.now();
    const rate = (done * 60) / secondsSince(this.startedAt);
    process.stderr.write(`\r${done}/${this.total} seeds, ${rate.toFixed(0)} per minute, ${failed} violated `);
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }
}

function replay(seed: number, options: Options): number {
  const timeline = options.timeline === undefined ? undefined : new Timeline();
  const listeners: RunListener[] = timeline === undefined ? [] : [timeline];
  if (options.trace) listeners.push(new Tracer((line) => console.log(line)));
  const startedAt = performance.now();
  const result = runSeed(seed, toRunOptions(options.spec, listeners));
  const seconds = secondsSince(startedAt);
  if (options.timeline !== undefined && timeline !== undefined) {
    writeFileSync(options.timeline, timeline.page(`seed ${seed}`));
  }
  const violations = result.violations.map((violation) => ({ seed, violation }));
  report({ seeds: 1, counts: result.counts, violations, seconds }, options.json);
  for (const line of violationLines(result)) console.error(line);
  return violations.length === 0 ? EXIT_OK : EXIT_VIOLATION;
}

async function runMany(options: Options): Promise<number> {
  const startedAt = performance.now();
  const progress = new Progress(options.seeds);
  const violations: { seed: number; violation: Summary["violations"][number]["violation"] }[] = [];
  const failuresMax = options.spec.broken === undefined ? FAILURES_MAX : 1;
  let counts = NO_COUNTS;
  let done = 0;
  let failed = 0;
  const { spec, from, seeds, jobs } = options;
  await runOnAllCores({
    spec,
    from,
    seeds,
    jobs,
    onResult: (result) => {
      done += 1;
      counts = addCounts(counts, result.counts);
      if (result.violations.length > 0) {
        failed += 1;
        progress.clear();
        for (const line of violationLines(result)) console.error(line);
        violations.push(...result.violations.map((violation) => ({ seed: result.seed, violation })));
      }
      progress.show(done, failed);
      return failed < failuresMax;
    },
  });
  progress.clear();
  const summary = { seeds: done, counts, violations, seconds: secondsSince(startedAt) };
  report(summary, options.json);
  if (violations.length > 0) return EXIT_VIOLATION;
  return judgeCoverage(summary, options);
}

/** A generator that never crashes anything finds nothing, and would look just as good. */
function judgeCoverage(summary: Summary, { spec, seeds }: Options): number {
  const { adversary, broken, validators, protocol } = spec;
  const isRestricted =
    adversary !== undefined || broken !== undefined || validators !== undefined || protocol !== "touchmark";
  const missing = isRestricted || seeds < SEEDS_THAT_TRY_ALL ? [] : untried(summary);
  if (missing.length === 0) return EXIT_OK;
  console.error(`untried: ${missing.join(", ")}`);
  return EXIT_VIOLATION;
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === "fairness") return fairness(args.slice(1));
  if (args[0] === "explore") return exploreCases(args.slice(1));
  const options = parseOptions(args);
  if ("problem" in options) {
    console.error(`${options.problem}\npnpm sim --help lists what there is.`);
    return EXIT_USAGE;
  }
  if (options.help) {
    console.log(HELP);
    return EXIT_OK;
  }
  if (options.scenario !== undefined) return tellScenario(options.scenario, options);
  if (options.replay !== undefined) return replay(options.replay, options);
  if (!options.namesSeeds && showsInScenario(options)) return EXIT_VIOLATION;
  return await runMany(options);
}

process.exitCode = await main(process.argv.slice(2));
