import { describe, expect, test } from "vitest";
import { findSizes, LINES_MAX, SIZES_PATH } from "../../scripts/tidy/sizes.ts";
import { messagesOf, treeOf } from "./planted.ts";

const LONG_PATH = "packages/core/src/long.ts";

function find(path: string, lines: number, recorded: Readonly<Record<string, number>>): readonly string[] {
  return messagesOf(
    findSizes(treeOf({ [path]: "x\n".repeat(lines), [SIZES_PATH]: JSON.stringify(recorded) })),
  );
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

  test("a record of a file that is not there is a finding", () => {
    expect(find(LONG_PATH, 1, { "packages/core/src/gone.ts": 500 })).toEqual([
      expect.stringContaining("packages/core/src/gone.ts:1 is recorded and is not there"),
    ]);
  });
});
