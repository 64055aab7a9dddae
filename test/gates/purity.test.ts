import { describe, expect, test } from "vitest";
import { findPurity } from "../../scripts/tidy/purity.ts";
import { messagesOf, treeOf } from "./planted.ts";

function find(path: string, text: string): readonly string[] {
  return messagesOf(findPurity(treeOf({ [path]: text })));
}

describe("what would bring a machine into pure code", () => {
  test.each([
    ["declare const process: { pid: number };", "declare"],
    ["declare let Date: any;", "declare"],
    ["declare var now: number;", "declare"],
    ["declare function fetch(url: string): void;", "declare"],
    ["declare class Buffer {}", "declare"],
    ["declare abstract class Buffer {}", "declare"],
    ["declare global { var process: unknown }", "declare"],
    ['declare module "node:fs" {}', "declare"],
    ["declare namespace process {}", "declare"],
    ["declare\n  const process: symbol;", "declare"],
    ["const later = async () => 1;", "at once"],
    ["async function later() {}", "at once"],
    ["for await (const one of many) use(one);", "at once"],
    ["await later;", "at once"],
    ["const root = 2 ** 0.5;", "powers"],
    ["value **= 2;", "powers"],
    ['a.localeCompare("b");', "localeCompare"],
    ["value.toLocaleString();", "toLocaleString"],
    ['value["toLocaleString"]();', "toLocaleString"],
    ["value[`toLocaleUpperCase`]();", "toLocaleUpperCase"],
    ["const { toLocaleString } = value;", "toLocaleString"],
    ["new Error().stack;", "stack"],
    ["const { stack } = error;", "stack"],
    ["Error.captureStackTrace(error);", "captureStackTrace"],
    ['(() => 1).constructor("return 1")();', "constructor"],
    ['(() => 1)["constructor"]("return 1")();', "constructor"],
  ])("a finding: %s", (text, message) => {
    for (const name of ["core", "consensus", "state"]) {
      expect(find(`packages/${name}/src/a.ts`, `${text}\n`)).toEqual([expect.stringContaining(message)]);
    }
  });

  test.each([
    ["packages/core/src/a.ts", "declare const brandMark: unique symbol;"],
    ["packages/core/src/a.ts", "class A { declare readonly kind: string }"],
    ["packages/core/src/a.ts", "shell.await({ async: true }); // async, await; declare const a"],
    ["packages/core/native/a.ts", "declare const process: unknown;"],
    ["packages/core/src/a.ts", "class A { constructor(seed: number) { use(1n << 64n, 2 * 3); } }"],
    ["packages/node/src/a.ts", "await start(error.stack, 2 ** 0.5);"],
    ["packages/consensus/test/a.test.ts", "await start();"],
  ])("nothing in %s: %s", (path, text) => {
    expect(find(path, `${text}\n`)).toEqual([]);
  });
});
