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
    ["scripts/a.ts", "@touchmark/core", "scripts must not import core: it may import consensus"],
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
    ['if (half) /`/.test(b); import "@touchmark/node"; // `'],
    ['a.if(b) / 2; import "@touchmark/node"; // /'],
    ['a.return / 2; import "@touchmark/node"; // /'],
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

  test.each([
    ["packages/cli/src/a.ts", 'new Worker(new URL("../../node/src/index.ts", import.meta.url))'],
    ["packages/cli/src/a.ts", 'new URL("a/../../../node/src/index.ts", import.meta.url)'],
    ["bench/macro/a.ts", 'new URL("../../packages/node/src/index.ts", import.meta.url)'],
  ])("a URL leads no further than an import, in %s: %s", (path, text) => {
    expect(find(path, `${text};\n`)).toEqual([expect.stringContaining("leaves")]);
  });

  test("a worker of its own, and an address elsewhere, are nobody else's code", () => {
    const text = 'new Worker(new URL("./worker.ts", import.meta.url)); new URL(path, base);\n';
    expect(find("packages/node/src/a.ts", text)).toEqual([]);
    expect(find("test/e2e/a.test.ts", 'join(import.meta.dirname, "../..");\n')).toEqual([]);
  });

  test.each(["js", "mjs", "cjs", "jsx"])(
    "JavaScript is judged by nothing, so there is none: .%s",
    (ending) => {
      expect(find(`packages/cli/src/a.${ending}`, "\n")).toEqual([
        expect.stringContaining("write TypeScript"),
      ]);
    },
  );

  test("a symbolic link could lead anywhere", () => {
    const link = { path: "packages/cli/src/engine", text: "", isLink: true };
    expect(messagesOf(findArrows([...treeOf(MANIFESTS), link]))).toEqual([
      expect.stringContaining("a symbolic link"),
    ]);
  });

  test("names path and line", () => {
    expect(find("packages/cli/src/a.ts", '// one\n\nimport "@touchmark/node";\n')[0]).toMatch(
      /^packages\/cli\/src\/a\.ts:3 /,
    );
  });

  test.each([
    ["const a = require('@touchmark/node');", "CommonJS"],
    ['import { createRequire } from "node:module";', "CommonJS"],
    ["const load = module.createRequire(base);", "CommonJS"],
    ["const a = r\\u0065quire('@touchmark/node');", "CommonJS"],
    ["const a = await import(name);", "computed import"],
    ['const a = await import("@touchmark/" + name);', "computed import"],
    ["const a = new URL(name, import.meta.url);", "computed import"],
    ['const a = join(import.meta.dirname, "../../node/src/index.ts");', "import.meta"],
    ['import "#node";', "imports of a manifest"],
    ['import "data:text/javascript,1";', "on no machine but one"],
    ['import "/packages/node/src/index.ts";', "on no machine but one"],
    ['import "./%2e%2e/%2e%2e/node/src/index.ts";', "write the path plainly"],
    ['import "..\\\\..\\\\node/src/index.ts";', "write the path plainly"],
    ['import "../node_modules/@touchmark/node/src/index.ts";', "node_modules"],
    ['import "commander/node_modules/@touchmark/node";', "node_modules"],
    ['/// <reference path="../../node/src/index.ts" />', "a directive"],
    ["///<reference types='node'/>", "a directive"],
    ["const a = {} / 2; const b = `'/`;", "can't be told"],
  ])("refuses what it can't follow: %s", (text, message) => {
    expect(find("packages/cli/src/a.ts", text)).toEqual([expect.stringContaining(message)]);
  });
});
