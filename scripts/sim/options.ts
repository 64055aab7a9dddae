import { parseArgs } from "node:util";
import { ADVERSARIES, DEFAULT_PROTOCOL, FLAWS, PROTOCOLS } from "@touchmark/consensus/sim";
import { nearest } from "./nearest.ts";

export const HELP = `Usage: pnpm sim [flags]
       pnpm sim fairness [flags]
       pnpm sim explore [case ...] [--broken NAME]

Runs whole clusters, one per seed, and has each judged by the checker. Everything about a run follows from its
seed and the flags that say what kind of runs are wanted; --replay gives the same run again, event by event.

  --seeds N         how many (300)
  --from N          the first seed (1)
  --validators N    clusters of this size only, 1 to 31
  --window N        heights that may be open at once (P-2)
  --adversary NAME  every run has this adversary: ${[...ADVERSARIES.keys()].join(", ")}
  --broken NAME     a negative control; the first violation ends it. Where no seeds are named, the scenario
                    that is told of it comes first: ${[...FLAWS.keys()].join(", ")}
  --protocol NAME   ${[...PROTOCOLS.keys()].join(" or ")} (${DEFAULT_PROTOCOL})
  --no-epochs       the set of validators never changes
  --replay SEED     one run
  --trace           with --replay: every event as a line
  --timeline FILE   with --replay: the run as a page to look at
  --scenario FILE   one run as the file tells it; --trace, --timeline and --broken go with it
  --jobs N          worker threads (one for each core)
  --json            one object instead of the table
  --help            this help

Exits with 1 if a property was violated, or if ${"a hundred"} seeds or more without restrictions left something
untried; with 2 for arguments that it doesn't know.
`;

/** What the workers must know: it is copied to them. */
export interface RunSpec {
  readonly protocol: string;
  readonly broken: string | undefined;
  readonly adversary: string | undefined;
  readonly validators: number | undefined;
  readonly window: number | undefined;
  readonly epochs: boolean;
}

export interface Options {
  readonly help: boolean;
  readonly json: boolean;
  readonly trace: boolean;
  readonly timeline: string | undefined;
  readonly scenario: string | undefined;
  readonly replay: number | undefined;
  readonly from: number;
  readonly seeds: number;
  /** Whether --seeds or --from says which runs are wanted. */
  readonly namesSeeds: boolean;
  readonly jobs: number | undefined;
  readonly spec: RunSpec;
}

/** Arguments that make no sense, and what would. */
export interface UsageProblem {
  readonly problem: string;
}

const TEXT_FLAGS = [
  "seeds",
  "from",
  "validators",
  "window",
  "adversary",
  "broken",
  "protocol",
  "replay",
  "timeline",
  "scenario",
  "jobs",
] as const;
const SWITCHES = ["trace", "json", "help", "no-epochs"] as const;
const FLAGS: readonly string[] = [...TEXT_FLAGS, ...SWITCHES];

class Problem extends Error {}

type Values = ReadonlyMap<string, string | true>;

function toWhole(values: Values, flag: string, least: number, most: number): number | undefined {
  const text = values.get(flag);
  if (text === undefined) return undefined;
  const value = typeof text === "string" && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Problem(`--${flag} takes a whole number from ${least} to ${most}.`);
}

function toName(values: Values, flag: string, known: ReadonlyMap<string, unknown>): string | undefined {
  const name = values.get(flag);
  if (name === undefined) return undefined;
  if (name === true) throw new Problem(`--${flag} takes a name.`);
  if (known.has(name)) return name;
  throw new Problem(`--${flag} knows no ${name}. Did you mean ${nearest(name, known.keys())}?`);
}

function readValues(args: readonly string[]): Values {
  const { tokens } = parseArgs({
    // pnpm hands a lone `--` on, and everything behind it is meant as arguments all the same.
    args: args.filter((arg) => arg !== "--"),
    options: {
      ...Object.fromEntries(TEXT_FLAGS.map((name) => [name, { type: "string" } as const])),
      ...Object.fromEntries(SWITCHES.map((name) => [name, { type: "boolean" } as const])),
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind === "positional") throw new Problem(`sim takes flags only, not ${token.value}.`);
    if (token.kind !== "option") continue;
    if (!FLAGS.includes(token.name)) {
      throw new Problem(
        `${token.rawName} is not a flag of sim. Did you mean --${nearest(token.name, FLAGS)}?`,
      );
    }
    const isSwitch = SWITCHES.some((name) => name === token.name);
    if (isSwitch && token.value !== undefined) throw new Problem(`${token.rawName} takes no value.`);
    values.set(token.name, token.value ?? true);
  }
  return values;
}

const SEED_MAX = Number.MAX_SAFE_INTEGER;
const SEEDS_MAX = 100_000_000;
const VALIDATORS_MAX = 31;
const WINDOW_MAX = 16;
const JOBS_MAX = 256;
const SEEDS = 300;

function parse(args: readonly string[]): Options {
  const values = readValues(args);
  const replay = toWhole(values, "replay", 0, SEED_MAX);
  const timeline = values.get("timeline");
  const scenario = values.get("scenario");
  if (timeline === true || scenario === true)
    throw new Problem("--timeline and --scenario take the name of a file.");
  const trace = values.has("trace");
  if (replay === undefined && scenario === undefined && (trace || timeline !== undefined)) {
    throw new Problem("--trace and --timeline show one run: name it with --replay or --scenario.");
  }
  if (replay !== undefined && scenario !== undefined) {
    throw new Problem("--replay and --scenario are two runs: name one.");
  }
  return {
    help: values.has("help"),
    json: values.has("json"),
    trace,
    timeline,
    scenario,
    replay,
    from: toWhole(values, "from", 0, SEED_MAX) ?? 1,
    seeds: toWhole(values, "seeds", 1, SEEDS_MAX) ?? SEEDS,
    namesSeeds: values.has("seeds") || values.has("from"),
    jobs: toWhole(values, "jobs", 1, JOBS_MAX),
    spec: {
      protocol: toName(values, "protocol", PROTOCOLS) ?? DEFAULT_PROTOCOL,
      broken: toName(values, "broken", FLAWS),
      adversary: toName(values, "adversary", ADVERSARIES),
      validators: toWhole(values, "validators", 1, VALIDATORS_MAX),
      window: toWhole(values, "window", 1, WINDOW_MAX),
      epochs: !values.has("no-epochs"),
    },
  };
}

export function parseOptions(args: readonly string[]): Options | UsageProblem {
  try {
    return parse(args);
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
}
