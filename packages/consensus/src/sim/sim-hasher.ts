import { DIGEST_BYTES, type Digest, type Hasher, must, roomForPairs, toDigest } from "@touchmark/core";

/**
 * A hash for simulations: 256 bits, of good spread, and without any claim against somebody who looks for
 * collisions; the simulated adversaries don't. It takes a fifth to a third of the time of portable SHA-256, which
 * would otherwise be the largest part of a run.
 *
 * Eight lanes of 32 bits. For a given word each step is a bijection of the state, so a difference between
 * two inputs can vanish only if later words happen to undo it in three lanes at once.
 */
const LANES = 8;
const WORD_BYTES = 4;
const FIRST_MULTIPLIER = 0x9e37_79b1;
const SECOND_MULTIPLIER = 0x85eb_ca77;
const LAST_PASSES = 4;

const STARTS: readonly number[] = [
  0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
];

export class Mixer {
  private readonly lanes = new Int32Array(LANES);
  private at = 0;

  constructor() {
    this.reset();
  }

  reset(): this {
    for (let lane = 0; lane < LANES; lane++) this.lanes[lane] = must(STARTS[lane], "a start");
    this.at = 0;
    return this;
  }

  private word(word: number): void {
    const lanes = this.lanes;
    const lane = this.at;
    const next = (lane + 1) & (LANES - 1);
    const far = (lane + 3) & (LANES - 1);
    let mixed = Math.imul((lanes[lane] ?? 0) ^ word, FIRST_MULTIPLIER);
    mixed = Math.imul(mixed ^ (mixed >>> 15), SECOND_MULTIPLIER);
    mixed ^= mixed >>> 13;
    lanes[lane] = mixed;
    lanes[next] = (lanes[next] ?? 0) + mixed;
    lanes[far] = (lanes[far] ?? 0) ^ ((mixed << 7) | (mixed >>> 25));
    this.at = next;
  }

  /** The bytes and, behind them, how many there were. */
  absorb(bytes: Uint8Array): this {
    const whole = bytes.length - (bytes.length % WORD_BYTES);
    let at = 0;
    for (; at < whole; at += WORD_BYTES) {
      const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
      this.word(low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24));
    }
    let rest = 0;
    for (; at < bytes.length; at++) rest = (rest << 8) | (bytes[at] ?? 0);
    this.word(rest);
    this.word(bytes.length);
    return this;
  }

  private spread(): void {
    for (let step = 0; step < LAST_PASSES * LANES; step++) this.word(step);
  }

  digest(): Digest {
    this.spread();
    const bytes = new Uint8Array(DIGEST_BYTES);
    this.write(bytes, 0);
    return toDigest(bytes);
  }

  /** Writes 32 bytes, and goes on, so that another call gives 32 more. */
  squeeze(target: Uint8Array, offset: number): void {
    this.spread();
    this.write(target, offset);
  }

  private write(target: Uint8Array, offset: number): void {
    let at = offset;
    for (let lane = 0; lane < LANES; lane++) {
      const word = this.lanes[lane] ?? 0;
      target[at] = word;
      target[at + 1] = word >>> 8;
      target[at + 2] = word >>> 16;
      target[at + 3] = word >>> 24;
      at += WORD_BYTES;
    }
  }
}

const mixer = new Mixer();

export const simHasher: Hasher = {
  sha256: (bytes) => mixer.reset().absorb(bytes).digest(),
  sha256Pairs(level, room) {
    const digests = roomForPairs(level, room);
    for (let at = 0; at < level.length; at += 2 * DIGEST_BYTES) {
      const pair = level.subarray(at, at + 2 * DIGEST_BYTES);
      mixer
        .reset()
        .absorb(pair)
        .squeeze(digests, at / 2);
    }
    return digests;
  },
};
