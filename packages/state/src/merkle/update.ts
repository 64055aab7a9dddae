import type { Hasher } from "@touchmark/core";
import type { ChangeList } from "./changes.ts";
import { bitAt, KIND_BIT, NOT_KIND_BIT } from "./digest.ts";
import { PairBatch } from "./pair-batch.ts";
import { Records, ReplacedValues } from "./records.ts";
import {
  BYTES_PER_ROW,
  clearDigest,
  copyDigest,
  ROOT_SLOT,
  type Rows,
  toLeafRef,
  toLeafRow,
  WORDS_PER_DIGEST,
  WORDS_PER_ROW,
} from "./rows.ts";

/** As many changes go together as touch no more memory than the caches hold between down and up. */
const RUN = 1_024;

/** A row may lie across two lines of the cache. */
function bothEnds(words: Uint32Array, row: number): number {
  return (words[row * WORDS_PER_ROW] ?? 0) ^ (words[(row + 1) * WORDS_PER_ROW - 1] ?? 0);
}

/**
 * A block's changes brought into the tree.
 *
 * The problem. Twenty thousand leaves lie at twenty thousand places of a hundred megabytes, twenty levels
 * down. Walked one by one, each step waits for memory; hashed one by one, each digest costs ten times what
 * it costs in bulk.
 *
 * The answer. All changes go down together, level by level, in the order of their key hashes: what is done
 * for one slot of a level doesn't wait for another, so the processor fetches many at once. Where a change
 * meets a leaf of another key, or several changes meet an empty place, a node is put in between, whether it
 * will be needed or not. Then all levels go up again: a node with nothing but one leaf below is replaced by
 * that leaf, and one with nothing by nothing (T-3), so what an insertion or a deletion came by leaves no
 * trace; the rest of each level is hashed in bulk.
 *
 * Rows that an update frees are given back with the next one, so until then it can be undone (T-6).
 */
export class Updater {
  /** What `#touch` added up; it means nothing. */
  touched = 0;

  readonly #nodes: Rows;
  readonly #leaves: Rows;
  readonly #batch: PairBatch;
  readonly #records = new Records();
  readonly #replaced = new ReplacedValues();

  /** The run's changes in the order of key hashes: key hash and value hash, whether it goes, its digest. */
  readonly #leafWords = new Uint32Array(RUN * WORDS_PER_ROW);
  readonly #leafBytes = new Uint8Array(this.#leafWords.buffer);
  readonly #removals = new Uint8Array(RUN);
  readonly #digests = new Uint32Array(RUN * WORDS_PER_DIGEST);
  readonly #digestBytes = new Uint8Array(this.#digests.buffer);

  #takenNodes: number[] = [];
  #takenLeaves: number[] = [];
  #leftNodes: number[] = [];
  #leftLeaves: number[] = [];

  constructor(hasher: Hasher, nodes: Rows, leaves: Rows) {
    this.#nodes = nodes;
    this.#leaves = leaves;
    this.#batch = new PairBatch(hasher);
  }

  /** Leaves that are in no tree any more, and can still come back. */
  get leavesLeaving(): number {
    return this.#leftLeaves.length;
  }

  /** T-4: the changes at these places, which are sorted by key hash. */
  apply(changes: ChangeList, places: Uint32Array): void {
    this.commit();
    for (let from = 0; from < places.length; from += RUN) {
      this.#run(changes, places.subarray(from, from + RUN));
    }
  }

  /** After this the last update can't be undone. */
  commit(): void {
    for (const row of this.#leftNodes) this.#nodes.give(row);
    for (const row of this.#leftLeaves) this.#leaves.give(row);
    this.#forget();
  }

  /** T-6: the tree as it was before the last update. */
  undo(): void {
    this.#records.restore(this.#nodes.refs, this.#nodes.words);
    this.#replaced.restore(this.#leaves.words);
    for (const row of this.#takenNodes) this.#nodes.give(row);
    for (const row of this.#takenLeaves) this.#leaves.give(row);
    this.#forget();
  }

  #forget(): void {
    this.#records.clear();
    this.#replaced.clear();
    this.#takenNodes = [];
    this.#takenLeaves = [];
    this.#leftNodes = [];
    this.#leftLeaves = [];
  }

  #run(changes: ChangeList, places: Uint32Array): void {
    this.#read(changes, places);
    const records = this.#records;
    const levels: number[] = [];
    let from = records.count;
    records.reserve(1);
    records.push(ROOT_SLOT, 0, places.length, this.#nodes.refs);
    while (from < records.count) {
      const end = records.count;
      levels.push(from);
      this.#descend(from, end, levels.length - 1);
      from = end;
    }
    for (let level = levels.length - 1; level >= 0; level--) {
      this.#ascend(levels[level] ?? 0, levels[level + 1] ?? records.count);
    }
  }

  /** The changes in their order, and the digests of the leaves that are to stand, in bulk. */
  #read(changes: ChangeList, places: Uint32Array): void {
    const rows = new Uint32Array(changes.rows.buffer, changes.rows.byteOffset);
    let mixed = 0;
    for (const place of places) mixed ^= rows[place * WORDS_PER_ROW] ?? 0;
    this.touched = mixed;
    for (let i = 0; i < places.length; i++) {
      const place = places[i] ?? 0;
      const [from, at] = [place * WORDS_PER_ROW, i * WORDS_PER_ROW];
      copyDigest(this.#leafWords, at, rows, from);
      const isRemoval = changes.removals[place] === 1;
      this.#removals[i] = isRemoval ? 1 : 0;
      if (isRemoval) continue;
      copyDigest(this.#leafWords, at + WORDS_PER_DIGEST, rows, from + WORDS_PER_DIGEST);
      this.#hash(this.#batch.add(this.#leafWords, at, i * WORDS_PER_DIGEST));
    }
    this.#hash(true);
  }

  #hash(isDue: boolean): void {
    if (isDue) this.#batch.flush(this.#digests, this.#digestBytes, NOT_KIND_BIT, KIND_BIT);
  }

  #descend(from: number, end: number, depth: number): void {
    const records = this.#records;
    const nodes = this.#nodes;
    nodes.reserve(end - from);
    records.reserve(2 * (end - from));
    const { refs } = nodes;
    const { slots, starts, ends, oldRefs } = records;
    this.#touch(from, end);
    for (let at = from; at < end; at++) {
      const slot = slots[at] ?? 0;
      const start = starts[at] ?? 0;
      const stop = ends[at] ?? 0;
      let row = oldRefs[at] ?? 0;
      if (row <= 0) {
        if (stop - start === 1 && this.#settle(slot, row, start, at)) continue;
        row = this.#putNode(slot, row, depth);
      }
      const middle = this.#split(start, stop, depth);
      if (start < middle) records.push(2 * row, start, middle, refs);
      if (middle < stop) records.push(2 * row + 1, middle, stop, refs);
    }
  }

  /**
   * Asks for the memory of a level before it is needed. So short a loop has ten requests under way at once,
   * where the one that does the work has two or three. What it adds up is kept, or it could be left out.
   */
  #touch(from: number, end: number): void {
    const { refs, words } = this.#nodes;
    const { oldRefs } = this.#records;
    const leaves = this.#leaves.words;
    let mixed = 0;
    for (let at = from; at < end; at++) {
      const ref = oldRefs[at] ?? 0;
      if (ref > 0) mixed ^= (refs[2 * ref] ?? 0) ^ bothEnds(words, ref);
      else if (ref < 0) mixed ^= bothEnds(leaves, toLeafRow(ref));
    }
    this.touched = mixed;
  }

  /** One change at an empty place or at a leaf. False where two leaves want the place. */
  #settle(slot: number, ref: number, change: number, record: number): boolean {
    const isRemoval = this.#removals[change] === 1;
    const isOther = ref < 0 && !this.#isKeyOf(toLeafRow(ref), change);
    if (isOther && !isRemoval) return false;
    const { refs, words } = this.#nodes;
    this.#records.keepDigest(record, words);
    if (isOther || (isRemoval && ref === 0)) return true;
    const at = slot * WORDS_PER_DIGEST;
    if (isRemoval) {
      refs[slot] = 0;
      clearDigest(words, at);
      this.#leftLeaves.push(toLeafRow(ref));
      return true;
    }
    if (ref === 0) refs[slot] = this.#putLeaf(change);
    else this.#replaced.replace(this.#leaves.words, toLeafRow(ref), this.#leafWords, change);
    copyDigest(words, at, this.#digests, change * WORDS_PER_DIGEST);
    return true;
  }

  #isKeyOf(leafRow: number, change: number): boolean {
    const { words } = this.#leaves;
    const [a, b] = [leafRow * WORDS_PER_ROW, change * WORDS_PER_ROW];
    for (let i = 0; i < WORDS_PER_DIGEST; i++) if (words[a + i] !== this.#leafWords[b + i]) return false;
    return true;
  }

  #putLeaf(change: number): number {
    const leaves = this.#leaves;
    leaves.reserve(1);
    const row = leaves.take();
    this.#takenLeaves.push(row);
    const [to, from] = [row * WORDS_PER_ROW, change * WORDS_PER_ROW];
    copyDigest(leaves.words, to, this.#leafWords, from);
    copyDigest(leaves.words, to + WORDS_PER_DIGEST, this.#leafWords, from + WORDS_PER_DIGEST);
    return toLeafRef(row);
  }

  /** A node where there was nothing or a leaf; the leaf goes below it. */
  #putNode(slot: number, ref: number, depth: number): number {
    const { refs, words } = this.#nodes;
    const row = this.#nodes.take();
    this.#takenNodes.push(row);
    const at = row * WORDS_PER_ROW;
    clearDigest(words, at);
    clearDigest(words, at + WORDS_PER_DIGEST);
    refs[2 * row] = 0;
    refs[2 * row + 1] = 0;
    if (ref < 0) {
      const below = 2 * row + bitAt(this.#leaves.bytes, depth, toLeafRow(ref) * BYTES_PER_ROW);
      refs[below] = ref;
      copyDigest(words, below * WORDS_PER_DIGEST, words, slot * WORDS_PER_DIGEST);
    }
    refs[slot] = row;
    return row;
  }

  /** The first of these changes that goes right. */
  #split(start: number, end: number, depth: number): number {
    const keys = this.#leafBytes;
    if (bitAt(keys, depth, start * BYTES_PER_ROW) === 1) return start;
    if (end - start === 1) return end;
    if (bitAt(keys, depth, (end - 1) * BYTES_PER_ROW) === 0) return end;
    let [left, right] = [start, end - 1];
    while (right - left > 1) {
      const middle = (left + right) >>> 1;
      if (bitAt(keys, depth, middle * BYTES_PER_ROW) === 0) left = middle;
      else right = middle;
    }
    return right;
  }

  #ascend(from: number, end: number): void {
    const { refs, words, bytes } = this.#nodes;
    const batch = this.#batch;
    const records = this.#records;
    const { slots } = records;
    for (let at = from; at < end; at++) {
      const slot = slots[at] ?? 0;
      const row = refs[slot] ?? 0;
      if (row <= 0) continue;
      records.keepDigest(at, words);
      if (this.#collapse(slot, row)) continue;
      const isFull = batch.add(words, row * WORDS_PER_ROW, slot * WORDS_PER_DIGEST);
      if (isFull) batch.flush(words, bytes, NOT_KIND_BIT, 0);
    }
    batch.flush(words, bytes, NOT_KIND_BIT, 0);
  }

  /** T-3: a node stands only above two leaves or more. */
  #collapse(slot: number, row: number): boolean {
    const { refs, words } = this.#nodes;
    const left = refs[2 * row] ?? 0;
    const right = refs[2 * row + 1] ?? 0;
    if (left > 0 || right > 0 || (left < 0 && right < 0)) return false;
    const kept = left < 0 ? 2 * row : 2 * row + 1;
    refs[slot] = refs[kept] ?? 0;
    copyDigest(words, slot * WORDS_PER_DIGEST, words, kept * WORDS_PER_DIGEST);
    this.#leftNodes.push(row);
    return true;
  }
}
