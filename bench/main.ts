import { assert, must, Prng } from "@touchmark/core";
import { assertNativeCrypto } from "@touchmark/core/native";
import { type Bench, type Figure, toFigure } from "./figure.ts";
import { thisMachine } from "./machine.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import { jsonReport, type RunFacts, tableReport } from "./report.ts";
import { SUITES } from "./suites.ts";

const EXIT_OK = 0;
const EXIT_USAGE = 2;

function runBench(bench: Bench, options: Options): readonly Figure[] {
  const first = must(bench.kinds[0], "a bench's first figure");
  const prng = new Prng(options.seed).fork(first.bench);
  const measured = bench.run({ prng, plan: options.plan, inputs: options.inputs });
  assert(measured.length === bench.kinds.length, `${first.bench}: a bench gives all of its figures`);
  return bench.kinds.map((kind, at) => toFigure(kind, must(measured[at], kind.bench)));
}

function runAll(options: Options): void {
  const { benches, isWanted, isTiny, seed, plan } = options;
  const kinds = benches.flatMap((bench) => bench.kinds).filter((kind) => isWanted(kind.bench));
  const facts: RunFacts = { ...thisMachine(), seed, runs: plan.runs, isJudged: !isTiny };
  const writeLine = (line: string): void => console.log(line);
  const report = options.json ? jsonReport(facts, writeLine) : tableReport(facts, kinds, writeLine);
  report.start();
  for (const bench of benches) {
    if (!bench.kinds.some((kind) => isWanted(kind.bench))) continue;
    for (const figure of runBench(bench, options)) if (isWanted(figure.bench)) report.add(figure);
  }
  report.end();
}

function main(args: readonly string[]): number {
  // W-29: figures of native code that judges wrongly are not worth their time.
  assertNativeCrypto();
  const options = parseOptions(args, SUITES);
  if ("problem" in options) {
    console.error(`${options.problem}\npnpm bench --help lists what there is.`);
    return EXIT_USAGE;
  }
  if (options.help) console.log(HELP);
  else runAll(options);
  return EXIT_OK;
}

process.exitCode = main(process.argv.slice(2));
