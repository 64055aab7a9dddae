import { bytesToKey } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { Deliveries } from "./deliveries.ts";
import type { RunSetup } from "./setup.ts";

/** The validators of one epoch, and the numbers of design 1 section 1, computed here for themselves. */
export interface ValidatorSet {
  readonly epoch: number;
  /** Ascending, as Maps' keys. */
  readonly keys: readonly string[];
  readonly correct: ReadonlySet<string>;
  /** E-1: those whose lanes count: all but those that the state had suspended when the epoch began. */
  readonly counting: readonly string[];
  readonly n: number;
  readonly f: number;
  /** How many of them really are hostile in this run. */
  readonly hostile: number;
}

function toSet(
  epoch: number,
  keys: readonly ValidatorKey[],
  suspended: readonly ValidatorKey[],
  correctKeys: ReadonlySet<string>,
): ValidatorSet {
  const texts = keys.map(bytesToKey);
  const dead = new Set(suspended.map(bytesToKey));
  const counting = texts.filter((key) => !dead.has(key));
  const correct = new Set(texts.filter((key) => correctKeys.has(key)));
  const n = keys.length;
  return { epoch, keys: texts, correct, counting, n, f: Math.floor((n - 1) / 3), hostile: n - correct.size };
}

/**
 * E-1: who sits in which epoch. The first set is that of genesis; each next one is what the state after the
 * last height of the epoch before wanted. Which height is an epoch's last, the delivered blocks say.
 */
export class ValidatorSets {
  /** By epoch; the last is the set that would be next if the epoch ended with the last delivered height. */
  readonly all: readonly ValidatorSet[];
  /** Of the epoch of the last delivered height. */
  readonly newest: ValidatorSet;

  constructor({ genesis, validators }: RunSetup, deliveries: Deliveries) {
    const correctKeys = new Set(validators.filter((it) => it.correct).map((it) => bytesToKey(it.key)));
    let keys = genesis.validators;
    const first = toSet(0, keys, [], correctKeys);
    const sets = [first];
    for (const last of lastHeights(deliveries)) {
      const executed = deliveries.executedAt(last);
      keys = executed?.nextValidators ?? keys;
      sets.push(toSet(sets.length, keys, executed?.suspended ?? [], correctKeys));
    }
    this.all = sets;
    this.newest = sets.at(-2) ?? first;
  }

  /** None of an epoch that no correct machine can have reached. */
  of(epoch: number): ValidatorSet | undefined {
    return this.all[epoch];
  }
}

/** The last height of each epoch; of the epoch that the run ended in, the last height that was delivered. */
function lastHeights({ chain, highest }: Deliveries): readonly number[] {
  const ends = chain
    .filter(({ block }, at) => at > 0 && block.epoch !== chain[at - 1]?.block.epoch)
    .map(({ block }) => block.height - 1);
  return [...ends, highest];
}
