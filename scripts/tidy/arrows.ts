import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type Token, tokensOf } from "./tokens.ts";
import { type Finding, isTypeScript, type Tree, type TreeFile } from "./tree.ts";

const ALL_ENTRIES = ["core", "core/native", "consensus", "state", "client", "node", "cli", "web"] as const;

/**
 * Who may import whom (ARCHITECTURE.md draws it). Consensus and state never meet, and neither command line
 * nor web page can reach into the node: they speak to it through the client.
 */
const ARROWS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["core", []],
  ["core/native", ["core"]],
  ["consensus", ["core"]],
  ["state", ["core"]],
  ["client", ["core", "consensus", "state"]],
  ["node", ["core", "core/native", "consensus", "state", "client"]],
  ["cli", ["client"]],
  ["web", ["client"]],
  ["bench", ALL_ENTRIES],
  ["test", ALL_ENTRIES],
  ["scripts", []],
]);

/** Their code runs in browsers and in the simulator, so it can't lean on Node. */
const PURE: ReadonlySet<string> = new Set(["core", "consensus", "state"]);
/** Libraries with a native part: they stand behind `core/native`. */
const NATIVE_LIBRARIES = /^(?:sodium-native|@chainsafe\/hashtree)(?:\/|$)/;

interface Place {
  /** The folder that relative imports may not leave. */
  readonly folder: string;
  /** Its name in ARROWS. */
  readonly name: string;
  readonly isTest: boolean;
}

interface Import {
  /** Undefined where it is computed. */
  readonly specifier: string | undefined;
  readonly line: number;
}

function placeOf(path: string): Place | undefined {
  const [top, name, part] = path.split("/");
  if (top === "packages" && name !== undefined) {
    const isNative = name === "core" && part === "native";
    return { folder: `packages/${name}`, name: isNative ? "core/native" : name, isTest: part === "test" };
  }
  if (top === "bench" || top === "test" || top === "scripts") {
    return { folder: top, name: top, isTest: top === "test" };
  }
  return undefined;
}

/** `import … from`, `export … from`, bare `import`, `import()` of values and of types. */
function importsOf(code: readonly Token[]): readonly Import[] {
  return code.flatMap((token, at): Import[] => {
    if (token.kind !== "word" || code[at - 1]?.value === ".") return [];
    const next = code[at + 1];
    if ((token.value === "from" || token.value === "import") && next?.kind === "text") {
      return [{ specifier: next.value, line: token.line }];
    }
    if (token.value !== "import" || next?.value !== "(") return [];
    const argument = code[at + 2];
    const isLiteral =
      argument?.kind === "text" && (code[at + 3]?.value === ")" || code[at + 3]?.value === ",");
    return [{ specifier: isLiteral ? argument.value : undefined, line: token.line }];
  });
}

function commonJsLines(code: readonly Token[]): readonly number[] {
  return code
    .filter(({ kind, value }, at) => {
      if (kind !== "word" || code[at - 1]?.value === ".") return false;
      return value === "createRequire" || (value === "require" && code[at + 1]?.value === "(");
    })
    .map((token) => token.line);
}

/** The entries that a package's own manifest opens: `.` and its named sub-paths. */
function publicEntries(tree: Tree, name: string): ReadonlySet<string> {
  const manifest = tree.find((file) => file.path === `packages/${name}/package.json`);
  const parsed: unknown = JSON.parse(manifest?.text ?? "{}");
  const entries = typeof parsed === "object" && parsed !== null && "exports" in parsed ? parsed.exports : {};
  return new Set(Object.keys(entries ?? {}));
}

function judgeRelative(path: string, from: Place, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  // The gates are tested where all tests are, and have no package to import them from.
  if (from.name === "test" && target.startsWith("scripts/")) return undefined;
  if (!target.startsWith(`${from.folder}/`)) {
    return `${specifier} leaves ${from.folder}: import the other package's public entry`;
  }
  if (from.name === "core" && !from.isTest && target.startsWith("packages/core/native/")) {
    return "core must run where there is no Node: it can't import core/native";
  }
  if (!from.isTest && target.startsWith(`${from.folder}/test/`)) return "what ships can't import test code";
  return undefined;
}

function judgePackage(tree: Tree, from: Place, specifier: string): string | undefined {
  const [, name = "", ...rest] = specifier.split("/");
  const entry = rest.length === 0 ? "." : `./${rest.join("/")}`;
  if (!publicEntries(tree, name).has(entry)) return `@touchmark/${name} has no public entry ${specifier}`;

  const target = name === "core" && entry === "./native" ? "core/native" : name;
  const may = ARROWS.get(from.name) ?? [];
  const mayTest = from.isTest && (target === "core/native" || target === from.name);
  if (may.includes(target) || mayTest) return undefined;
  const allowed = may.length === 0 ? "no other package" : may.join(", ");
  return `${from.name} must not import ${target}: it may import ${allowed}`;
}

function judge(tree: Tree, path: string, from: Place, { specifier }: Import): string | undefined {
  if (specifier === undefined) return "a computed import can't be checked: write the name out";
  if (/^(?:\.{1,2}(?:\/|$)|\/|file:)/.test(specifier)) return judgeRelative(path, from, specifier);
  if (specifier.startsWith("@touchmark/")) return judgePackage(tree, from, specifier);
  if (!PURE.has(from.name) || from.isTest) return undefined;
  if (isBuiltin(specifier)) return `${from.name} is pure: it can't import Node's ${specifier}`;
  return NATIVE_LIBRARIES.test(specifier)
    ? `${specifier} has a native part: it belongs in core/native`
    : undefined;
}

function findInFile(tree: Tree, { path, text }: TreeFile): readonly Finding[] {
  const from = placeOf(path);
  if (from === undefined || !isTypeScript(path)) return [];
  if (!ARROWS.has(from.name)) {
    return [{ path, line: 1, rule: "arrows", message: `${from.folder} has no arrows: add it to ARROWS` }];
  }
  const code = tokensOf(text).filter((token) => token.kind !== "comment");
  const imports = importsOf(code).map((found) => ({
    line: found.line,
    message: judge(tree, path, from, found),
  }));
  const commonJs = commonJsLines(code).map((line) => ({ line, message: "CommonJS: use import" }));
  return [...imports, ...commonJs].flatMap(({ line, message }) =>
    message === undefined ? [] : [{ path, line, rule: "arrows", message }],
  );
}

export function findArrows(tree: Tree): readonly Finding[] {
  return tree.flatMap((file) => findInFile(tree, file));
}
