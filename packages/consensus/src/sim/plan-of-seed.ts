import { assert, must, Prng } from "@touchmark/core";
import { ADVERSARIES, TWINS } from "./adversaries/all.ts";
import type { Fault } from "./fault.ts";
import type { Plan } from "./plan.ts";
import { planFaults } from "./plan-faults.ts";
import { planLinks, planMachines, type Role } from "./plan-machines.ts";
import type { PlanOptions } from "./plan-options.ts";
import { planParams } from "./plan-params.ts";
import { AFTER_HEALING, planSubmissions } from "./plan-submissions.ts";
import { SECONDS, type TrueTime, toTrueTime } from "./true-time.ts";
import type { PlannedSetChange } from "./world.ts";

/** The sizes of clusters, each as often as it stands here: most have four validators, the smallest that bears a fault. */
const SIZES = [1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 7, 7, 10] as const;
const HOSTILE_SHARE = 0.75;
const EPOCHS_SHARE = 0.15;
const ENCODES_SHARE = 0.04;
const HEIGHTS_WANTED = 30;
const AFTER_HEALING_MAX = 60 * SECONDS;
const FIRST_CHANGE_AT = 4;

function drawSize(prng: Prng, options: PlanOptions): number {
  const size = prng.pick(SIZES);
  if (options.validators !== undefined) return options.validators;
  return options.adversary !== undefined && size < 4 ? 4 : size;
}

function maxFaulty(n: number): number {
  return Math.floor((n - 1) / 3);
}

/** Validators, then joiners, then the second machines of twins. */
function drawRoles(prng: Prng, options: PlanOptions, validators: number, joiners: number): readonly Role[] {
  const names = options.adversary === undefined ? [...ADVERSARIES.keys()] : [options.adversary];
  const most = maxFaulty(validators);
  const isHostile = options.adversary !== undefined || prng.chance(HOSTILE_SHARE);
  const count = most === 0 || !isHostile ? 0 : prng.between(1, most);
  const places = Array.from({ length: validators }, (_, key) => key);
  // The first leader is validator 0: an adversary that leads can do most.
  const hostile = prng.chance(0.4) ? places.slice(0, count) : prng.shuffle(places).slice(0, count);
  const keys = Array.from({ length: validators + joiners }, (_, key) => key);
  const roles = keys.map((key): Role => {
    const adversary = hostile.includes(key) ? prng.pick(names) : undefined;
    return { key, place: 0, adversary };
  });
  const twins = roles.filter((role) => role.adversary === TWINS).map((role) => ({ ...role, place: 1 }));
  return [...roles, ...twins];
}

/** E-1: the set grows by one, or one validator is replaced, or one is suspended. */
function drawSetChanges(prng: Prng, validators: number): readonly PlannedSetChange[] {
  const height = prng.between(FIRST_CHANGE_AT, FIRST_CHANGE_AT + 6);
  const leaver = prng.chance(0.5) ? prng.below(validators) : undefined;
  const join = { height, joiner: validators, leaver, suspends: false };
  const suspension = {
    height: height + prng.between(1, 12),
    joiner: undefined,
    leaver: undefined,
    suspends: true,
  };
  return prng.chance(0.3) ? [join, suspension] : [join];
}

function healingOf(faults: readonly Fault[]): TrueTime {
  return must(
    faults.find((fault) => fault.kind === "heal"),
    "the healing",
  ).at;
}

/** Everything about the run of a seed: the same seed and options give the same plan. */
export function planOfSeed(seed: number, options: PlanOptions): Plan {
  assert(options.adversary === undefined || ADVERSARIES.has(options.adversary), "adversaries have names");
  const prng = new Prng(seed);
  const validators = drawSize(prng.fork("size"), options);
  const epochs = prng.fork("epochs");
  const hasEpochs = options.epochs && validators >= 4 && epochs.chance(EPOCHS_SHARE);
  const joiners = hasEpochs ? 1 : 0;
  const roles = drawRoles(prng.fork("roles"), options, validators, joiners);
  const params = planParams(prng.fork("params"), validators, options.window, hasEpochs);
  const correct = roles.flatMap((role, machine) => (role.adversary === undefined ? [machine] : []));
  const hostile = new Set(roles.filter((role) => role.adversary !== undefined).map((role) => role.key)).size;
  const scene = { machines: roles.length, correct, mayLoseLog: maxFaulty(validators) - hostile };
  const faults = planFaults(prng.fork("faults"), scene);
  const healedAt = healingOf(faults);
  const { blockTransactionsMax } = params;
  const until = healedAt + AFTER_HEALING;
  const workload = { validators, ttl: toTrueTime(params.ttl), until, blockTransactionsMax };
  return {
    seed,
    params,
    validators,
    joiners,
    machines: planMachines(prng.fork("machines"), roles),
    links: planLinks(prng.fork("links"), roles.length),
    setChanges: hasEpochs ? drawSetChanges(epochs, validators) : [],
    faults,
    submissions: planSubmissions(prng.fork("submissions"), workload),
    healedAt,
    deadline: healedAt + AFTER_HEALING_MAX,
    heightsWanted: HEIGHTS_WANTED,
    encodes: prng.fork("wire").chance(ENCODES_SHARE),
  };
}
