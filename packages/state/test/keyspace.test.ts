import { Height, idSchema, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { KEYSPACE_NUMBERS, keyOf, keyspace, RETIRED_NUMBERS, storeKey } from "../src/keyspace.ts";

/**
 * Every number that was ever given, by hand: a change of one is seen here, and one that goes must appear among the
 * retired. New ones are added at the end of their machine's line.
 */
const GIVEN = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9],
  ...[20, 21, 22, 23, 24, 25, 26, 27, 28],
  ...[30, 31, 32, 33, 34, 35],
  ...[40],
  ...[50, 51, 52],
  ...[60, 61, 62, 63],
  ...[70, 71],
  ...[80, 81, 82, 83, 84, 85, 86, 87, 88],
  ...[100, 101, 102, 103, 104],
  ...[120, 121, 122],
  ...[140, 141, 142, 143, 144, 145],
];

test("L-1 every keyspace number that was ever given is in use or retired, and none is both", () => {
  const used: readonly number[] = Object.values(KEYSPACE_NUMBERS);
  expect(new Set(used).size).toBe(used.length);
  expect(RETIRED_NUMBERS.filter((it) => used.includes(it))).toEqual([]);
  const known = [...used, ...RETIRED_NUMBERS].sort((a, b) => a - b);
  expect(known.filter((it) => GIVEN.includes(it))).toEqual(GIVEN);
});

test("L-1 a key in the store is the keyspace's number in two bytes, then the key's encoding", () => {
  const holds = keyspace("holds", idSchema("hold"), Height.schema);
  const id = toId("hold", new Uint8Array(20).fill(9));
  const bytes = storeKey(holds, id);
  expect([...bytes]).toEqual([0, 52, 0xc4, 20, ...id]);
  expect(keyOf(holds, bytes)).toEqual(id);
  expect(() => keyOf(keyspace("lots", idSchema("lot"), Height.schema), bytes)).toThrow("has its number");
});
