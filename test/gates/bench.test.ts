import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderOf, ROOT } from "./planted.ts";

const MAIN = join(ROOT, "bench/main.ts");

/** Figures are compared by name from day to day: a name that changes here changes for everybody. */
const MICRO_NAMES = [
  "micro.codec.decode-one-op",
  "micro.codec.decode-further-op",
  "micro.codec.encode-one-op",
  "micro.codec.encode-further-op",
  "micro.hash.native-32",
  "micro.hash.native-64",
  "micro.hash.native-200",
  "micro.hash.native-pair",
  "micro.hash.portable-32",
  "micro.hash.portable-64",
  "micro.hash.portable-200",
  "micro.hash.portable-pair",
  "micro.verify.ed25519-native",
  "micro.verify.ed25519-portable",
  "micro.verify.p256-native",
  "micro.verify.p256-native-new-key",
  "micro.verify.p256-portable",
  "micro.verify.ed25519-native-batch-64",
  "micro.sign.ed25519-native",
  "micro.sign.ed25519-portable",
  "micro.sign.p256-native",
  "micro.sign.p256-portable",
  "micro.order.merge-4-lanes",
  "micro.order.merge-31-lanes",
  "micro.replica.sighting",
  "micro.replica.arrival",
  "micro.replica.sighting-small-batch",
  "micro.replica.vote-of-4",
  "micro.replica.vote-of-31",
  "micro.tree.update",
  "micro.tree.memory",
  "micro.tree.update-many-keys",
  "micro.tree.rebuild",
  "micro.tree.proof-bytes-few-keys",
  "micro.tree.proof-verify-few-keys-native",
  "micro.tree.proof-verify-few-keys-portable",
  "micro.tree.proof-bytes-many-keys",
  "micro.tree.proof-verify-many-keys-native",
  "micro.tree.proof-verify-many-keys-portable",
  "micro.execute.transfer",
];

interface Line {
  readonly bench: string;
  readonly unit: string;
  readonly value: number;
  readonly floor: number;
  readonly ratio: number;
}

function bench(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  return { code: status, out: stdout, err: stderr };
}

function linesOf(out: string): readonly string[] {
  return out.trimEnd().split("\n");
}

describe("the bench runs, whatever its timings", () => {
  test("micro prints every figure beside its floor, one line of JSON each", () => {
    const { code, out, err } = bench("micro", "--tiny", "--json", "--seed", "7");
    expect(code, err).toBe(0);
    const lines = linesOf(out).map((line) => JSON.parse(line) as Line);
    expect(lines.map((line) => line.bench)).toEqual(MICRO_NAMES);
    for (const line of lines) {
      expect(line, line.bench).toMatchObject({
        unit: expect.stringMatching(/^(?:ns|B|verify\/s|sign\/s)$/),
        node: process.version,
        cpu: expect.stringMatching(/^\d+ x /),
        seed: 7,
      });
      expect(Object.keys(line)).toEqual(expect.arrayContaining(["target", "met", "commit"]));
      expect(line.value, line.bench).toBeGreaterThan(0);
      expect(line.floor, line.bench).toBeGreaterThan(0);
      // Each is rounded to six digits by itself.
      expect(line.ratio / (line.value / line.floor), line.bench).toBeCloseTo(1, 4);
    }
  });

  test("--only leaves out what it does not name, and the table has the same figures", () => {
    const { code, out } = bench("--tiny", "--only", "hash.*-64");
    expect(code).toBe(0);
    const names = linesOf(out).filter((line) => line.startsWith("micro."));
    expect(names.map((line) => line.split(" ")[0])).toEqual([
      "micro.hash.native-64",
      "micro.hash.portable-64",
    ]);
  });

  test.each([
    [["--jsno"], "--jsno is not a flag of bench. Did you mean --json?"],
    [["micor"], "There is no suite called micor. Did you mean micro?"],
    [["--only", "codek"], "No figure's name contains codek. Did you mean codec?"],
    [["--runs", "0"], "--runs takes a whole number from 1 to 999."],
    [["--seed", "one"], "--seed takes a whole number from 0 to 9007199254740991."],
    [["--json=3"], "--json takes no value."],
  ])("%j is refused with the nearest right name, before anything runs", (args, problem) => {
    const { code, out, err } = bench(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(problem);
  });

  test("W-29 nothing is measured where native code answers wrongly", () => {
    const folder = folderOf({
      "wrong-hash.mjs": [
        'import { createRequire } from "node:module";',
        `const sodium = createRequire(${JSON.stringify(MAIN)})("sodium-native");`,
        "sodium.crypto_hash_sha256 = (output) => output.fill(0);",
      ].join("\n"),
    });
    const preload = join(folder, "wrong-hash.mjs");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", preload, MAIN, "--tiny", "--only", "verify.ed25519-native"],
      { cwd: ROOT, encoding: "utf8" },
    );
    expect({ failed: status !== 0, stdout }).toEqual({ failed: true, stdout: "" });
    expect(stderr).toContain("native self-test: SHA-256 of abc is wrong");
  });

  test("--help lists the flags", () => {
    const { code, out } = bench("--help");
    expect(code).toBe(0);
    for (const flag of ["--only", "--json", "--seed", "--runs", "--tiny"]) expect(out).toContain(flag);
  });
});
