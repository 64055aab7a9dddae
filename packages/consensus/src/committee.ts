import { assert, type Brand, bytesToKey, compareBytes, type Epoch, must } from "@touchmark/core";
import { VALIDATORS_MAX } from "./params.ts";

/** A validator's place in the set of its epoch; keys stand in ascending order. */
export type ValidatorIndex = Brand<number, "ValidatorIndex">;

export type ValidatorKey = Brand<Uint8Array, "ValidatorKey">;

export const VALIDATOR_KEY_BYTES = 32;

export function isValidatorKey(bytes: Uint8Array): bytes is ValidatorKey {
  return bytes.length === VALIDATOR_KEY_BYTES;
}

export function isValidatorIndex(value: number): value is ValidatorIndex {
  return Number.isInteger(value) && value >= 0 && value < VALIDATORS_MAX;
}

function toValidatorIndex(value: number): ValidatorIndex {
  assert(isValidatorIndex(value), "an index is below the largest set");
  return value;
}

/** Whether these can be a set: not too many, ascending, and none twice. */
export function isSet(keys: readonly ValidatorKey[]): boolean {
  if (keys.length < 1 || keys.length > VALIDATORS_MAX) return false;
  return keys.every((key, i) => i === 0 || compareBytes(must(keys[i - 1], "key"), key) < 0);
}

/** The validators of one epoch and the numbers that follow from how many they are. */
export class Committee {
  readonly epoch: Epoch;
  readonly keys: readonly ValidatorKey[];
  /** How many validators there are. */
  readonly n: number;
  /** How many of them may be Byzantine: ⌊(n − 1) / 3⌋. */
  readonly f: number;
  /** How many make a quorum of votes: ⌈(n + f + 1) / 2⌉. */
  readonly quorum: number;
  private readonly indexByKey: ReadonlyMap<string, ValidatorIndex>;

  constructor(epoch: Epoch, keys: readonly ValidatorKey[]) {
    assert(isSet(keys), `a set has 1 to ${VALIDATORS_MAX} validators, whose keys ascend`);
    this.epoch = epoch;
    this.keys = keys;
    this.n = keys.length;
    this.f = Math.floor((this.n - 1) / 3);
    this.quorum = Math.ceil((this.n + this.f + 1) / 2);
    this.indexByKey = new Map(keys.map((key, i) => [bytesToKey(key), toValidatorIndex(i)]));
  }

  /** Every index of the set, ascending. */
  get indexes(): readonly ValidatorIndex[] {
    return [...this.indexByKey.values()];
  }

  indexOf(key: Uint8Array): ValidatorIndex | undefined {
    return this.indexByKey.get(bytesToKey(key));
  }

  isIndex(value: number): value is ValidatorIndex {
    return Number.isInteger(value) && value >= 0 && value < this.n;
  }

  keyOf(index: ValidatorIndex): ValidatorKey {
    return must(this.keys[index], "validator");
  }

  /** P-5: stable until it fails. */
  leaderOf(view: number): ValidatorIndex {
    const index = view % this.n;
    assert(this.isIndex(index), "a leader is of the set");
    return index;
  }
}
