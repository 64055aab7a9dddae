import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const LONG = "**/*.long.test.ts";
const SIM = ["test/sim/**/*.test.ts", "packages/*/test/sim/**/*.test.ts"];

function project(
  name: string,
  include: readonly string[],
  options: { readonly exclude?: readonly string[]; readonly timeoutMs: number },
): TestProjectInlineConfiguration {
  const { exclude = [], timeoutMs } = options;
  return {
    extends: true,
    test: {
      name,
      include: [...include],
      exclude: ["**/node_modules/**", ...exclude],
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
    },
  };
}

export default defineConfig({
  test: {
    // Threads start faster than processes; two are what the smallest machine has.
    pool: "threads",
    maxWorkers: 2,
    passWithNoTests: true,
    // A focused test would leave the others out and pass.
    allowOnly: false,
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
    projects: [
      project("unit", ["packages/*/test/**/*.test.ts", "test/gates/**/*.test.ts"], {
        exclude: [...SIM, LONG],
        timeoutMs: 20_000,
      }),
      project("vectors", ["test/vectors/**/*.test.ts", "test/compliance/**/*.test.ts"], {
        exclude: [LONG],
        timeoutMs: 60_000,
      }),
      project("sim", SIM, { exclude: [LONG], timeoutMs: 120_000 }),
      project("e2e", ["test/e2e/**/*.test.ts"], { exclude: [LONG], timeoutMs: 120_000 }),
      project("long", [`{packages,test}/${LONG}`], { timeoutMs: 3_600_000 }),
    ],
  },
});
