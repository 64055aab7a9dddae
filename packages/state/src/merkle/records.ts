import { copyDigest, WORDS_PER_DIGEST, WORDS_PER_ROW } from "./rows.ts";

const INITIAL_ROOM = 1_024;
/** What one huge update grew is let go behind it. */
const KEPT_ROOM_MAX = 0x8_0000;

/**
 * The slots that an update comes by, level by level: which of the sorted changes lie below each, and what
 * stood there before, which is all that going back needs (T-6).
 */
export class Records {
  slots = new Int32Array(0);
  /** The changes below the slot: from `starts` up to, and without, `ends`. */
  starts = new Int32Array(0);
  ends = new Int32Array(0);
  oldRefs = new Int32Array(0);
  oldDigests = new Uint32Array(0);
  count = 0;

  constructor() {
    this.#resize(INITIAL_ROOM);
  }

  reserve(more: number): void {
    const wanted = this.count + more;
    if (wanted > this.slots.length) this.#resize(Math.max(wanted, 2 * this.slots.length));
  }

  push(slot: number, start: number, end: number, refs: Int32Array): void {
    const at = this.count++;
    this.slots[at] = slot;
    this.starts[at] = start;
    this.ends[at] = end;
    this.oldRefs[at] = refs[slot] ?? 0;
  }

  /** Every record's, before its slot gets another: going down reads no digests, which lie far apart. */
  keepDigest(at: number, words: Uint32Array): void {
    const slot = this.slots[at] ?? 0;
    copyDigest(this.oldDigests, at * WORDS_PER_DIGEST, words, slot * WORDS_PER_DIGEST);
  }

  /** Puts back what stood in each slot, the last first: a later run may have come by the same slots. */
  restore(refs: Int32Array, words: Uint32Array): void {
    for (let at = this.count - 1; at >= 0; at--) {
      const slot = this.slots[at] ?? 0;
      refs[slot] = this.oldRefs[at] ?? 0;
      copyDigest(words, slot * WORDS_PER_DIGEST, this.oldDigests, at * WORDS_PER_DIGEST);
    }
  }

  clear(): void {
    this.count = 0;
    if (this.slots.length > KEPT_ROOM_MAX) this.#resize(INITIAL_ROOM);
  }

  #resize(room: number): void {
    const { slots, starts, ends, oldRefs, oldDigests, count } = this;
    this.slots = new Int32Array(room);
    this.starts = new Int32Array(room);
    this.ends = new Int32Array(room);
    this.oldRefs = new Int32Array(room);
    this.oldDigests = new Uint32Array(room * WORDS_PER_DIGEST);
    this.slots.set(slots.subarray(0, count));
    this.starts.set(starts.subarray(0, count));
    this.ends.set(ends.subarray(0, count));
    this.oldRefs.set(oldRefs.subarray(0, count));
    this.oldDigests.set(oldDigests.subarray(0, count * WORDS_PER_DIGEST));
  }
}

/** Leaves that got another value in their own rows, and the value that each had. */
export class ReplacedValues {
  #rows = new Int32Array(INITIAL_ROOM);
  #oldValues = new Uint32Array(INITIAL_ROOM * WORDS_PER_DIGEST);
  #count = 0;

  /** The leaf's row gets the value of the change. */
  replace(leaves: Uint32Array, row: number, changes: Uint32Array, change: number): void {
    if (this.#count === this.#rows.length) this.#resize(2 * this.#count);
    const at = this.#count++;
    const value = row * WORDS_PER_ROW + WORDS_PER_DIGEST;
    this.#rows[at] = row;
    copyDigest(this.#oldValues, at * WORDS_PER_DIGEST, leaves, value);
    copyDigest(leaves, value, changes, change * WORDS_PER_ROW + WORDS_PER_DIGEST);
  }

  /** An update names a key once, so the order doesn't count. */
  restore(leaves: Uint32Array): void {
    for (let at = 0; at < this.#count; at++) {
      const value = (this.#rows[at] ?? 0) * WORDS_PER_ROW + WORDS_PER_DIGEST;
      copyDigest(leaves, value, this.#oldValues, at * WORDS_PER_DIGEST);
    }
  }

  clear(): void {
    this.#count = 0;
    if (this.#rows.length > KEPT_ROOM_MAX) this.#resize(INITIAL_ROOM);
  }

  #resize(room: number): void {
    const [rows, oldValues] = [this.#rows, this.#oldValues];
    this.#rows = new Int32Array(room);
    this.#oldValues = new Uint32Array(room * WORDS_PER_DIGEST);
    this.#rows.set(rows.subarray(0, this.#count));
    this.#oldValues.set(oldValues.subarray(0, this.#count * WORDS_PER_DIGEST));
  }
}
