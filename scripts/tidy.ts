import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findAll } from "./tidy/all.ts";
import type { Tree } from "./tidy/tree.ts";

const HELP = `Usage: pnpm tidy

Looks for what no compiler or linter sees: imports against the package arrows, banned words (with what
to write instead), files that grew too long, and rules of docs/spec that no code or test cites.
The rules are in scripts/tidy/. Exits with 1 when it finds something.
`;

const ROOT = join(import.meta.dirname, "..");

/** What git tracks, or would with the next `git add`: text only. */
function loadTree(): Tree {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`, { cause: listed.error });
  return [...new Set(listed.stdout.split("\0"))]
    .filter((path) => path !== "" && existsSync(join(ROOT, path)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }))
    .filter((file) => !file.text.includes("\0"));
}

function main(args: readonly string[]): number {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const tree = loadTree();
  const findings = findAll(tree);
  for (const { path, line, rule, message } of findings) console.log(`${path}:${line} ${rule} ${message}`);
  console.log(`tidy: ${findings.length} findings in ${tree.length} files`);
  return findings.length === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
