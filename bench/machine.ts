import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";

/** Where figures came from: without it two of them can't be compared. */
export interface Machine {
  /** Undefined outside of a git checkout, and before its first commit. */
  readonly commit: string | undefined;
  readonly node: string;
  readonly cpu: string;
}

const ROOT = join(import.meta.dirname, "..");

function currentCommit(): string | undefined {
  const described = spawnSync("git", ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return described.status === 0 ? described.stdout.trim() : undefined;
}

export function thisMachine(): Machine {
  const cores = cpus();
  const model = cores[0]?.model.trim() ?? "unknown";
  return { commit: currentCommit(), node: process.version, cpu: `${cores.length} x ${model}` };
}
