import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const SIM = join(import.meta.dirname, "../../scripts/sim.ts");
const MINUTES = 60_000;

function sim(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SIM, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

test(
  "three hundred seeds break no property, and leave no fault and no adversary untried",
  () => {
    const run = sim("--seeds", "300", "--json");
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
    const { seeds, violations, heights, crashes, partitions } = JSON.parse(run.stdout);
    expect(violations).toEqual([]);
    expect(seeds).toBe(300);
    expect(heights).toBeGreaterThan(300 * 30);
    expect(crashes).toBeGreaterThan(100);
    expect(partitions).toBeGreaterThan(100);
  },
  10 * MINUTES,
);

test(
  "a negative control ends with the property and the seed that shows it, and that seed shows it again",
  () => {
    const run = sim("--broken", "present-median", "--seeds", "200");
    expect(run.status).toBe(1);
    const found = /^violation: (?<property>[a-z-]+) seed (?<seed>\d+)$/m.exec(run.stderr);
    const { property = "", seed = "" } = found?.groups ?? {};
    expect(property).not.toBe("");
    const again = sim("--broken", "present-median", "--replay", seed);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain(`violation: ${property} seed ${seed}\n`);
    expect(sim("--replay", seed).status).toBe(0);
  },
  5 * MINUTES,
);

test("an argument that makes no sense is named, with what would, and nothing runs", () => {
  const wrong: readonly (readonly [args: readonly string[], problem: string])[] = [
    [["--sedes", "3"], "Did you mean --seeds?"],
    [["--seeds", "many"], "--seeds takes a whole number"],
    [["--validators", "32"], "--validators takes a whole number from 1 to 31"],
    [["--adversary", "slwo"], "Did you mean slow?"],
    [["--trace"], "name it with --replay"],
  ];
  for (const [args, problem] of wrong) {
    const { status, stdout, stderr } = sim(...args);
    expect(stderr).toContain(problem);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  }
});
