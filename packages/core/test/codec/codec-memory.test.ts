import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as core from "@touchmark/core";
import { expect, test } from "vitest";

/** W-6: how much of the heap may be kept for each byte of input. */
const TEXT_MULTIPLE_MAX = 4;
const MULTIPLE_MAX = 128;

function loadCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

const collectGarbage = loadCollector();

function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function multipleKept<T>(schema: core.Schema<T>, bytes: Uint8Array, touch: (value: T) => unknown): number {
  const before = heapBytes();
  const value = core.decode(schema, bytes);
  if (core.isRejection(value)) throw new Error(String(value));
  touch(value);
  const kept = heapBytes() - before;
  // It is still held here, so the collector had to count it.
  touch(value);
  return kept / bytes.length;
}

const MEGABYTE = 1_000_000;
const wide = core.text(0, 4 * MEGABYTE);

test.each([
  ["Latin letters", "a".repeat(MEGABYTE)],
  ["letters of two bytes", "é".repeat(MEGABYTE / 2)],
  ["letters of three", "鋼".repeat(MEGABYTE / 3)],
  ["letters of four", "🔩".repeat(MEGABYTE / 4)],
  ["Latin letters and one that needs two bytes in memory", `${"a".repeat(MEGABYTE)}鋼`],
])("W-6 a megabyte of text keeps little more than itself: %s", (_, letters) => {
  const bytes = core.encode(wide, letters);
  // Nobody looks into it: an engine lays a text that was joined from pieces out only then.
  expect(multipleKept(wide, bytes, (value) => value.length)).toBeLessThan(TEXT_MULTIPLE_MAX);
  expect(core.decode(wide, bytes)).toBe(letters);
});

const MANY = 100_000;
const SMALLEST: readonly (readonly [what: string, schema: core.Schema<unknown>, value: unknown])[] = [
  ["byte strings without bytes", core.binary(0, 1), new Uint8Array(0)],
  ["byte strings of one byte", core.binary(0, 1), Uint8Array.of(1)],
  ["lists without items", core.list(core.boolean, 0, 1), []],
  ["lists of one item", core.list(core.boolean, 0, 1), [true]],
  ["objects without fields", core.tuple({}), {}],
  ["kinds without fields", core.variant({ none: [1, {}] }), { kind: "none" }],
  ["texts of one letter", core.text(0, 1), "a"],
  ["texts of 32 letters", core.text(0, 32), "a".repeat(32)],
  ["numbers that are bigints", core.u64, 1n],
];

test.each(SMALLEST)(
  "W-6 many small values keep a bounded multiple of their bytes: %s",
  (_, schema, value) => {
    const many = core.list(schema, 0, MANY);
    const bytes = core.encode(
      many,
      Array.from({ length: MANY }, () => value),
    );
    expect(multipleKept(many, bytes, (values) => values.length)).toBeLessThan(MULTIPLE_MAX);
  },
);
