import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const readmePath = fileURLToPath(new URL("../../README.md", import.meta.url));
const packageFolder = dirname(readmePath);
const readme = readFileSync(readmePath, "utf8");
const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");

function run(code: string): string {
  const options = ["--no-warnings", "--input-type=module-typescript", "--eval", code];
  return execFileSync(process.execPath, options, { cwd: packageFolder, encoding: "utf8", timeout: 60_000 });
}

test("the README's cluster in ten lines runs as it stands, and all four end at one height", () => {
  const [cluster = ""] = blocks;
  const lines = run(cluster).trim().split("\n");
  expect(lines.length).toBeGreaterThan(50);
  const heights = lines
    .at(-1)
    ?.match(/^final: (\d+) (\d+) (\d+) (\d+)$/)
    ?.slice(1);
  expect(new Set(heights).size).toBe(1);
  expect(Number(heights?.[0])).toBeGreaterThan(50);
}, 90_000);

test("O-1 the README's fork, in under 60 lines, is refuted by the same simulator", () => {
  const [, fork = ""] = blocks;
  expect(fork.split("\n").length).toBeLessThan(60);
  expect(run(fork)).toMatch(/^violation: (ordering-linearizability|bounded-time) seed \d+\n$/);
}, 90_000);
