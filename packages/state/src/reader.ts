import { bytesToKey, compareBytes } from "@touchmark/core";
import {
  decodeStored,
  type Keyspace,
  keyOf,
  numberOfKey,
  numberPrefix,
  type StateView,
  storeKey,
} from "./keyspace.ts";

/** A leaf as it is written: no value takes the leaf away. */
export interface Write {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export interface StoredEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * What the engine asks of a store. It is synchronous: execution never waits half-way through a block.
 * Bytes that a reader hands out are never changed by either side.
 */
export interface Reader {
  /** The value under these bytes (keyspace number and key), if there is one. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Every leaf of a keyspace, by ascending key bytes. Only for the start: it may be slow. */
  entries(number: number): Iterable<StoredEntry>;
}

/** A reader that takes a block's writes: all of them, or, if the machine stops, none. */
export interface Store extends Reader {
  write(batch: readonly Write[]): void;
}

/** A store in memory. */
export class MemoryStore implements Store {
  private readonly leaves = new Map<string, StoredEntry>();

  get size(): number {
    return this.leaves.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.leaves.get(bytesToKey(key))?.value;
  }

  entries(number: number): Iterable<StoredEntry> {
    const prefix = bytesToKey(numberPrefix(number));
    const found: StoredEntry[] = [];
    // The Map's order is that of the writes; what is handed out is sorted.
    for (const [key, leaf] of this.leaves) if (key.startsWith(prefix)) found.push(leaf);
    return found.sort((a, b) => compareBytes(a.key, b.key));
  }

  write(batch: readonly Write[]): void {
    // Checked before anything is changed, so that a bad batch changes nothing.
    for (const { key } of batch) numberOfKey(key);
    for (const { key, value } of batch) {
      if (value === undefined) this.leaves.delete(bytesToKey(key));
      else this.leaves.set(bytesToKey(key), { key, value });
    }
  }
}

/** Every key and value of a keyspace, by ascending key bytes: for invariants and for the start. */
export function* readAll<K, V>(reader: Reader, space: Keyspace<K, V>): Iterable<readonly [key: K, value: V]> {
  for (const { key, value } of reader.entries(space.number)) {
    yield [keyOf(space, key), decodeStored(space.value, value, space.name)];
  }
}

/** A store as a view of the state, without any cache. */
export function viewOf(reader: Reader): StateView {
  return {
    get(space, key) {
      const value = reader.get(storeKey(space, key));
      return value === undefined ? undefined : decodeStored(space.value, value, space.name);
    },
  };
}
