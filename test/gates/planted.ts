import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Finding, Tree } from "../../scripts/tidy/tree.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** A tree in memory, for tidy: path to text. */
export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

export function messagesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`);
}

/** A banned word in pieces, so that the test that plants it is not itself a finding. */
export function spelled(...pieces: readonly string[]): string {
  return pieces.join("");
}

/** A folder outside of the repository, for gates that read the disk; gone after the test. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "touchmark-gate-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

export interface GateRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the gates' own binaries. */
export function runGate(name: "tsc" | "biome" | "vitest", args: readonly string[], cwd: string): GateRun {
  const run = spawnSync(join(ROOT, "node_modules/.bin", name), args, { cwd, encoding: "utf8" });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}
