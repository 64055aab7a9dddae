import { assert, bytesToKey, encode, must, type Schema } from "@touchmark/core";
import { decodeStored, type Keyspace, type StateView, storeKey } from "./keyspace.ts";
import type { Reader, Write } from "./reader.ts";

/**
 * What execution sees of the state: decoded objects above a store, with a journal that takes a transaction's
 * writes back.
 *
 * A leaf is decoded when it is first asked for, and encoded once, at the end of the block. Values never change:
 * a write replaces the object. So the journal need only remember which object stood there before, and to take
 * back costs one step for each write.
 *
 * What is cached between blocks never decides anything: every put looks at the store first, so that the same
 * block gives the same writes whatever was cached (L-12).
 */
interface Slot {
  readonly number: number;
  readonly valueSchema: Schema<unknown>;
  /** The key in the store, and the same as text: its order is that of the bytes. */
  readonly storeKey: Uint8Array;
  readonly storeText: string;
  value: unknown;
  /** Whether the store has this leaf. */
  isStored: boolean;
  isChanged: boolean;
}

interface Undo {
  readonly slot: Slot;
  readonly value: unknown;
  readonly wasChanged: boolean;
}

/** The slots of one keyspace. What the last blocks used is young; what they didn't is dropped by halves. */
class Table {
  young = new Map<string, Slot>();
  old = new Map<string, Slot>();
  /** The last key that was asked for, as that very object: a put most often follows its own get. */
  lastKey: unknown;
  lastSlot: Slot | undefined;
  /** Rises with every write and every write taken back: what was computed from the values before is stale. */
  revision = 0;

  find(text: string): Slot | undefined {
    const slot = this.young.get(text);
    if (slot !== undefined) return slot;
    const kept = this.old.get(text);
    if (kept !== undefined) this.young.set(text, kept);
    return kept;
  }
}

export const CACHED_LEAVES_DEFAULT = 400_000;

export class Overlay implements StateView {
  private readonly reader: Reader;
  private readonly cachedMax: number;
  private readonly tables: (Table | undefined)[] = [];
  private readonly journal: Undo[] = [];
  /** Each slot that differs from the store, once, in the order of its first write. */
  private changed: Slot[] = [];

  constructor(reader: Reader, cachedMax: number = CACHED_LEAVES_DEFAULT) {
    this.reader = reader;
    this.cachedMax = cachedMax;
  }

  get<K, V>(keyspace: Keyspace<K, V>, key: K): V | undefined {
    // biome-ignore lint/nursery/noUnsafeTypeAssertion: a slot of a keyspace holds what its schema read, or what was put
    return this.slotOf(keyspace, key).value as V | undefined;
  }

  /** The value is the overlay's from here on: nobody changes it. */
  put<K, V>(keyspace: Keyspace<K, V>, key: K, value: V): void {
    this.set(this.slotOf(keyspace, key), value);
  }

  remove<K>(keyspace: Keyspace<K, unknown>, key: K): void {
    this.set(this.slotOf(keyspace, key), undefined);
  }

  /** How often the leaves of a keyspace were written: a memory of them is good while this stays. */
  revision({ number }: { readonly number: number }): number {
    return this.tableOf(number).revision;
  }

  /** Where the journal stands; `revert` goes back to it. Marks nest: the journal is a stack. */
  mark(): number {
    return this.journal.length;
  }

  /** L-5: takes back every write since the mark. */
  revert(mark: number): void {
    assert(mark >= 0 && mark <= this.journal.length, "a mark is of this journal");
    while (this.journal.length > mark) {
      const { slot, value, wasChanged } = must(this.journal.pop(), "an entry of the journal");
      slot.value = value;
      this.tableOf(slot.number).revision++;
      if (wasChanged) continue;
      slot.isChanged = false;
      assert(this.changed.pop() === slot, "the journal goes back in the order in which it was written");
    }
  }

  /** What was written since the last mark stays; nothing before this can be taken back any more. */
  commit(): void {
    this.journal.length = 0;
  }

  /**
   * The writes since the last call, by ascending key bytes, each key once. A leaf that came and went leaves
   * nothing. The caller writes them to the store before the next block.
   */
  takeChanges(): readonly Write[] {
    assert(this.journal.length === 0, "a block ends between transactions");
    const slots = this.changed.filter((slot) => slot.isStored || slot.value !== undefined).sort(compareSlots);
    const writes = slots.map(({ valueSchema, storeKey: key, value }) => ({
      key,
      value: value === undefined ? undefined : encode(valueSchema, value),
    }));
    for (const slot of this.changed) {
      slot.isChanged = false;
      slot.isStored = slot.value !== undefined;
    }
    this.changed = [];
    this.age();
    return writes;
  }

  private set(slot: Slot, value: unknown): void {
    this.journal.push({ slot, value: slot.value, wasChanged: slot.isChanged });
    if (!slot.isChanged) {
      slot.isChanged = true;
      this.changed.push(slot);
    }
    slot.value = value;
    this.tableOf(slot.number).revision++;
  }

  private tableOf(number: number): Table {
    const known = this.tables[number];
    if (known !== undefined) return known;
    const made = new Table();
    this.tables[number] = made;
    return made;
  }

  private slotOf<K>(keyspace: Keyspace<K, unknown>, key: K): Slot {
    const table = this.tableOf(keyspace.number);
    if (table.lastSlot !== undefined && table.lastKey === key) return table.lastSlot;
    const text = keyspace.textOf(key);
    let slot = table.find(text);
    if (slot === undefined) {
      slot = this.load(keyspace, key);
      table.young.set(text, slot);
    }
    table.lastKey = key;
    table.lastSlot = slot;
    return slot;
  }

  private load<K>(keyspace: Keyspace<K, unknown>, key: K): Slot {
    const { number, value: valueSchema } = keyspace;
    const inStore = storeKey(keyspace, key);
    const bytes = this.reader.get(inStore);
    return {
      number,
      valueSchema,
      storeKey: inStore,
      storeText: bytesToKey(inStore),
      value: bytes === undefined ? undefined : decodeStored(valueSchema, bytes, keyspace.name),
      isStored: bytes !== undefined,
      isChanged: false,
    };
  }

  /** Between blocks: what wasn't asked for since the last turn goes, once there is too much. */
  private age(): void {
    const young = this.tables.reduce((sum, table) => sum + (table?.young.size ?? 0), 0);
    if (young <= this.cachedMax / 2) return;
    for (const table of this.tables) {
      if (table === undefined) continue;
      table.old = table.young;
      table.young = new Map();
      table.lastKey = undefined;
      table.lastSlot = undefined;
    }
  }
}

function compareSlots(a: Slot, b: Slot): number {
  if (a.storeText === b.storeText) return 0;
  return a.storeText < b.storeText ? -1 : 1;
}
