import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const LOST_FINALS = join(ROOT, "packages/consensus/test/sim/scenarios/i-lost-finals.scenario");

function scenario(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(ROOT, "scripts/sim.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--scenario", ...args], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("sim --scenario runs a file, shows it line by line and draws it", () => {
  const folder = mkdtempSync(join(tmpdir(), "scenario-"));
  try {
    const picture = join(folder, "run.html");
    const { status, stdout, stderr } = scenario(LOST_FINALS, "--trace", "--timeline", picture);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("delivered h1");
    expect(stdout).toContain("i-lost-finals.scenario: 11 steps, all as expected");
    expect(readFileSync(picture, "utf8")).toContain("i-lost-finals");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("sim --scenario --broken takes a rule out, and says which line got something else", () => {
  const { status, stderr } = scenario(LOST_FINALS, "--broken", "final-sent-once");
  expect(status).toBe(1);
  expect(stderr).toContain("violation: expectation: line 15: expect delivered C within 3 s");
});

test("sim --scenario names the line that it doesn't understand", () => {
  const folder = mkdtempSync(join(tmpdir(), "scenario-"));
  try {
    const file = join(folder, "wrong.scenario");
    writeFileSync(file, "validators 4\n\nflee\n");
    const { status, stderr } = scenario(file);
    expect(status).toBe(2);
    expect(stderr).toContain("line 3: no step begins like this: flee");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [["nowhere.scenario"], "nowhere.scenario: no such file"],
  [["nowhere.scenario", "--replay", "3"], "--replay and --scenario are two runs: name one."],
  [["nowhere.scenario", "--broken", "hope"], "--broken knows no hope."],
])("sim --scenario %j is refused, and nothing runs", (args, problem) => {
  const { status, stdout, stderr } = scenario(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(problem);
});
