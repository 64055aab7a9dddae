import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOf, ROOT, runGate, spelled } from "./planted.ts";

const PASSING = 'test("passes", () => {});\n';

/** Runs planted test files with the real reporter; gives the exit code and the last line of the output. */
function runSuite(files: Readonly<Record<string, string>>): {
  code: number | null;
  lastLine: string | undefined;
} {
  const reporters = ["--reporter=default", `--reporter=${join(ROOT, "scripts/closing-line-reporter.ts")}`];
  const folder = folderOf(files);
  const args = ["run", "--root", folder, "--globals", "--passWithNoTests", ...reporters];
  const { code, stdout } = runGate("vitest", args, folder);
  return { code, lastLine: stdout.trimEnd().split("\n").at(-1) };
}

test("the last line counts what passed, failed and was skipped", () => {
  const skipped = spelled("test.sk", 'ip("is skipped", () => {});\n');
  const failing = 'test("fails", () => { expect(1).toBe(2); });\n';
  expect(runSuite({ "a.test.ts": PASSING + skipped, "b.test.ts": PASSING + PASSING })).toEqual({
    code: 0,
    lastLine: "3 passed, 0 failed, 1 skipped",
  });
  expect(runSuite({ "a.test.ts": PASSING + failing })).toEqual({
    code: 1,
    lastLine: "1 passed, 1 failed, 0 skipped",
  });
});

test("a file that does not load, and an error outside of every test, count as failed", () => {
  const stray = 'test("passes", () => { setTimeout(() => { throw new Error("stray"); }, 0); });\n';
  const waits = 'test("waits", () => new Promise((resolve) => setTimeout(resolve, 50)));\n';
  expect(runSuite({ "a.test.ts": PASSING, "b.test.ts": 'throw new Error("not loaded");\n' })).toEqual({
    code: 1,
    lastLine: "1 passed, 1 failed, 0 skipped",
  });
  expect(runSuite({ "a.test.ts": stray + waits })).toEqual({
    code: 1,
    lastLine: "2 passed, 1 failed, 0 skipped",
  });
});

test("a focused test fails under the project's own configuration, and its file with it", () => {
  const focused = spelled('import { test } from "vitest";\ntest.on', 'ly("passes", () => {});\n');
  const folder = folderOf({ "packages/a/test/a.test.ts": focused });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const config = ["--root", folder, "--config", join(ROOT, "vitest.config.ts"), "--project=unit"];
  const { code, stdout, stderr } = runGate("vitest", ["run", ...config, "--reporter=default"], folder);
  expect(code, stdout + stderr).toBe(1);
  expect(stdout + stderr).toContain("Unexpected .on" + "ly modifier");
});

test("a run without any test fails", () => {
  expect(runSuite({})).toEqual({ code: 1, lastLine: "0 passed, 0 failed, 0 skipped" });
});
