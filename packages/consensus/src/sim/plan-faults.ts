import { assert, type Prng } from "@touchmark/core";
import type { Fault } from "./fault.ts";
import { MILLIS, SECONDS, type TrueTime } from "./true-time.ts";

/** Who there is, and who may suffer what. */
export interface FaultScene {
  readonly machines: number;
  /** Machines that follow the rules: only they crash, since the others are faulty anyway. */
  readonly correct: readonly number[];
  /** How many of the correct ones may lose their log for good, beside the adversaries. */
  readonly mayLoseLog: number;
}

const EPISODES_MAX = 6;
const FIRST_AT = 150 * MILLIS;
const PAUSE_MAX = 1_200 * MILLIS;
const LONG_SHARE = 0.03;
const JUMPS_SHARE = 0.15;
const NO_FAULTS_SHARE = 0.08;
const AFTER_LAST = 50 * MILLIS;
const CALM_START = SECONDS;

/** Messages that may fare worse than others; what is not named here travels as always. */
const TRAFFIC = [
  "preprepare",
  "prepare",
  "commit",
  "final",
  "viewChange",
  "newView",
  "batch",
  "content",
  "finality",
];

interface Episode {
  readonly prng: Prng;
  readonly scene: FaultScene;
  readonly at: TrueTime;
  readonly until: TrueTime;
}

/** The first leader is machine 0: what happens to it matters most. */
function victim({ prng, scene }: Episode): number {
  return scene.correct.includes(0) && prng.chance(0.35) ? 0 : prng.pick(scene.correct);
}

function someOf(prng: Prng, machines: readonly number[]): readonly number[] {
  return prng.shuffle(machines).slice(0, prng.between(1, machines.length));
}

function all(scene: FaultScene): readonly number[] {
  return Array.from({ length: scene.machines }, (_, machine) => machine);
}

function crashes(episode: Episode): readonly Fault[] {
  const { prng, scene, at, until } = episode;
  const drawn = prng.fraction();
  if (drawn < 0.55) return downFor([victim(episode)], at, until);
  if (drawn < 0.7) return downFor(scene.correct, at, until);
  if (drawn < 0.85) {
    // One after the other, each back before or after the next has gone.
    const step = Math.floor((until - at) / 4);
    return someOf(prng, scene.correct).flatMap((machine, place) => {
      const from = at + place * step;
      return downFor([machine], from, from + step + Math.floor(2 * step * prng.fraction()));
    });
  }
  const flapping = victim(episode);
  const gap = prng.between(5, 60) * MILLIS;
  return [0, 1, 2].flatMap((turn) => downFor([flapping], at + 2 * turn * gap, at + (2 * turn + 1) * gap));
}

function downFor(machines: readonly number[], at: TrueTime, until: TrueTime): readonly Fault[] {
  return [
    { kind: "crash", machines, at },
    { kind: "restart", machines, at: until },
  ];
}

function partitions({ prng, scene, at, until }: Episode): readonly Fault[] {
  const machines = all(scene);
  const inside = someOf(prng, machines);
  const outside = machines.filter((machine) => !inside.includes(machine));
  const drawn = prng.fraction();
  const isOneWay = drawn < 0.3;
  const links = isOneWay
    ? [[inside, outside] as const]
    : ([
        [inside, outside],
        [outside, inside],
      ] as const);
  return links.flatMap(([from, to]): readonly Fault[] => [
    { kind: "cut", from, to, at },
    { kind: "mend", from, to, at: until },
  ]);
}

function biases({ prng, scene, at, until }: Episode): readonly Fault[] {
  const some = (): ReadonlySet<number> | undefined =>
    prng.chance(0.5) ? undefined : new Set(someOf(prng, all(scene)));
  const bias = {
    traffic: prng.chance(0.2) ? undefined : new Set(prng.shuffle(TRAFFIC).slice(0, prng.between(1, 3))),
    from: some(),
    to: some(),
    factor: prng.pick([1, 3, 10, 40]),
    loss: prng.pick([0, 0, 0.2, 0.5, 0.9]),
  };
  return [
    { kind: "bias", bias, at },
    { kind: "unbias", bias, at: until },
  ];
}

function slowness(episode: Episode): readonly Fault[] {
  const { prng, at, until } = episode;
  const machine = victim(episode);
  const factor = prng.pick([3, 10, 40]);
  const kind = prng.pick(["slowLinks", "slowDisk", "slowExecution"] as const);
  return [
    { kind, machine, factor, at },
    { kind, machine, factor: 1, at: until },
  ];
}

function clockJumps(episode: Episode): readonly Fault[] {
  const { prng, at, until } = episode;
  const machine = victim(episode);
  const by = prng.between(1, prng.pick([20, 400, 2_000])) * MILLIS * prng.pick([-1, 1]);
  return [
    { kind: "clockJump", machine, by, at },
    { kind: "clockJump", machine, by: -by, at: until },
  ];
}

function lostLogs(episode: Episode): readonly Fault[] {
  const { prng, at, until } = episode;
  const machine = victim(episode);
  const keptRecords = prng.chance(0.6) ? 0 : prng.below(200);
  const [crash, restart] = downFor([machine], at, until);
  assert(crash !== undefined && restart !== undefined, "down and up again");
  return [crash, { kind: "wipe", machine, keptRecords, at: at + 1 }, restart];
}

function draw(episode: Episode, hasJumps: boolean): readonly Fault[] {
  const drawn = episode.prng.fraction();
  if (hasJumps && drawn < 0.25) return clockJumps(episode);
  if (drawn < 0.45) return crashes(episode);
  if (drawn < 0.7) return partitions(episode);
  if (drawn < 0.86) return biases(episode);
  return slowness(episode);
}

/** What goes wrong in a run, ascending; the last is that everything works again. */
export function planFaults(prng: Prng, scene: FaultScene): readonly Fault[] {
  const faults: Fault[] = [];
  let at = FIRST_AT;
  let lastEnd = CALM_START;
  const episodes = prng.chance(NO_FAULTS_SHARE) ? 0 : prng.between(1, EPISODES_MAX);
  const hasJumps = prng.chance(JUMPS_SHARE);
  const longAt = prng.chance(LONG_SHARE) ? prng.below(Math.max(1, episodes)) : -1;
  const losesLog = scene.mayLoseLog > 0 && prng.chance(0.3) ? prng.below(Math.max(1, episodes)) : -1;
  for (let number = 0; number < episodes; number++) {
    at += prng.below(PAUSE_MAX);
    const drawn = prng.fraction();
    const lasts =
      number === longAt
        ? prng.between(15, 50) * SECONDS
        : Math.ceil(20 * MILLIS + 2.5 * SECONDS * drawn * drawn);
    const episode = { prng, scene, at, until: at + lasts };
    faults.push(...(number === losesLog ? lostLogs(episode) : draw(episode, hasJumps)));
  }
  for (const fault of faults) lastEnd = Math.max(lastEnd, fault.at);
  faults.push({ kind: "heal", at: lastEnd + AFTER_LAST });
  return faults.sort((a, b) => a.at - b.at);
}
