import { spawnSync } from "node:child_process";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { findAll } from "./tidy/all.ts";
import { SIZES_PATH } from "./tidy/sizes.ts";
import type { Tree, TreeFile } from "./tidy/tree.ts";

const HELP = `Usage: pnpm tidy

Looks for what no compiler or linter sees: imports and manifests against the package arrows, ways around
the purity of pure packages, banned words (with what to write instead), files that grew too long, and
rules of docs/spec that no code or test cites.
The rules are in scripts/tidy/. Exits with 1 when it finds something.
`;

const ROOT = join(import.meta.dirname, "..");

/** The file in the last commit; undefined where it, or the commit, is not there. */
function committedText(path: string): string | undefined {
  const shown = spawnSync("git", ["show", `HEAD:${path}`], { cwd: ROOT, encoding: "utf8" });
  if (shown.error !== undefined) throw shown.error;
  return shown.status === 0 ? shown.stdout : undefined;
}

/** A link is not followed: what it leads to would be read under a name that is not its own. */
function loadFile(path: string): readonly TreeFile[] {
  const at = join(ROOT, path);
  const found = lstatSync(at, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (found.isSymbolicLink()) return [{ path, text: readlinkSync(at), isLink: true }];
  const committed = path === SIZES_PATH ? committedText(path) : undefined;
  return [{ path, text: readFileSync(at, "utf8"), committed }];
}

/** What git tracks, or would with the next `git add`: text only. */
function loadTree(): Tree {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr}`, { cause: listed.error });
  return [...new Set(listed.stdout.split("\0"))]
    .filter((path) => path !== "")
    .flatMap(loadFile)
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
