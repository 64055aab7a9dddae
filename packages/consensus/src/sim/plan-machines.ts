import type { Prng } from "@touchmark/core";
import type { MachineTraits } from "./machine.ts";
import type { LinkQuality } from "./network.ts";
import { MICROS, MILLIS, type TrueTime } from "./true-time.ts";

/** Whose key a machine runs, and as what. */
export interface Role {
  readonly key: number;
  readonly place: number;
  readonly adversary: string | undefined;
}

/** Machines are much alike in a run, and differ from run to run. */
export function planMachines(prng: Prng, roles: readonly Role[]): readonly MachineTraits[] {
  const offsetMax = prng.pick([1, 20, 20, 200]) * MILLIS;
  const diskLeast = prng.pick([50 * MICROS, 200 * MICROS, MILLIS, 4 * MILLIS]);
  const diskSpread = prng.pick([MILLIS, 5 * MILLIS, 40 * MILLIS]);
  const executionLeast = prng.pick([50 * MICROS, 500 * MICROS, 500 * MICROS, 30 * MILLIS]);
  const checkSpread = prng.pick([MILLIS, 3 * MILLIS, 20 * MILLIS, 110 * MILLIS]);
  const forwardTo = prng.pick([0, 1, 2]);
  return roles.map((role) => ({
    ...role,
    clock: { offset: prng.between(-offsetMax, offsetMax), driftPpm: prng.between(-80, 80) },
    disk: { least: diskLeast, spread: diskSpread },
    execution: { least: executionLeast, spread: 2 * executionLeast, perTransaction: 20 * MICROS },
    content: { checkLeast: 100 * MICROS, checkSpread, forwardTo },
  }));
}

/** From within a rack to around the world. */
const DISTANCES: readonly (readonly [least: TrueTime, most: TrueTime])[] = [
  [100 * MICROS, MILLIS],
  [MILLIS, 10 * MILLIS],
  [MILLIS, 10 * MILLIS],
  [8 * MILLIS, 80 * MILLIS],
  [100 * MICROS, 80 * MILLIS],
];

/** Links have lengths of their own, and are not alike in both directions. */
export function planLinks(prng: Prng, machines: number): LinkQuality {
  const [shortest, longest] = prng.pick(DISTANCES);
  const least = Array.from({ length: machines }, () =>
    Array.from({ length: machines }, () => prng.between(shortest, longest)),
  );
  const isClean = prng.chance(0.5);
  return {
    least,
    spread: prng.pick([shortest, longest, 4 * longest]),
    loss: isClean ? 0 : prng.pick([0.002, 0.01, 0.05]),
    duplication: isClean ? 0 : prng.pick([0, 0.02]),
    reorders: prng.chance(0.7),
  };
}
