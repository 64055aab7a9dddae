import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type Token, tokensOf } from "./tokens.ts";
import { type Finding, isDirective, isJavaScript, isTypeScript, type Tree, type TreeFile } from "./tree.ts";

const ALL_ENTRIES = ["core", "core/native", "consensus", "state", "client", "node", "cli", "web"] as const;

/**
 * Who may import whom (ARCHITECTURE.md draws it). Consensus and state never meet, and neither command line
 * nor web page can reach into the node: they speak to it through the client.
 */
export const ARROWS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
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
  // The simulator is pure: what prints, and spreads seeds over cores, is scripts/sim.ts.
  ["scripts", ["consensus"]],
]);

/** Their code runs in browsers and in the simulator, so it can't lean on Node. */
export const PURE: ReadonlySet<string> = new Set(["core", "consensus", "state"]);
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
  /** A URL beside this file, where `a.ts` is what `./a.ts` is elsewhere. */
  readonly isUrl?: boolean;
}

interface Fault {
  readonly line: number;
  readonly message: string | undefined;
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

/** Whether `import.meta` starts here. */
function isImportMeta(code: readonly Token[], at: number): boolean {
  return code[at]?.value === "import" && code[at + 1]?.value === "." && code[at + 2]?.value === "meta";
}

/** The second argument, `import.meta.url`, of a `new URL` that starts here with one name written out. */
function literalUrlEnd(code: readonly Token[], at: number): number | undefined {
  const isCall = code[at]?.value === "URL" && code[at + 1]?.value === "(" && code[at + 2]?.kind === "text";
  return isCall && code[at + 3]?.value === "," && isImportMeta(code, at + 4) ? at + 4 : undefined;
}

/** Where code is found beside this file and loaded as a worker, read, or run: as good as an import. */
function urlsOf(code: readonly Token[]): readonly Import[] {
  return code.flatMap((token, at): Import[] => {
    if (token.kind !== "word" || token.value !== "URL") return [];
    if (literalUrlEnd(code, at) === undefined) return [];
    return [{ specifier: code[at + 2]?.value, line: token.line, isUrl: true }];
  });
}

/** Any other use of where this file is could lead out of the package: a path that is put together, say. */
function metaFaults(code: readonly Token[], from: Place): readonly Fault[] {
  if (!from.folder.startsWith("packages/") || from.isTest) return [];
  const literal = new Set(code.map((_, at) => literalUrlEnd(code, at)));
  return code.flatMap((token, at): Fault[] => {
    if (!isImportMeta(code, at) || literal.has(at) || code[at + 4]?.value === "main") return [];
    const isUrl = code[at - 1]?.value === ",";
    const message = isUrl ? "a computed import can't be checked: write the name out" : META_MESSAGE;
    return [{ line: token.line, message }];
  });
}

const META_MESSAGE = 'import.meta leads anywhere: write new URL("./name.ts", import.meta.url)';

function tokenFaults(tokens: readonly Token[]): readonly Fault[] {
  return tokens.flatMap(({ kind, value, line }, at): Fault[] => {
    if (kind === "unclear") {
      return [{ line, message: "whether this slash divides can't be told: write it another way" }];
    }
    if (kind === "comment" && isDirective(value))
      return [{ line, message: "a directive is an import unseen" }];
    const isRequire = value === "createRequire" || (value === "require" && tokens[at + 1]?.value === "(");
    return kind === "word" && isRequire ? [{ line, message: "CommonJS: use import" }] : [];
  });
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

const RELATIVE = /^\.{1,2}(?:\/|$)/;

function judge(
  tree: Tree,
  path: string,
  from: Place,
  { specifier, isUrl = false }: Import,
): string | undefined {
  if (specifier === undefined) return "a computed import can't be checked: write the name out";
  if (specifier.startsWith("#")) return `${specifier} goes by the imports of a manifest: name the package`;
  if (specifier.split("/").includes("node_modules")) return `${specifier} reaches into node_modules`;
  if (/^(?:\/|(?!node:)[a-z+]+:)/i.test(specifier)) return `${specifier} is there on no machine but one`;
  if (/[%\\]/.test(specifier)) return `${specifier}: write the path plainly`;
  if (isUrl || RELATIVE.test(specifier)) return judgeRelative(path, from, specifier);
  if (specifier.startsWith("@touchmark/")) return judgePackage(tree, from, specifier);
  if (!PURE.has(from.name) || from.isTest) return undefined;
  if (isBuiltin(specifier)) return `${from.name} is pure: it can't import Node's ${specifier}`;
  return NATIVE_LIBRARIES.test(specifier)
    ? `${specifier} has a native part: it belongs in core/native`
    : undefined;
}

function judgeCode(tree: Tree, { path, text }: TreeFile, from: Place): readonly Fault[] {
  const tokens = tokensOf(text);
  const code = tokens.filter((token) => token.kind !== "comment");
  const imports = [...importsOf(code), ...urlsOf(code)].map((found) => ({
    line: found.line,
    message: judge(tree, path, from, found),
  }));
  return [...imports, ...metaFaults(code, from), ...tokenFaults(tokens)];
}

function judgeFile(tree: Tree, file: TreeFile): readonly Fault[] {
  const from = placeOf(file.path);
  if (file.isLink === true) return [{ line: 1, message: "a symbolic link leads anywhere: import instead" }];
  if (from === undefined) return [];
  if (isJavaScript(file.path)) return [{ line: 1, message: "no gate judges JavaScript: write TypeScript" }];
  if (!isTypeScript(file.path)) return [];
  if (!ARROWS.has(from.name)) return [{ line: 1, message: `${from.folder} has no arrows: add it to ARROWS` }];
  return judgeCode(tree, file, from);
}

export function findArrows(tree: Tree): readonly Finding[] {
  return tree.flatMap((file) =>
    judgeFile(tree, file).flatMap(({ line, message }) =>
      message === undefined ? [] : [{ path: file.path, line, rule: "arrows", message }],
    ),
  );
}
