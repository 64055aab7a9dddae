import { bytesToHex, compareBytes, concatBytes, Prng } from "@touchmark/core";
import { KEYSPACE_NUMBERS, type Store, type Write } from "@touchmark/state";
import { describe, expect, test } from "vitest";

/** What a store needs to be put through the suite. A store on disk is closed and opened again. */
export interface StoreUnderTest {
  readonly open: () => Store | Promise<Store>;
  readonly reopen: (store: Store) => Store | Promise<Store>;
}

const [FIRST, SECOND, LAST] = [1, 255, 256];

function key(number: number, ...rest: readonly number[]): Uint8Array {
  return concatBytes(Uint8Array.of(number >> 8, number & 255), Uint8Array.from(rest));
}

function put(at: Uint8Array, ...value: readonly number[]): Write {
  return { key: at, value: Uint8Array.from(value) };
}

function remove(at: Uint8Array): Write {
  return { key: at, value: undefined };
}

function hexEntries(store: Store, number: number): readonly string[] {
  return [...store.entries(number)].map((it) => `${bytesToHex(it.key)}=${bytesToHex(it.value)}`);
}

/** L-1: every implementation of the store's port behaves the same. */
export function storeSuite(name: string, { open, reopen }: StoreUnderTest): void {
  describe(`L-1 the store in ${name}`, () => {
    test("has nothing at first", async () => {
      const store = await open();
      expect(store.get(key(FIRST, 1))).toBeUndefined();
      for (const number of Object.values(KEYSPACE_NUMBERS)) expect([...store.entries(number)]).toEqual([]);
    });

    test("gives back what was written, also an empty value, and nothing for a key that only begins alike", async () => {
      const store = await open();
      store.write([put(key(FIRST, 1, 2), 7, 8), put(key(FIRST, 1))]);
      expect(store.get(key(FIRST, 1, 2))).toEqual(Uint8Array.of(7, 8));
      expect(store.get(key(FIRST, 1))).toEqual(new Uint8Array());
      expect(store.get(key(FIRST, 1, 2, 3))).toBeUndefined();
    });

    test("writes again, removes, and doesn't mind removing what isn't there", async () => {
      const store = await open();
      store.write([put(key(FIRST, 1), 1), put(key(FIRST, 2), 2)]);
      store.write([put(key(FIRST, 1), 3), remove(key(FIRST, 2)), remove(key(FIRST, 9))]);
      expect(hexEntries(store, FIRST)).toEqual(["000101=03"]);
    });

    test("lists one keyspace by ascending bytes, whatever order it was written in", async () => {
      const store = await open();
      store.write([
        put(key(LAST, 1), 1),
        put(key(SECOND, 2, 0), 2),
        put(key(SECOND, 0xff), 3),
        put(key(SECOND, 2), 4),
        put(key(FIRST, 0xff, 0xff), 5),
        put(key(SECOND, 0), 6),
      ]);
      expect(hexEntries(store, SECOND)).toEqual(["00ff00=06", "00ff02=04", "00ff0200=02", "00ffff=03"]);
    });

    test("keeps what was written when it is opened again", async () => {
      const store = await open();
      store.write([put(key(FIRST, 1), 1), put(key(FIRST, 2), 2)]);
      store.write([remove(key(FIRST, 1))]);
      expect(hexEntries(await reopen(store), FIRST)).toEqual(["000102=02"]);
    });

    test("changes nothing where a batch is refused", async () => {
      const store = await open();
      store.write([put(key(FIRST, 1), 1)]);
      expect(() => store.write([put(key(FIRST, 1), 2), put(Uint8Array.of(0), 1)])).toThrow();
      expect(hexEntries(store, FIRST)).toEqual(["000101=01"]);
    });

    test("is not changed by who changes a list that it gave", async () => {
      const store = await open();
      store.write([put(key(FIRST, 1), 1), put(key(FIRST, 2), 2)]);
      const listed = store.entries(FIRST);
      store.write([remove(key(FIRST, 1))]);
      expect([...listed].length).toBeGreaterThan(0);
      expect(hexEntries(store, FIRST)).toEqual(["000102=02"]);
    });

    test("agrees with a plain map over 300 random batches", async () => {
      const prng = new Prng(7);
      let store = await open();
      const model = new Map<string, Write>();
      for (let batch = 0; batch < 300; batch++) {
        const writes = new Map<string, Write>();
        for (let i = prng.below(8); i >= 0; i--) {
          const at = key(
            prng.pick([FIRST, SECOND, LAST]),
            ...prng.bytes(prng.between(1, 2)).map((it) => it & 3),
          );
          writes.set(bytesToHex(at), prng.chance(0.3) ? remove(at) : put(at, ...prng.bytes(prng.below(5))));
        }
        store.write([...writes.values()]);
        for (const [hex, write] of writes) {
          if (write.value === undefined) model.delete(hex);
          else model.set(hex, write);
        }
        if (batch % 100 === 99) store = await reopen(store);
      }
      const listed = [FIRST, SECOND, LAST].flatMap((number) => hexEntries(store, number));
      const expected = [...model.values()]
        .sort((a, b) => compareBytes(a.key, b.key))
        .map((it) => `${bytesToHex(it.key)}=${bytesToHex(it.value ?? new Uint8Array())}`);
      expect(listed).toEqual(expected);
    });
  });
}
