import { assert, byteAt, compareBytes, DIGEST_BYTES } from "@touchmark/core";
import { type KeyHash, LEAF_BYTES, type ValueHash } from "./digest.ts";

/**
 * What a block changes, in any order: columns, since an object for each of twenty thousand leaves would
 * cost more than hashing them. A list can be cleared and filled again.
 */
export const CHANGES_MAX = 0x100_0000;

const INITIAL_ROOM = 1_024;

export class ChangeList {
  /** For each change the key hash, then the value hash, as in a leaf's preimage; past the length it is old. */
  rows: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_ROOM * LEAF_BYTES);
  /** 1 where the key's leaf is to go. */
  removals: Uint8Array = new Uint8Array(INITIAL_ROOM);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  put(keyHash: KeyHash, valueHash: ValueHash): void {
    const at = this.#next(keyHash);
    this.rows.set(valueHash, at * LEAF_BYTES + DIGEST_BYTES);
    this.removals[at] = 0;
  }

  /** Removing a key that has no leaf changes nothing. */
  remove(keyHash: KeyHash): void {
    const at = this.#next(keyHash);
    this.removals[at] = 1;
  }

  clear(): void {
    this.#length = 0;
  }

  #next(keyHash: KeyHash): number {
    const at = this.#length;
    assert(at < CHANGES_MAX, `one update changes at most ${CHANGES_MAX} leaves`);
    if (at === this.removals.length) this.#grow();
    this.rows.set(keyHash, at * LEAF_BYTES);
    this.#length = at + 1;
    return at;
  }

  #grow(): void {
    const room = this.removals.length * 2;
    const rows = new Uint8Array(room * LEAF_BYTES);
    const removals = new Uint8Array(room);
    rows.set(this.rows);
    removals.set(this.removals);
    this.rows = rows;
    this.removals = removals;
  }
}

/** Three passes sort by the first 32 bits of the key hashes, the lowest of them first. */
const PASS_BITS = 11;
const PASSES = 3;
const BUCKETS = 1 << PASS_BITS;

/** Where each bucket of a pass begins. */
function bucketStarts(prefixes: Uint32Array, shift: number): Uint32Array {
  const starts = new Uint32Array(BUCKETS);
  for (const prefix of prefixes) {
    const bucket = (prefix >>> shift) & (BUCKETS - 1);
    starts[bucket] = (starts[bucket] ?? 0) + 1;
  }
  let sum = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = starts[bucket] ?? 0;
    starts[bucket] = sum;
    sum += count;
  }
  return starts;
}

/**
 * The places of the changes in the order of their key hashes. Hashes are spread evenly, so their first bits
 * nearly always tell them apart, and are sorted by counting, ten times faster than by a comparator; the few
 * that agree in them are compared in full.
 */
export function sortedPlaces({ rows, length }: ChangeList): Uint32Array {
  let [prefixes, places] = [new Uint32Array(length), new Uint32Array(length)];
  for (let place = 0; place < length; place++) {
    const at = place * LEAF_BYTES;
    const high = (byteAt(rows, at) << 8) | byteAt(rows, at + 1);
    prefixes[place] = (high << 16) | (byteAt(rows, at + 2) << 8) | byteAt(rows, at + 3);
    places[place] = place;
  }
  let [prefixesBefore, placesBefore] = [new Uint32Array(length), new Uint32Array(length)];
  for (let pass = 0; pass < PASSES; pass++) {
    [prefixes, prefixesBefore, places, placesBefore] = [prefixesBefore, prefixes, placesBefore, places];
    const shift = pass * PASS_BITS;
    const starts = bucketStarts(prefixesBefore, shift);
    for (let i = 0; i < length; i++) {
      const prefix = prefixesBefore[i] ?? 0;
      const bucket = (prefix >>> shift) & (BUCKETS - 1);
      const to = starts[bucket] ?? 0;
      starts[bucket] = to + 1;
      prefixes[to] = prefix;
      places[to] = placesBefore[i] ?? 0;
    }
  }
  sortTies(rows, places, prefixes);
  return places;
}

function keyAt(rows: Uint8Array, place: number): Uint8Array {
  return rows.subarray(place * LEAF_BYTES, place * LEAF_BYTES + DIGEST_BYTES);
}

function sortTies(rows: Uint8Array, places: Uint32Array, prefixes: Uint32Array): void {
  for (let from = 0; from < places.length; ) {
    let end = from + 1;
    while (end < places.length && prefixes[end] === prefixes[from]) end++;
    if (end - from > 1) {
      const tied = Array.from(places.subarray(from, end), (place) => ({ place, key: keyAt(rows, place) }));
      tied.sort((a, b) => compareBytes(a.key, b.key));
      tied.forEach(({ place, key }, i) => {
        const before = tied[i - 1];
        assert(before === undefined || compareBytes(before.key, key) < 0, "one update names a key once");
        places[from + i] = place;
      });
    }
    from = end;
  }
}
