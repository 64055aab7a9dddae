import { parseArgs } from "node:util";
import {
  FAIRNESS_PROTOCOLS,
  type FairnessOptions,
  type FairnessRow,
  measureFairness,
} from "@touchmark/consensus/sim";
import { nearest } from "./nearest.ts";

const SIZES: readonly number[] = [4, 7, 10, 16];
const PAIRS_PER_RUN = 40;
const TRANSACTIONS = 1_000;
const RUNS = 2;
const RUNS_MAX = 1_000;
const HELP = `Usage: pnpm sim fairness [flags]

What fair order is worth: this protocol beside leader-ordered PBFT, with an honest leader and with a hostile one
that wants the later of two concurrent transactions first. Everything follows from the seeds.

  --runs N        seeds, each with ${PAIRS_PER_RUN} pairs of transactions for each size of set (2)
  --from N        the first seed (1)
  --validators N  sets of this size only, 4 to 31
  --json          one object for each row instead of the table
  --help          this help

Exits with 1 if ordering linearizability was violated in this protocol, with 2 for arguments that it doesn't know.
`;

const FLAGS = ["runs", "from", "validators", "json", "help"] as const;
const EXIT_OK = 0;
const EXIT_VIOLATION = 1;
const EXIT_USAGE = 2;

class Problem extends Error {}

interface Options {
  readonly help: boolean;
  readonly json: boolean;
  readonly runs: number;
  readonly seed: number;
  readonly sizes: readonly number[];
}

function toWhole(flag: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  const whole = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (whole >= least && whole <= most) return whole;
  throw new Problem(`--${flag} takes a whole number from ${least} to ${most}.`);
}

function parse(args: readonly string[]): Options {
  const { values, tokens } = parseArgs({
    args: args.filter((arg) => arg !== "--"),
    options: {
      runs: { type: "string" },
      from: { type: "string" },
      validators: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") throw new Problem(`sim fairness takes flags only, not ${token.value}.`);
    if (token.kind !== "option" || FLAGS.some((flag) => flag === token.name)) continue;
    const meant = nearest(token.name, FLAGS);
    throw new Problem(`${token.rawName} is not a flag of sim fairness. Did you mean --${meant}?`);
  }
  const size = toWhole("validators", values.validators, 4, 31);
  return {
    help: values.help === true,
    json: values.json === true,
    runs: toWhole("runs", values.runs, 1, RUNS_MAX) ?? RUNS,
    seed: toWhole("from", values.from, 0, Number.MAX_SAFE_INTEGER - RUNS_MAX) ?? 1,
    sizes: size === undefined ? SIZES : [size],
  };
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(0)} %`;
}

function twoPercents(a: number, ofA: number, b: number, ofB: number): string {
  return `${percent(a, ofA)} → ${percent(b, ofB)}`;
}

const COLUMNS: readonly (readonly [title: string, cell: (row: FairnessRow) => string])[] = [
  ["protocol", (row) => row.protocol],
  ["n", (row) => String(row.validators)],
  ["stamps", ({ hostile }) => String(hostile.stampViolations ?? "–")],
  ["arrivals", ({ hostile }) => String(hostile.arrivalViolations)],
  [
    "flipped",
    ({ honest, hostile }) => twoPercents(honest.flipped, honest.pairs, hostile.flipped, hostile.pairs),
  ],
  [
    "of overlapping",
    ({ honest, hostile }) =>
      twoPercents(
        honest.overlappingFlipped,
        honest.overlapping,
        hostile.overlappingFlipped,
        hostile.overlapping,
      ),
  ],
  ["delivery", ({ latency }) => `${latency.delivery.toFixed(2)} md`],
  ["finality", ({ latency }) => `${latency.finality.toFixed(2)} md`],
  ["bytes/tx", ({ bytes }) => bytes.toFixed(0)],
  ["per node", ({ bytes, validators }) => (bytes / validators).toFixed(0)],
];

const NOTES = `
stamps, arrivals: violations of ordering linearizability under the hostile leader, over what correct lanes said
(leader-ordered PBFT has none) and over when content was whole. flipped: pairs, the second submitted less than
5 md after the first, that end with the second first: with an honest leader → with a hostile one. of overlapping:
the same among pairs whose correct stamps overlap. md: message delays, idle chain. bytes: all that validators
send for one transaction of 200 bytes at 1,000 a second, and what each of them sends; bundles count their content.`;

function table(rows: readonly FairnessRow[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  const widths = COLUMNS.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join("  "),
    )
    .join("\n");
}

function run({ seed, runs, sizes, json }: Options): number {
  const rows: FairnessRow[] = [];
  for (const validators of sizes) {
    for (const protocol of FAIRNESS_PROTOCOLS) {
      const options: FairnessOptions = {
        seed,
        runs,
        validators,
        pairsPerRun: PAIRS_PER_RUN,
        transactions: TRANSACTIONS,
      };
      const row = measureFairness(protocol, options);
      rows.push(row);
      if (json) console.log(JSON.stringify({ ...row, seed, runs }));
    }
  }
  if (!json) console.log(`${table(rows)}\n${NOTES}`);
  const isBroken = rows.some(
    ({ honest, hostile }) =>
      (hostile.stampViolations ?? 0) + (honest.stampViolations ?? 0) > 0 ||
      (hostile.stampViolations !== undefined && hostile.arrivalViolations + honest.arrivalViolations > 0),
  );
  return isBroken ? EXIT_VIOLATION : EXIT_OK;
}

/** `pnpm sim fairness`. */
export function fairness(args: readonly string[]): number {
  try {
    const options = parse(args);
    if (!options.help) return run(options);
    console.log(HELP);
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(`${error.message}\npnpm sim fairness --help lists what there is.`);
    return EXIT_USAGE;
  }
}
