import { parseArgs } from "node:util";
import type { Bench } from "./figure.ts";
import type { Plan } from "./harness.ts";
import { nearest } from "./nearest.ts";

export const HELP = `Usage: pnpm bench [micro] [flags]

Measures small pieces beside their floors: the least that the same work could cost, measured in the same
run and in turns with it. Ratios are value / floor: for a time smaller is better, for a rate larger.

  --only PATTERN  only figures whose name contains PATTERN; * stands for anything
  --json          one line of JSON per figure instead of the table
  --seed N        what the inputs are drawn from (1)
  --runs N        how many runs the median is taken of (5)
  --tiny          a few milliseconds per figure: shows that everything runs, not how fast
  --help          this help

Exits with 0 whatever the timings, 1 when something breaks, and 2 for arguments that it doesn't know.
`;

export interface Options {
  readonly help: boolean;
  readonly json: boolean;
  readonly seed: number;
  readonly plan: Plan;
  readonly inputs: number;
  readonly isTiny: boolean;
  readonly benches: readonly Bench[];
  readonly isWanted: (name: string) => boolean;
}

/** Arguments that make no sense, and what would. */
export interface UsageProblem {
  readonly problem: string;
}

const FLAGS = ["only", "json", "seed", "runs", "tiny", "help"] as const;
const SWITCHES: ReadonlySet<string> = new Set(["json", "tiny", "help"]);
const RUNS_MAX = 999;

const FULL: Plan = { runs: 5, runMs: 200, warmUpMs: 200, slicesPerRun: 10 };
const TINY: Plan = { runs: 5, runMs: 2, warmUpMs: 2, slicesPerRun: 2 };
const FULL_INPUTS = 4_096;
const TINY_INPUTS = 64;

type Suites = ReadonlyMap<string, readonly Bench[]>;

class Problem extends Error {}

function unknownFlag(written: string, name: string): never {
  throw new Problem(`${written} is not a flag of bench. Did you mean --${nearest(name, FLAGS)}?`);
}

function toWhole(flag: string, text: string | boolean | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback;
  const least = flag === "runs" ? 1 : 0;
  const value = typeof text === "string" && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Problem(`--${flag} takes a whole number from ${least} to ${most}.`);
}

function pickBenches(suites: Suites, positionals: readonly string[]): readonly Bench[] {
  const wanted = positionals.length === 0 ? [...suites.keys()] : positionals;
  return wanted.flatMap((name) => {
    const benches = suites.get(name);
    if (benches !== undefined) return benches;
    throw new Problem(`There is no suite called ${name}. Did you mean ${nearest(name, suites.keys())}?`);
  });
}

/** Whole names and their parts: a pattern may have meant either. */
function namesAndParts(benches: readonly Bench[]): readonly string[] {
  const names = benches.flatMap((bench) => bench.kinds.map((kind) => kind.bench));
  return [...new Set([...names.flatMap((name) => name.split(".")), ...names])];
}

function containsInOrder(name: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

function toFilter(pattern: string, benches: readonly Bench[]): (name: string) => boolean {
  const parts = pattern.split("*");
  const isWanted = (name: string): boolean => containsInOrder(name, parts);
  if (benches.some((bench) => bench.kinds.some((kind) => isWanted(kind.bench)))) return isWanted;
  const meant = nearest(pattern, namesAndParts(benches));
  throw new Problem(`No figure's name contains ${pattern}. Did you mean ${meant}?`);
}

function parse(args: readonly string[], suites: Suites): Options {
  const { values, positionals, tokens } = parseArgs({
    // pnpm hands a lone `--` on, and everything behind it is meant as arguments all the same.
    args: args.filter((arg) => arg !== "--"),
    options: {
      only: { type: "string" },
      json: { type: "boolean" },
      seed: { type: "string" },
      runs: { type: "string" },
      tiny: { type: "boolean" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    if (!FLAGS.some((flag) => flag === token.name)) unknownFlag(token.rawName, token.name);
    if (SWITCHES.has(token.name) && token.value !== undefined)
      throw new Problem(`${token.rawName} takes no value.`);
  }
  const isTiny = values.tiny === true;
  const plan = isTiny ? TINY : FULL;
  const benches = pickBenches(suites, positionals);
  const { only } = values;
  if (only !== undefined && typeof only !== "string") throw new Problem("--only takes a part of a name.");
  return {
    help: values.help === true,
    json: values.json === true,
    seed: toWhole("seed", values.seed, 1, Number.MAX_SAFE_INTEGER),
    plan: { ...plan, runs: toWhole("runs", values.runs, plan.runs, RUNS_MAX) },
    inputs: isTiny ? TINY_INPUTS : FULL_INPUTS,
    isTiny,
    benches,
    isWanted: only === undefined ? () => true : toFilter(only, benches),
  };
}

export function parseOptions(args: readonly string[], suites: Suites): Options | UsageProblem {
  try {
    return parse(args, suites);
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
}
