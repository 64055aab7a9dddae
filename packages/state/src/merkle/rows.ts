import { assert, must } from "@touchmark/core";

/**
 * Rows of 64 bytes, each the preimage of one digest: of a leaf its key hash and its value hash, of a node
 * the digests of its two children. So whoever walks down finds each sibling's digest where he already is, and
 * an update hashes a node without looking at its children. Rows are given back and taken again; there is no
 * object for any of them.
 *
 * A node's row also has two references: 0 is an empty subtree, a positive one the row of a node, a negative
 * one the row of a leaf (`toLeafRow`). Row 0 of the nodes stands above the root: its left slot holds the
 * root. A *slot* is one half of a row: its reference stands at refs[slot], its digest at words[slot * 8].
 */
export const WORDS_PER_DIGEST = 8;
export const WORDS_PER_ROW = 2 * WORDS_PER_DIGEST;
export const ROOT_SLOT = 0;

const BYTES_PER_WORD = 4;
const INITIAL_ROWS = 256;
/** A leaf's row as a reference, and back. */
export function toLeafRef(row: number): number {
  return -1 - row;
}

export function toLeafRow(ref: number): number {
  return -1 - ref;
}

export class Rows {
  /** All three are replaced when there is need for more room: whoever keeps one calls `reserve` first. */
  words = new Uint32Array(0);
  /** The same memory as `words`. */
  bytes = new Uint8Array(0);
  refs = new Int32Array(0);

  readonly #refsPerRow: 0 | 2;
  readonly #free: number[] = [];
  /** Rows from here on have never been taken. */
  #end: number;
  #room = 0;

  constructor(kind: "leaves" | "nodes") {
    this.#refsPerRow = kind === "nodes" ? 2 : 0;
    this.#end = kind === "nodes" ? 1 : 0;
    this.#resize(INITIAL_ROWS);
  }

  /** Rows in use, the one above the root among them. */
  get used(): number {
    return this.#end - this.#free.length;
  }

  /** The memory of every row that was ever taken. */
  get bytesHeld(): number {
    return this.#end * (BYTES_PER_ROW + this.#refsPerRow * BYTES_PER_WORD);
  }

  /** Makes sure that so many rows can be taken without anything being replaced. */
  reserve(rows: number): void {
    const wanted = this.#end + Math.max(0, rows - this.#free.length);
    // What is grown is copied, a quarter of a second at two million leaves, so it is doubled: what is too much
    // is address space and no memory yet.
    if (wanted > this.#room) this.#resize(2 * Math.max(wanted, this.#room));
  }

  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    assert(this.#end < this.#room, "rows are reserved before they are taken");
    return this.#end++;
  }

  give(row: number): void {
    this.#free.push(row);
  }

  #resize(rows: number): void {
    const words = new Uint32Array(rows * WORDS_PER_ROW);
    words.set(this.words);
    this.words = words;
    this.bytes = new Uint8Array(words.buffer);
    if (this.#refsPerRow > 0) {
      const refs = new Int32Array(rows * this.#refsPerRow);
      refs.set(this.refs);
      this.refs = refs;
    }
    this.#room = rows;
  }
}

export function refAt(refs: Int32Array, slot: number): number {
  return must(refs[slot], "a slot");
}

/** Copies a digest from one place to another, both counted in words. */
export function copyDigest(to: Uint32Array, toWord: number, from: Uint32Array, fromWord: number): void {
  // Written out, since it is a third of an update and a loop takes half as long again.
  to[toWord] = from[fromWord] ?? 0;
  to[toWord + 1] = from[fromWord + 1] ?? 0;
  to[toWord + 2] = from[fromWord + 2] ?? 0;
  to[toWord + 3] = from[fromWord + 3] ?? 0;
  to[toWord + 4] = from[fromWord + 4] ?? 0;
  to[toWord + 5] = from[fromWord + 5] ?? 0;
  to[toWord + 6] = from[fromWord + 6] ?? 0;
  to[toWord + 7] = from[fromWord + 7] ?? 0;
}

export function clearDigest(words: Uint32Array, at: number): void {
  for (let i = 0; i < WORDS_PER_DIGEST; i++) words[at + i] = 0;
}

export const BYTES_PER_ROW: number = WORDS_PER_ROW * BYTES_PER_WORD;
