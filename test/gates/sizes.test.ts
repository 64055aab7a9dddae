import { describe, expect, test } from "vitest";
import { findSizes, LINES_MAX, SIZES_PATH } from "../../scripts/tidy/sizes.ts";
import { messagesOf, treeOf } from "./planted.ts";

const LONG_PATH = "packages/core/src/long.ts";

type Sizes = Readonly<Record<string, number>>;

/** The record as it is, and as the last commit has it: the same, where nothing is said. */
function find(path: string, lines: number, recorded: Sizes, committed: Sizes = recorded): readonly string[] {
  const record = {
    path: SIZES_PATH,
    text: JSON.stringify(recorded),
    committed: JSON.stringify(committed),
  };
  return messagesOf(findSizes([...treeOf({ [path]: "x\n".repeat(lines) }), record]));
}

describe("sizes of files", () => {
  test("a file within the limit needs no record", () => {
    expect(find(LONG_PATH, LINES_MAX, {})).toEqual([]);
  });

  test("a file over the limit is a finding, unless it is a test or not code", () => {
    expect(find(LONG_PATH, LINES_MAX + 1, {})).toEqual([expect.stringContaining("split it")]);
    expect(find("packages/core/test/long.test.ts", LINES_MAX + 1, {})).toEqual([]);
    expect(find("docs/spec/wire.md", LINES_MAX + 1, {})).toEqual([]);
  });

  test("a recorded file may stay as it is", () => {
    expect(find(LONG_PATH, 500, { [LONG_PATH]: 500 })).toEqual([]);
  });

  test.each([
    ["grown", 501, "grew from 500 to 501"],
    ["shrunk", 499, "lower the record"],
    ["shrunk to within the limit", LINES_MAX, "remove the record"],
  ])("a recorded file that has %s is a finding", (_, lines, message) => {
    expect(find(LONG_PATH, lines, { [LONG_PATH]: 500 })).toEqual([expect.stringContaining(message)]);
  });

  test.each<readonly [what: string, committed: Sizes, message: string]>([
    ["raised", { [LONG_PATH]: 499 }, "was raised from 499 to 500"],
    ["added", {}, "was added"],
  ])(
    "a record that was %s since the last commit is a finding, though the file fits it",
    (_, before, message) => {
      expect(find(LONG_PATH, 500, { [LONG_PATH]: 500 }, before)).toEqual([expect.stringContaining(message)]);
    },
  );

  test("a record may fall and go", () => {
    expect(find(LONG_PATH, 499, { [LONG_PATH]: 499 }, { [LONG_PATH]: 500 })).toEqual([]);
    expect(find(LONG_PATH, 100, {}, { [LONG_PATH]: 500 })).toEqual([]);
  });

  test("without a record in the last commit every record is added", () => {
    const record = { path: SIZES_PATH, text: JSON.stringify({ [LONG_PATH]: 500 }) };
    const tree = [...treeOf({ [LONG_PATH]: "x\n".repeat(500) }), record];
    expect(messagesOf(findSizes(tree))).toEqual([expect.stringContaining("was added")]);
  });

  test("a record of a file that is not there is a finding", () => {
    expect(find(LONG_PATH, 1, { "packages/core/src/gone.ts": 500 })).toEqual([
      expect.stringContaining("packages/core/src/gone.ts:1 is recorded and is not there"),
    ]);
  });
});
