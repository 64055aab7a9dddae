import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const SIM = join(import.meta.dirname, "../../scripts/sim.ts");

function fairness(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const run = spawnSync(process.execPath, [SIM, "fairness", ...args], { encoding: "utf8" });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

test("sim fairness prints a row for each protocol, as one object each where programs read it", () => {
  const { status, stdout, stderr } = fairness("--validators", "4", "--runs", "1", "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(rows).toMatchObject([
    { protocol: "touchmark", validators: 4, hostile: { stampViolations: 0, arrivalViolations: 0 }, seed: 1 },
    { protocol: "leader-ordered", validators: 4, honest: { arrivalViolations: 0 }, runs: 1 },
  ]);
}, 60_000);

test.each([
  [["--rnus", "3"], "Did you mean --runs?"],
  [["--runs", "0"], "--runs takes a whole number from 1 to 1000."],
  [["--validators", "3"], "--validators takes a whole number from 4 to 31."],
  [["fast"], "sim fairness takes flags only, not fast."],
])("sim fairness %j is refused, and nothing runs", (args, problem) => {
  const { status, stdout, stderr } = fairness(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(problem);
});
