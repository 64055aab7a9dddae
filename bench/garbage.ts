import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** V8 hands its collector to contexts that are made after the flag. */
function loadCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("this Node does not hand out its garbage collector");
  return () => {
    collect();
  };
}

/**
 * Clears away what came before, and moves what lives to where it stays: else a run would pay for the
 * garbage of the bench before it, and for moving its own inputs.
 */
export const collectGarbage: () => void = loadCollector();
