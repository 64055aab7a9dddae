import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";

const HELP = `Usage: pnpm test [--long] [vitest arguments]

Runs the projects unit, vectors, sim and e2e; with --long also the tests named *.long.test.ts.
Other arguments go to vitest: a part of a file's path, -t "part of a test's name", --project unit.
The last line says how many tests passed, failed and were skipped. A run without any test fails.
`;

const ROOT = join(import.meta.dirname, "..");
const PROJECTS = ["unit", "vectors", "sim", "e2e"];

function projectFlags(args: readonly string[]): readonly string[] {
  if (args.some((arg) => arg.startsWith("--project"))) return [];
  const projects = args.includes("--long") ? [...PROJECTS, "long"] : PROJECTS;
  return projects.map((name) => `--project=${name}`);
}

function main(args: readonly string[]): number {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const forVitest = args.filter((arg) => arg !== "--long" && arg !== "--");
  const run = spawnSync(process.execPath, [vitest, "run", ...projectFlags(args), ...forVitest], {
    cwd: ROOT,
    stdio: "inherit",
    // What a test starts as `node` is the Node that this suite runs on.
    env: { ...process.env, PATH: dirname(process.execPath) + delimiter + (process.env["PATH"] ?? "") },
  });
  if (run.error !== undefined) throw run.error;
  return run.status ?? 1;
}

process.exitCode = main(process.argv.slice(2));
