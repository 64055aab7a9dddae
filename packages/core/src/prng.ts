import { assert } from "./assert.ts";

/**
 * A seeded generator (xoshiro128**, its state filled by splitmix32): the same seed gives the same run on
 * every machine. For simulations, tests and load; never for keys.
 */
const GOLDEN = 0x9e37_79b9;

/** One step of splitmix32: each 32-bit number becomes another one, and no two become the same. */
function mix(value: number): number {
  const moved = (value + GOLDEN) | 0;
  let mixed = Math.imul(moved ^ (moved >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return (mixed ^ (mixed >>> 15)) | 0;
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** FNV-1a over the label's code units: labels are few and short, and only need to differ. */
function labelToNumber(label: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}

function itemAt<T>(items: readonly T[], index: number): T {
  // biome-ignore lint/nursery/noUnsafeTypeAssertion: the index is in range, so a T stands there, undefined or not
  return items[index] as T;
}

const U32_END = 0x1_0000_0000;

export class Prng {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  constructor(seed: number) {
    assert(Number.isSafeInteger(seed) && seed >= 0, "a seed is a whole number from 0");
    this.start(seed % U32_END, Math.floor(seed / U32_END), 0);
  }

  /**
   * Each number is mixed into what came before it, so that its place counts: two different triples never
   * give one state. Nor is the state ever all zeros, where it would stay: where c is 0, d is not.
   */
  private start(first: number, second: number, third: number): void {
    this.a = mix(first);
    this.b = mix(this.a + second);
    this.c = mix(this.b + third);
    this.d = mix(this.c);
  }

  /** From 0 to 2^32 - 1. */
  u32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.b, 5), 7), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = rotateLeft(this.d, 11);
    return result;
  }

  /** From 0 to 2^64 - 1. */
  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32());
  }

  /** From 0 to `end` - 1, each as likely as the other. */
  below(end: number): number {
    assert(Number.isInteger(end) && end > 0 && end <= U32_END, "the end is from 1 to 2^32");
    const unbiased = U32_END - (U32_END % end);
    let drawn = this.u32();
    while (drawn >= unbiased) drawn = this.u32();
    return drawn % end;
  }

  /** Both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** From 0 up to, and without, 1. */
  fraction(): number {
    return this.u32() / U32_END;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, "nothing to pick from");
    return itemAt(items, this.below(items.length));
  }

  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const chosen = this.below(last + 1);
      const moved = itemAt(shuffled, last);
      shuffled[last] = itemAt(shuffled, chosen);
      shuffled[chosen] = moved;
    }
    return shuffled;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.u32() & 255);
  }

  /**
   * A generator of its own for one part of a run: draws in one part don't move the others. The fork itself
   * takes two draws of its parent, so the order in which forks are made counts.
   */
  fork(label: string): Prng {
    const fork = new Prng(0);
    fork.start(labelToNumber(label), this.u32(), this.u32());
    return fork;
  }
}
