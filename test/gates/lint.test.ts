import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderOf, ROOT, runGate } from "./planted.ts";

const PLUGINS = "scripts/biome";
const CONFIG = ["biome.json", ...readdirSync(join(ROOT, PLUGINS)).map((name) => `${PLUGINS}/${name}`)];

/** The real configuration beside planted files, one line of code each; gives a line per finding. */
function lint(lines: Readonly<Record<string, string>>): readonly string[] {
  const config = CONFIG.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]);
  const planted = Object.entries(lines).map(([path, line]) => [path, `export const planted = ${line};\n`]);
  const folder = folderOf(Object.fromEntries([...config, ...planted]));
  const args = ["lint", "--reporter=github", "--colors=off", "--max-diagnostics=none"];
  const { stdout } = runGate("biome", args, folder);
  return stdout.split("\n").filter((line) => line.startsWith("::error"));
}

const IMPURE: readonly (readonly [text: string, finding: string])[] = [
  ["Date.now()", "global variable Date"],
  ["new Date(0)", "global variable Date"],
  ["performance.now()", "global variable performance"],
  ["process.pid", "global variable process"],
  ["setTimeout(() => {}, 1)", "global variable setTimeout"],
  ["console.log(1)", "global variable console"],
  ['Buffer.from("a")', "global variable Buffer"],
  ["globalThis.Date", "global variable globalThis"],
  ["new Intl.Collator()", "global variable Intl"],
  ["new WeakRef({})", "global variable WeakRef"],
  ["Math.random()", "exact functions of Math"],
  ["Math.sin(1)", "exact functions of Math"],
  ["[1].map(Math.log)", "exact functions of Math"],
  ["Math.pow(2, 0.5)", "exact functions of Math"],
  ["Math[name](1)", "in full"],
  ["((m = Math) => m)()", "in full"],
  ['Function("return 1")()', "global variable Function"],
  ['eval("1")', "global variable eval"],
  ["Promise.resolve(1)", "global variable Promise"],
  ["global.process", "global variable global"],
  ["self.crypto", "global variable self"],
  ["window.crypto", "global variable window"],
  ["Temporal.Now.instant()", "global variable Temporal"],
  ["WebAssembly.compile", "global variable WebAssembly"],
  ['new URL("a:b")', "global variable URL"],
  ["new TextEncoder()", "global variable TextEncoder"],
  ["new TextDecoder()", "global variable TextDecoder"],
  ['new Worker("a")', "global variable Worker"],
  ["[2, 1].sort()", "Compare function missing"],
];

describe("lint of pure packages", () => {
  test.each(["core", "consensus", "state"])("%s depends on its arguments alone", (name) => {
    const paths = IMPURE.map((_, index) => `packages/${name}/src/planted${index}.ts`);
    const findings = lint(Object.fromEntries(IMPURE.map(([text], index) => [paths[index], text])));
    for (const [index, [, message]] of IMPURE.entries()) {
      const own = findings.filter((finding) => finding.includes(`${paths[index]},`));
      expect(own, IMPURE[index]?.[0]).toContainEqual(expect.stringContaining(message));
    }
  });

  test("exact arithmetic passes, and the shell may read the clock", () => {
    const exact = "Math.max(1, Math.floor(2.5), Math.imul(3, 4), Math.clz32(5), Math.trunc(6), Math.abs(7))";
    expect(
      lint({ "packages/state/src/planted.ts": exact, "packages/node/src/planted.ts": "Date.now()" }),
    ).toEqual([]);
  });
});

describe("lint of everything", () => {
  test.each([
    ["noExplicitAny", "[] satisfies any[]"],
    ["noNonNullAssertion", "[1][0]!"],
    ["noUnsafeTypeAssertion", "JSON.parse('1') as number"],
    ["noConsole", "console.log(1)"],
    ["noDefaultExport", "1;\nexport default planted"],
    ["useNodejsImportProtocol", '1;\nexport * from "fs"'],
    ["noExcessiveLinesPerFunction", `() => {${"\n  planted();".repeat(71)}\n}`],
  ])("%s", (rule, text) => {
    expect(lint({ "packages/node/src/planted.ts": text })).toContainEqual(expect.stringContaining(rule));
  });
});
