import { parentPort, workerData } from "node:worker_threads";
import { type RunResult, runSeed } from "@touchmark/consensus/sim";
import type { RunSpec } from "./options.ts";
import { toRunOptions } from "./run-spec.ts";

/** Seeds come in, results go out. */
function serve(spec: RunSpec): void {
  const options = toRunOptions(spec);
  parentPort?.on("message", (seeds: readonly number[]) => {
    const results: RunResult[] = seeds.map((seed) => runSeed(seed, options));
    parentPort?.postMessage(results);
  });
}

// scripts/sim/pool.ts is the only one that starts it, with a RunSpec.
const given: RunSpec = workerData;
serve(given);
