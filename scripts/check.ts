import { spawnSync } from "node:child_process";
import { join } from "node:path";

const HELP = `Usage: pnpm check

Runs every static gate, also after one has failed: types, format and lint, unused code and
dependencies, and the project's own rules (pnpm tidy). Exits with 1 if any gate fails.
pnpm format mends what can be mended by itself.
`;

const ROOT = join(import.meta.dirname, "..");
const BIN = join(ROOT, "node_modules/.bin");

interface Gate {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Biome writes colours into pipes too, unless it is told not to. */
const BIOME_COLORS = process.stdout.isTTY ? [] : ["--colors=off"];

const GATES: readonly Gate[] = [
  { name: "types", command: join(BIN, "tsc"), args: ["-b"] },
  { name: "lint", command: join(BIN, "biome"), args: ["ci", "--error-on-warnings", ...BIOME_COLORS] },
  { name: "unused", command: join(BIN, "knip"), args: ["--treat-config-hints-as-errors"] },
  { name: "tidy", command: process.execPath, args: [join(ROOT, "scripts/tidy.ts")] },
];

function passes({ name, command, args }: Gate): boolean {
  console.log(`=== ${name}`);
  const startedAt = performance.now();
  // Findings are what this command prints, whichever stream a gate writes them to.
  const run = spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", 1, 1] });
  if (run.error !== undefined) throw run.error;
  const seconds = (performance.now() - startedAt) / 1_000;
  console.log(`=== ${name}: ${run.status === 0 ? "ok" : "FAILED"}, ${seconds.toFixed(1)} s\n`);
  return run.status === 0;
}

function main(args: readonly string[]): number {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const failed = GATES.filter((gate) => !passes(gate)).map((gate) => gate.name);
  const failures = failed.length === 0 ? "" : `: ${failed.join(", ")}`;
  console.log(`check: ${GATES.length - failed.length} gates ok, ${failed.length} failed${failures}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
