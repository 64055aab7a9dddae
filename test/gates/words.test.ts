import { describe, expect, test } from "vitest";
import { findWords } from "../../scripts/tidy/words.ts";
import { messagesOf, spelled, treeOf } from "./planted.ts";

function find(path: string, text: string): readonly string[] {
  return messagesOf(findWords(treeOf({ [path]: text })));
}

const STAMP = spelled("time", "stamp");

describe("banned words", () => {
  test.each([
    ["mark", "packages/core/src/a.ts", spelled("// TO", "DO: later")],
    ["mark", "README.md", spelled("FIX", "ME")],
    ["stub", "packages/core/src/a.ts", spelled('throw new Error("Not ', 'implemented");')],
    ["stub", "docs/guide/a.md", spelled("This works for ", "now.")],
    ["stand-in", "packages/core/src/a.ts", spelled("// a place", "holder")],
    ["stand-in", "docs/spec/wire.md", spelled("A simpl", "ified protocol.")],
    ["stamp", "packages/core/src/a.ts", `const block${STAMP.replace("t", "T")}Ns = 1;`],
    ["sighting", "docs/spec/wire.md", spelled("Each arrival ", "stamp counts.")],
    ["horizon", "packages/core/src/a.ts", spelled("const low", "Water", "mark = 1;")],
    ["final", "docs/spec/wire.md", spelled("A block is final", "ized.")],
    ["allow-list", "packages/core/src/a.ts", spelled("const white", "list = [];")],
    ["registry-host", "pnpm-lock.yaml", spelled("https://registry", ".example.org/a.tgz")],
    ["registry-host", "pnpm-lock.yaml", "  resolution: {integrity: sha512-a, tarball: a.tgz}"],
    ["registry-host", "pnpm-lock.yaml", "  deprecated: see http://example.org"],
    ["machine-path", "packages/core/src/a.ts", spelled('"/o', 'pt/touchmark/a"')],
    ["machine-path", "test/e2e/a.test.ts", spelled('"/t', 'mp/a"')],
    ["machine-path", "docs/guide/a.md", spelled("C:", "\\Users\\a")],
    ["machine-path", "packages/node/src/a.ts", spelled('"c:', '\\\\Users\\\\a"')],
    ["registry-host", "README.md", spelled("`registry", ".npmjs.org`")],
    ["machine-path", ".ci/run", spelled("cd /wo", "rk/main")],
    ["machine-path", "test/vectors/a.json", spelled('"/ro', 'ot/a"')],
    ["type-suppression", "packages/core/src/a.ts", spelled("const a = b as ", "any;")],
    ["type-suppression", "packages/core/src/a.ts", spelled("const a = b as ", "unknown as string;")],
    ["type-suppression", "packages/core/src/a.ts", spelled("// @ts-", "ignore")],
    ["lint-suppression", "packages/core/src/a.ts", spelled("// biome-", "ignore lint/style/noEnum")],
    ["lint-suppression", "packages/core/src/a.ts", spelled("// biome-", "ignore lint: ")],
    ["focus", "packages/core/test/a.test.ts", spelled("test.on", 'ly("a", () => {});')],
    ["focus", "test/e2e/a.test.ts", spelled("describe.sk", 'ip("a", () => {});')],
    ["focus", "test/e2e/a.test.ts", spelled("test.sk", 'ip.each([1])("a", () => {});')],
    ["focus", "test/e2e/a.test.ts", spelled("test.fa", 'ils("a", () => {});')],
    ["focus", "test/e2e/a.test.ts", spelled("test.skip", 'If(true)("a", () => {});')],
    ["focus", "test/e2e/a.test.ts", spelled("test.run", 'If(false)("a", () => {});')],
    ["focus", "test/e2e/a.test.ts", spelled('test("a", { on', "ly: true }, () => {});")],
    ["focus", "test/e2e/a.test.ts", spelled('test("a", { "sk', 'ip": isSlow }, () => {});')],
    ["focus", "test/e2e/a.test.ts", spelled('test["on', 'ly"]("a", () => {});')],
  ])("%s: a finding in %s", (name, path, line) => {
    expect(find(path, `first line\n${line}\n`)).toEqual([
      expect.stringContaining(`${path}:2 ${name}: write `),
    ]);
  });

  test.each([
    ["packages/core/src/a.ts", "const stamp = sighting.stamp; // final, within the horizon"],
    ["packages/core/src/a.ts", "const input = document.querySelector('input[name=a]');"],
    ["biome.json", '"FinalizationRegistry": "no"'],
    [
      "test/e2e/a.test.ts",
      spelled("expect({ sk", "ip: false }).toEqual(readOnly(only)); skipper.", "skipped();"),
    ],
    ["docs/guide/a.md", "A temporary folder, as in src/tmp/a.ts or develop/opt/a."],
    ["docs/guide/a.md", "See https://example.org/home/ and docs/work/a.md."],
    [
      "packages/core/src/a.ts",
      spelled("// biome-", "ignore lint/nursery/noUnsafeTypeAssertion: checked above"),
    ],
    ["docs/guide/a.md", spelled("We write stamp, not `time", "stamp`.")],
    ["pnpm-lock.yaml", spelled("deprecated: time", "stamp is gone")],
  ])("nothing in %s: %s", (path, line) => {
    expect(find(path, `${line}\n`)).toEqual([]);
  });

  test("an allowance names the word and gives a reason, on the line or the one above", () => {
    const path = "packages/node/src/a.ts";
    const allowance = "// tidy-allow(stamp): the logger's own option";
    expect(find(path, `log({ ${STAMP}: false }); ${allowance}\n`)).toEqual([]);
    expect(find(path, `${allowance}\nlog({ ${STAMP}: false });\n`)).toEqual([]);
    expect(find(path, `${allowance}\n\nlog({ ${STAMP}: false });\n`)).toHaveLength(1);
    expect(find(path, `// tidy-allow(stamp):\nlog({ ${STAMP}: false });\n`)).toHaveLength(1);
    expect(find(path, `// tidy-allow(final): the logger's\nlog({ ${STAMP}: false });\n`)).toHaveLength(1);
  });
});
