import { PURE } from "./arrows.ts";
import { type Token, tokensOf } from "./tokens.ts";
import { type Finding, isTypeScript, type Tree, type TreeFile } from "./tree.ts";

/**
 * Pure code gives the same on every machine. Its types know no Node and no browser, and the linter denies
 * the globals that every engine has; here is what neither sees. A declaration talks both out of it, since
 * it makes a global look like a name of the file. Some properties of plain values depend on the machine, or
 * lead to one that makes code from text. What is `async` goes on when the engine chooses. (Directives that
 * bring in types are refused everywhere, by the arrows.)
 */
const IMPURE_NAMES: readonly (readonly [name: RegExp, why: string])[] = [
  [/^(?:localeCompare|toLocale\w*)$/, "depends on a locale: compare by code unit, or by bytes"],
  [
    /^(?:stack|stackTraceLimit|captureStackTrace)$/,
    "differs between engines: a failure has a code and facts",
  ],
  [/^constructor$/, "of a function makes code from text"],
];
const DECLARED: ReadonlySet<string> = new Set([
  "abstract",
  "async",
  "class",
  "const",
  "enum",
  "function",
  "global",
  "let",
  "module",
  "namespace",
  "var",
]);

function isPureSource(path: string): boolean {
  const [top, name, part] = path.split("/");
  return top === "packages" && part === "src" && PURE.has(name ?? "") && isTypeScript(path);
}

/** `declare const mark: unique symbol` is a type's own name: there is nothing to call or to read. */
function isUniqueSymbol(code: readonly Token[], at: number): boolean {
  const words = code.slice(at + 3, at + 6).map((token) => token.value);
  return words.join(" ") === ": unique symbol";
}

/** By whatever syntax: a member, a computed name, a part taken out by a pattern. */
function judgeName(code: readonly Token[], at: number): string | undefined {
  const { kind, value = "" } = code[at] ?? {};
  if (kind !== "word" && kind !== "text") return undefined;
  const isMethod = kind === "word" && code[at - 1]?.value !== "." && code[at + 1]?.value === "(";
  if (value === "constructor" && isMethod) return undefined;
  const impure = IMPURE_NAMES.find(([name]) => name.test(value));
  return impure && `${value} ${impure[1]}`;
}

function judgePower(code: readonly Token[], at: number): string | undefined {
  const isPower = code[at]?.kind === "mark" && /^\*\*=?$/.test(code[at].value);
  return isPower ? "engines may approximate powers: multiply, or shift a bigint" : undefined;
}

function judgeWord(code: readonly Token[], at: number): string | undefined {
  const { kind, value } = code[at] ?? {};
  const [before, next] = [code[at - 1]?.value, code[at + 1]];
  if (kind !== "word" || before === "." || before === "?." || next?.value === ":") return undefined;
  if (value === "async" || value === "await") return "pure code runs at once: return an effect";
  const isDeclared = value === "declare" && next?.kind === "word" && DECLARED.has(next.value);
  if (!isDeclared || isUniqueSymbol(code, at)) return undefined;
  return "declare makes a global look like a name of this file: take it as an argument";
}

function findInFile({ path, text }: TreeFile): readonly Finding[] {
  const code = tokensOf(text).filter((token) => token.kind !== "comment");
  return code.flatMap(({ line }, at) => {
    const message = judgeWord(code, at) ?? judgeName(code, at) ?? judgePower(code, at);
    return message === undefined ? [] : [{ path, line, rule: "purity", message }];
  });
}

export function findPurity(tree: Tree): readonly Finding[] {
  return tree.filter((file) => isPureSource(file.path)).flatMap(findInFile);
}
