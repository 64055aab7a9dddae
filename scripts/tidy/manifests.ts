import { ARROWS } from "./arrows.ts";
import { type Finding, linesOf, type Tree, type TreeFile } from "./tree.ts";

/**
 * What a manifest lets a package import: the arrows hold there too, under the packages' own names. An
 * alias, a folder, or a table of `imports` would be a way around them that no import shows.
 */
const MANIFEST = /(?:^|\/)package\.json$/;
const TABLES = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const;
/** Of the registry; anything else than a version could be a package of ours by another name. */
const VERSION = /^[~^]?\d[\w.+-]*$/;
const OURS = "@touchmark/";

interface Fault {
  /** The text by which the line is found. */
  readonly at: string;
  readonly message: string;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The name in ARROWS of what a manifest describes; undefined where none should be. */
function describedBy(path: string): string | undefined {
  if (path === "package.json") return "scripts";
  return /^(?:packages\/)?([^/]+)\/package\.json$/.exec(path)?.[1];
}

function judgeDependency(from: string, name: string, version: unknown): string | undefined {
  const text = String(version);
  if (!name.startsWith(OURS)) return VERSION.test(text) ? undefined : `${name}: write a version, not ${text}`;
  if (text !== "workspace:*") return `${name} is of this workspace: write workspace:*`;
  const target = name.slice(OURS.length);
  const may = ARROWS.get(from) ?? [];
  return may.includes(target) ? undefined : `${from} must not depend on ${target}`;
}

function judgeManifest(path: string, manifest: Readonly<Record<string, unknown>>): readonly Fault[] {
  const from = describedBy(path);
  if (from === undefined) return [{ at: "{", message: "a package has one manifest, at its top" }];
  const faults: Fault[] = [];
  const isNamed = path === "package.json" || manifest["name"] === OURS + from;
  if (!isNamed) faults.push({ at: '"name"', message: `its name is ${OURS}${from}, as its folder's` });
  if ("imports" in manifest) faults.push({ at: '"imports"', message: "imports hide what is imported" });
  for (const table of TABLES) {
    const dependencies = manifest[table];
    for (const [name, version] of isRecord(dependencies) ? Object.entries(dependencies) : []) {
      const message = judgeDependency(from, name, version);
      if (message !== undefined) faults.push({ at: `"${name}"`, message });
    }
  }
  return faults;
}

function findInFile({ path, text }: TreeFile): readonly Finding[] {
  const manifest: unknown = JSON.parse(text);
  const faults = isRecord(manifest) ? judgeManifest(path, manifest) : [{ at: "", message: "is no object" }];
  const lines = linesOf(text);
  return faults.map(({ at, message }) => {
    const line =
      Math.max(
        0,
        lines.findLastIndex((content) => content.includes(at)),
      ) + 1;
    return { path, line, rule: "manifests", message };
  });
}

export function findManifests(tree: Tree): readonly Finding[] {
  return tree.filter((file) => MANIFEST.test(file.path)).flatMap(findInFile);
}
