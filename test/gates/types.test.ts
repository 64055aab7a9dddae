import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderOf, type GateRun, ROOT, runGate } from "./planted.ts";

/** What pure code has no types for: it belongs to Node or to the browser. */
const ABSENT = [
  "process.pid",
  "setTimeout(() => {}, 1)",
  'Buffer.from("a")',
  "console.log(1)",
  "crypto.getRandomValues(new Uint8Array(1))",
  "performance.now()",
  'fetch("a")',
];

function typeCheckAs(name: string, files: Readonly<Record<string, string>>): GateRun {
  const config = {
    extends: join(ROOT, "packages", name, "src/tsconfig.json"),
    // The planted files stand elsewhere; that @types/node can be found makes their refusal the package's own.
    compilerOptions: { rootDir: ".", outDir: "out", typeRoots: [join(ROOT, "node_modules/@types")] },
    include: ["*.ts"],
    references: [],
  };
  const folder = folderOf({
    ...files,
    "package.json": '{ "type": "module" }',
    "tsconfig.json": JSON.stringify(config),
  });
  return runGate("tsc", ["-p", folder, "--pretty", "false"], folder);
}

describe("types of pure packages", () => {
  test.each(["core", "consensus", "state"])("%s has no Node and no browser", (name) => {
    const planted = ABSENT.map((text, index) => [`planted${index}.ts`, `export const planted = ${text};\n`]);
    const { code, stdout } = typeCheckAs(name, Object.fromEntries(planted));
    expect(code).not.toBe(0);
    for (const [file] of planted) expect(stdout).toContain(`${file}(1,24): error`);
  });

  test("what ECMAScript has type-checks", () => {
    const text = "export const planted: Uint8Array = new Uint8Array(Math.max(1, 2));\n";
    expect(typeCheckAs("consensus", { "planted.ts": text })).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});
