import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { RunResult } from "@touchmark/consensus/sim";
import type { RunSpec } from "./options.ts";

/** So many seeds go to a worker at once: enough that the messages cost nothing, few enough to end together. */
const CHUNK = 4;

/** A run makes much that lives for a moment: with the usual young generation a sixth of the time is spent on it. */
const resourceLimits = { maxYoungGenerationSizeMb: 64 };

export interface PoolRequest {
  readonly spec: RunSpec;
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number | undefined;
  /** False ends the work early. */
  readonly onResult: (result: RunResult) => boolean;
}

/** Runs seeds on every core. Results come in any order; each seed's own result depends on nothing else. */
export function runOnAllCores({ spec, from, seeds, jobs, onResult }: PoolRequest): Promise<void> {
  const workers = Math.min(jobs ?? availableParallelism(), Math.ceil(seeds / CHUNK));
  const end = from + seeds;
  let next = from;
  let isOver = false;
  function takeChunk(): readonly number[] {
    const chunk: number[] = [];
    while (!isOver && chunk.length < CHUNK && next < end) chunk.push(next++);
    return chunk;
  }
  const runs = Array.from(
    { length: workers },
    () =>
      new Promise<void>((resolve, reject) => {
        const worker = new Worker(new URL("./worker.ts", import.meta.url), {
          workerData: spec,
          resourceLimits,
        });
        function feed(): void {
          const chunk = takeChunk();
          if (chunk.length > 0) worker.postMessage(chunk);
          else void worker.terminate().then(() => resolve());
        }
        worker.on("message", (results: readonly RunResult[]) => {
          for (const result of results) if (!isOver && !onResult(result)) isOver = true;
          feed();
        });
        worker.on("error", reject);
        feed();
      }),
  );
  return Promise.all(runs).then(() => undefined);
}
