import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const HELP = `Usage: pnpm test:nodes [test arguments]

Runs the whole suite on each Node that this project supports, and says on which it fails.
A Node that is not the running one is installed by npm into out/nodes/ on first use; delete that folder to
get newer ones. Arguments go to pnpm test.
`;

const ROOT = join(import.meta.dirname, "..");
const MAJORS = ["22", "24", "26"];

interface Outcome {
  readonly version: string;
  readonly code: number;
  readonly seconds: number;
  readonly closingLine: string;
}

/** The binary of a major version: the running one, or the one that the npm package `node` carries. */
function nodeBinary(major: string): string {
  if (process.versions.node.split(".")[0] === major) return process.execPath;
  const prefix = join(ROOT, "out/nodes", major);
  const binary = join(prefix, "node_modules/node/bin/node");
  if (!existsSync(binary)) {
    mkdirSync(prefix, { recursive: true });
    const flags = ["--no-audit", "--no-fund", "--loglevel=error"];
    const install = spawnSync("npm", ["install", "--prefix", prefix, ...flags, `node@${major}`], {
      stdio: "inherit",
    });
    if (install.status !== 0) throw new Error(`npm did not install node@${major}`, { cause: install.error });
  }
  return binary;
}

function versionOf(binary: string): string {
  return spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout.trim();
}

/** Shows the run while it goes on, and keeps its last line. `scripts/test.ts` hands its own Node on. */
function runSuite(binary: string, args: readonly string[]): Promise<Outcome> {
  const version = versionOf(binary);
  console.log(`\n=== Node ${version}`);
  const startedAt = performance.now();
  const child = spawn(binary, [join(ROOT, "scripts/test.ts"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let tail = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    tail = (tail + text).slice(-1_000);
  });
  return new Promise((resolve, fail) => {
    child.once("error", fail);
    child.once("close", (code) => {
      const seconds = (performance.now() - startedAt) / 1_000;
      resolve({ version, code: code ?? 1, seconds, closingLine: tail.trimEnd().split("\n").at(-1) ?? "" });
    });
  });
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const outcomes: Outcome[] = [];
  for (const binary of MAJORS.map(nodeBinary)) outcomes.push(await runSuite(binary, args));

  console.log("\n=== Nodes");
  for (const { version, code, seconds, closingLine } of outcomes) {
    const state = code === 0 ? "ok" : `exit ${code}`;
    console.log(
      [version.padEnd(10), state.padEnd(8), `${seconds.toFixed(1)} s`.padStart(9), closingLine].join("  "),
    );
  }
  return outcomes.every(({ code }) => code === 0) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
