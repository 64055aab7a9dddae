import { describe, expect, test } from "vitest";
import { findSpecRules } from "../../scripts/tidy/spec-rules.ts";
import { messagesOf, spelled, treeOf } from "./planted.ts";

// Planted rules are of the family ZZ, which no file of docs/spec has: the real gate reads this file too.
const CLEAN = {
  "docs/spec/wire.md": [
    "# Wire",
    "**ZZ-1 Canonical integers.** [built] The shortest form only.",
    "**ZZ-1a Their range.** [built] Up to 2^64 - 1.",
    "**ZZ-2 Later.** [planned] Not yet.",
  ].join("\n"),
  "packages/core/src/a.ts": "// ZZ-1: why.\n/** Two lines,\n * ZZ-1a. */\n",
  "packages/core/test/a.test.ts": 'test("ZZ-1 refuses a long form", () => {});\n',
  "test/compliance/a.test.ts": "test(`ZZ-1a ${name}`, () => {});\n",
};

function find(changes: Readonly<Record<string, string>>): readonly string[] {
  return messagesOf(findSpecRules(treeOf({ ...CLEAN, ...changes })));
}

describe("coverage of docs/spec", () => {
  test("a built rule that code and a test cite, and a planned one that none cites, are fine", () => {
    expect(find({})).toEqual([]);
  });

  test("a built rule that no code cites is a finding, and a longer id is no citation", () => {
    expect(find({ "packages/core/src/a.ts": "// ZZ-1a, and ZZ-1 only as ZZ-1a's beginning\n" })).toEqual([]);
    expect(find({ "packages/core/src/a.ts": "// ZZ-1a\n" })).toEqual([
      "docs/spec/wire.md:2 ZZ-1 is marked built, and no comment in code cites it",
    ]);
  });

  test("a built rule that no test cites is a finding", () => {
    expect(find({ "packages/core/test/a.test.ts": "" })).toEqual([
      "docs/spec/wire.md:2 ZZ-1 is marked built, and no test's name cites it",
    ]);
  });

  test.each([
    ["a subtraction", "const zero = ZZ-1; // ZZ-1a\n"],
    ["a text of the program", 'assert(isShort, "ZZ-1: the shortest form"); // ZZ-1a\n'],
    ["a template", "fail(`ZZ-1 ${name}`); // ZZ-1a\n"],
  ])("in code %s is no citation", (_, text) => {
    expect(find({ "packages/core/src/a.ts": text })).toEqual([
      "docs/spec/wire.md:2 ZZ-1 is marked built, and no comment in code cites it",
    ]);
  });

  test.each([
    ["a comment", "// ZZ-1 is tested elsewhere\n"],
    ["a text inside of a test", 'test("refuses", () => { expect(code).toBe("ZZ-1"); });\n'],
    ["a second argument", 'test("refuses", { tags: ["ZZ-1"] }, () => {});\n'],
    ["the values of a table", 'test.each(["ZZ-1"])("refuses %s", () => {});\n'],
    ["a name of something else", 'client.test("ZZ-1"); run("ZZ-1");\n'],
  ])("in a test file %s is no citation", (_, text) => {
    expect(find({ "packages/core/test/a.test.ts": text })).toEqual([
      "docs/spec/wire.md:2 ZZ-1 is marked built, and no test's name cites it",
    ]);
  });

  test("a helper of the tests cites nothing, even where it looks like a test", () => {
    const helper = { "packages/core/test/a.ts": CLEAN["packages/core/test/a.test.ts"] };
    expect(find({ ...helper, "packages/core/test/a.test.ts": "" })).toHaveLength(1);
  });

  test.each([
    ["it", 'it("ZZ-1 refuses", () => {});\n'],
    ["describe", 'describe("ZZ-1 numbers", () => {});\n'],
    ["each", 'test.each([[1, ")"], [2, "("]])("ZZ-1 refuses %s", () => {});\n'],
    ["each with its type", 'test.each<readonly [a: Set<string>]>([])("ZZ-1 refuses %s", () => {});\n'],
    ["a condition", spelled("describe.skip", 'If(a > (b))("ZZ-1 refuses", () => {});\n')],
    ["options", 'test("ZZ-1 refuses", { timeout: 1 }, () => {});\n'],
    ["a template", "test(`refuses ${name} as ZZ-1 says`, () => {});\n"],
    ["two lines", 'test(\n  "ZZ-1 refuses",\n  () => {},\n);\n'],
  ])("the name of a test cites by %s", (_, text) => {
    expect(find({ "packages/core/test/a.test.ts": text })).toEqual([]);
  });

  test("a cited rule that the spec does not have is a finding, with its line", () => {
    expect(find({ "packages/state/src/a.ts": "/**\n * As ZZ-9 asks.\n */\n" })).toEqual([
      "packages/state/src/a.ts:2 ZZ-9 is no rule of docs/spec",
    ]);
  });

  test("names that only look like rules are left alone", () => {
    const text = "// SHA-256, UTF-8, RFC-6979, AB-1, XZZ-1, ISO-ZZ-7, P-256\n";
    expect(find({ "packages/state/src/a.ts": text })).toEqual([]);
    const agreement = { "docs/spec/agreement.md": "**P-1 Chained.** [planned] Votes.\n" };
    expect(find({ ...agreement, "packages/state/src/a.ts": "// P-1, with keys on P-256\n" })).toEqual([]);
  });

  test("an id stands for one rule, over all files", () => {
    expect(find({ "docs/spec/other.md": "**ZZ-2 Again.** [planned] No.\n" })).toEqual([
      "docs/spec/other.md:1 ZZ-2 is already a rule at docs/spec/wire.md:4",
    ]);
  });

  test("a rule without a state is a finding", () => {
    expect(find({ "docs/spec/other.md": "**ZZ-3 Stateless.** Text.\n" })).toEqual([
      expect.stringContaining("docs/spec/other.md:1 ZZ-3 lacks [built] or [planned]"),
    ]);
  });
});
