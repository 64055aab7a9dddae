import { describe, expect, test } from "vitest";
import { findManifests } from "../../scripts/tidy/manifests.ts";
import { messagesOf, treeOf } from "./planted.ts";

function find(path: string, manifest: object): readonly string[] {
  return messagesOf(findManifests(treeOf({ [path]: JSON.stringify(manifest, undefined, 2) })));
}

function dependingOn(name: string, version: string): object {
  return { name: "@touchmark/cli", dependencies: { [name]: version } };
}

const CLI = "packages/cli/package.json";

describe("manifests of packages", () => {
  test.each<readonly [path: string, manifest: object]>([
    [CLI, { name: "@touchmark/cli", dependencies: { "@touchmark/client": "workspace:*", a: "1.2.3" } }],
    ["packages/core/package.json", { name: "@touchmark/core", devDependencies: { a: "^1.0.0-rc.1" } }],
    ["bench/package.json", { name: "@touchmark/bench", dependencies: { "@touchmark/node": "workspace:*" } }],
    ["package.json", { name: "touchmark", devDependencies: { node: "24.21.0" } }],
  ])("%s is fine: %j", (path, manifest) => {
    expect(find(path, manifest)).toEqual([]);
  });

  test.each<readonly [what: string, manifest: object, message: string]>([
    ["a package against the arrows", dependingOn("@touchmark/node", "workspace:*"), "cli must not depend on"],
    [
      "one for development alone",
      { name: "@touchmark/cli", devDependencies: { "@touchmark/core": "workspace:*" } },
      "cli must not depend on",
    ],
    ["an alias", dependingOn("engine", "workspace:@touchmark/node@*"), "write a version"],
    ["an alias of npm's", dependingOn("engine", "npm:@touchmark/node@1.0.0"), "write a version"],
    ["a folder", dependingOn("engine", "link:../node"), "write a version"],
    ["another package under a name of ours", dependingOn("@touchmark/client", "file:../node"), "workspace:*"],
    ["another name", { name: "@touchmark/client" }, "its name is @touchmark/cli"],
    ["imports", { name: "@touchmark/cli", imports: { "#node": "@touchmark/node" } }, "imports"],
  ])("%s is a finding", (_, manifest, message) => {
    expect(find(CLI, manifest)).toEqual([expect.stringContaining(message)]);
  });

  test("a second manifest inside of a package is a finding", () => {
    expect(find("packages/cli/src/package.json", {})).toEqual([expect.stringContaining("has one manifest")]);
  });

  test("a finding names its line", () => {
    expect(find(CLI, dependingOn("@touchmark/node", "workspace:*"))[0]).toMatch(
      /^packages\/cli\/package\.json:4 /,
    );
  });
});
