import { describe, expect, test } from "vitest";
import { findArrows } from "../../scripts/tidy/arrows.ts";
import { messagesOf, treeOf } from "./planted.ts";

const MANIFESTS = {
  "packages/core/package.json": '{ "exports": { ".": "./src/index.ts", "./native": "./native/index.ts" } }',
  "packages/consensus/package.json": '{ "exports": { ".": "./src/index.ts" } }',
  "packages/state/package.json": '{ "exports": { ".": "./src/index.ts" } }',
  "packages/client/package.json": '{ "exports": { ".": "./src/index.ts" } }',
  "packages/node/package.json": '{ "exports": { ".": "./src/index.ts" } }',
  "packages/cli/package.json": '{ "exports": { ".": "./src/index.ts" } }',
};

function find(path: string, text: string): readonly string[] {
  return messagesOf(findArrows(treeOf({ ...MANIFESTS, [path]: text })));
}

describe("arrows between packages", () => {
  test.each([
    ["packages/consensus/src/a.ts", "@touchmark/core"],
    ["packages/state/src/a.ts", "@touchmark/core"],
    ["packages/client/src/a.ts", "@touchmark/state"],
    ["packages/client/src/a.ts", "@touchmark/consensus"],
    ["packages/node/src/a.ts", "@touchmark/core/native"],
    ["packages/node/src/a.ts", "@touchmark/client"],
    ["packages/cli/src/a.ts", "@touchmark/client"],
    ["packages/core/native/a.ts", "../src/index.ts"],
    ["packages/core/native/a.ts", "sodium-native"],
    ["packages/core/src/codec/a.ts", "../bytes.ts"],
    ["packages/core/src/a.ts", "@noble/hashes/sha2.js"],
    ["packages/consensus/test/a.test.ts", "../src/index.ts"],
    ["packages/consensus/test/a.test.ts", "@touchmark/core/native"],
    ["packages/consensus/test/a.test.ts", "node:fs"],
    ["bench/micro/a.ts", "@touchmark/core/native"],
    ["test/e2e/a.test.ts", "@touchmark/node"],
    ["test/gates/a.test.ts", "../../scripts/tidy/arrows.ts"],
  ])("%s may import %s", (path, specifier) => {
    expect(find(path, `import { a } from "${specifier}";\n`)).toEqual([]);
  });

  test.each([
    ["packages/state/src/a.ts", "@touchmark/consensus", "state must not import consensus"],
    ["packages/consensus/src/a.ts", "@touchmark/state", "consensus must not import state"],
    ["packages/cli/src/a.ts", "@touchmark/node", "cli must not import node"],
    ["packages/web/src/a.tsx", "@touchmark/node", "web must not import node"],
    ["packages/core/src/a.ts", "@touchmark/state", "core must not import state"],
    ["packages/consensus/src/a.ts", "@touchmark/core/native", "consensus must not import core/native"],
    ["packages/client/src/a.ts", "@touchmark/core/native", "client must not import core/native"],
    ["packages/state/test/a.test.ts", "@touchmark/consensus", "state must not import consensus"],
    ["packages/node/src/a.ts", "@touchmark/core/src/bytes.ts", "@touchmark/core has no public entry"],
    ["test/e2e/a.test.ts", "@touchmark/core/src/bytes.ts", "@touchmark/core has no public entry"],
    ["packages/node/src/a.ts", "@touchmark/nowhere", "@touchmark/nowhere has no public entry"],
    ["packages/state/src/a.ts", "../../consensus/src/index.ts", "leaves packages/state"],
    ["bench/micro/a.ts", "../../packages/core/src/index.ts", "leaves bench"],
    ["test/e2e/a.test.ts", "../../packages/core/src/index.ts", "leaves test"],
    ["scripts/a.ts", "../packages/core/src/index.ts", "leaves scripts"],
    ["scripts/a.ts", "@touchmark/core", "scripts must not import core: it may import no other package"],
    ["packages/node/src/a.ts", "../test/oracle.ts", "what ships can't import test code"],
    ["packages/core/src/a.ts", "../native/index.ts", "can't import core/native"],
    ["packages/core/src/a.ts", "node:fs", "core is pure: it can't import Node's node:fs"],
    ["packages/state/src/a.ts", "crypto", "state is pure: it can't import Node's crypto"],
    ["packages/core/src/a.ts", "sodium-native", "belongs in core/native"],
    ["packages/core/src/a.ts", "@chainsafe/hashtree", "belongs in core/native"],
    ["packages/new/src/a.ts", "@touchmark/core", "packages/new has no arrows"],
  ])("%s may not import %s", (path, specifier, message) => {
    expect(find(path, `import { a } from "${specifier}";\n`)).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['import "@touchmark/node";'],
    ['import type { A } from "@touchmark/node";'],
    ['import {\n  a,\n} from "@touchmark/node";'],
    ['export * from "@touchmark/node";'],
    ["export { a } from '@touchmark/node';"],
    ['const a = await import("@touchmark/node");'],
    ["const a = await import(`@touchmark/node`);"],
    ['type A = import("@touchmark/node").A;'],
    ['const half = /["/]/; const b = `${"x"} ${1 / 2}`; import "@touchmark/node";'],
  ])("sees %s", (text) => {
    expect(find("packages/cli/src/a.ts", text)).toEqual([
      expect.stringContaining("cli must not import node"),
    ]);
  });

  test.each([
    ['// import "@touchmark/node";'],
    ["const text = 'import \"@touchmark/node\"';"],
    ["const text = `import '@touchmark/node'`;"],
    ["const half = from / 2; const text = `import '@touchmark/node'`; // /"],
    ['client.import("@touchmark/node");'],
  ])("leaves %s alone", (text) => {
    expect(find("packages/cli/src/a.ts", text)).toEqual([]);
  });

  test("names path and line", () => {
    expect(find("packages/cli/src/a.ts", '// one\n\nimport "@touchmark/node";\n')[0]).toMatch(
      /^packages\/cli\/src\/a\.ts:3 /,
    );
  });

  test.each([
    ["const a = require('@touchmark/node');", "CommonJS"],
    ['import { createRequire } from "node:module";', "CommonJS"],
    ["const a = await import(name);", "computed import"],
    ['const a = await import("@touchmark/" + name);', "computed import"],
  ])("refuses what it can't follow: %s", (text, message) => {
    expect(find("packages/cli/src/a.ts", text)).toEqual([expect.stringContaining(message)]);
  });
});
