import { DIGEST_BYTES, type Hasher } from "@touchmark/core";
import { copyDigest, WORDS_PER_DIGEST, WORDS_PER_ROW } from "./rows.ts";

/** Enough that a call costs nothing beside its hashes, and little enough to stay in the nearest cache. */
const PAIRS_MAX = 1_024;
const BYTES_PER_WORD = 4;

/** Gathers preimages from wherever they are, hashes them in one call, and puts each digest in its place. */
export class PairBatch {
  readonly #hasher: Hasher;
  readonly #level = new Uint8Array(PAIRS_MAX * 2 * DIGEST_BYTES);
  readonly #levelWords = new Uint32Array(this.#level.buffer);
  readonly #digests = new Uint8Array(PAIRS_MAX * DIGEST_BYTES);
  readonly #digestWords = new Uint32Array(this.#digests.buffer);
  /** Where each digest goes, in words. */
  readonly #targets = new Int32Array(PAIRS_MAX);
  #count = 0;

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  /** Returns whether the batch is full now, and must be flushed. */
  add(from: Uint32Array, fromWord: number, target: number): boolean {
    const at = this.#count++;
    const level = this.#levelWords;
    const start = at * WORDS_PER_ROW;
    copyDigest(level, start, from, fromWord);
    copyDigest(level, start + WORDS_PER_DIGEST, from, fromWord + WORDS_PER_DIGEST);
    this.#targets[at] = target;
    return this.#count === PAIRS_MAX;
  }

  /** `words` and `bytes` are the same memory; T-2: the kind's bit is kept by one mask and set by the other. */
  flush(words: Uint32Array, bytes: Uint8Array, keep: number, set: number): void {
    const count = this.#count;
    this.#count = 0;
    if (count === 0) return;
    const level = this.#level.subarray(0, count * 2 * DIGEST_BYTES);
    this.#hasher.sha256Pairs(level, this.#digests.subarray(0, count * DIGEST_BYTES));
    for (let i = 0; i < count; i++) {
      const target = this.#targets[i] ?? 0;
      copyDigest(words, target, this.#digestWords, i * WORDS_PER_DIGEST);
      const at = target * BYTES_PER_WORD;
      bytes[at] = ((bytes[at] ?? 0) & keep) | set;
    }
  }
}
