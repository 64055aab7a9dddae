import { expect, test } from "vitest";
import { findAll } from "../../scripts/tidy/all.ts";
import { messagesOf, spelled, treeOf } from "./planted.ts";

const CLEAN = {
  "docs/spec/wire.md": "**ZZ-1 Canonical integers.** [built] The shortest form only.\n",
  "packages/core/package.json": '{ "name": "@touchmark/core", "exports": { ".": "./src/index.ts" } }',
  "packages/state/src/a.ts": 'import { encode } from "@touchmark/core";\n\n// ZZ-1: one form.\nencode(1);\n',
  "packages/state/test/a.test.ts": 'test("ZZ-1 refuses a long form", () => {});\n',
};

test("a clean tree has no findings", () => {
  expect(findAll(treeOf(CLEAN))).toEqual([]);
});

test("findings of every rule come by path and line", () => {
  const faults = {
    "packages/state/src/a.ts": spelled('import "node:fs";\n// ZZ-8 TO', "DO\n", "x\n".repeat(400)),
    "packages/node/src/a.ts": 'import "../../core/src/index.ts";\n',
  };
  expect(
    messagesOf(findAll(treeOf({ ...CLEAN, ...faults }))).map((message) => message.split(" ")[0]),
  ).toEqual([
    "docs/spec/wire.md:1",
    "packages/node/src/a.ts:1",
    "packages/state/src/a.ts:1",
    "packages/state/src/a.ts:1",
    "packages/state/src/a.ts:2",
    "packages/state/src/a.ts:2",
  ]);
});
