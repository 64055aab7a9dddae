import { type Token, tokensOf } from "./tokens.ts";
import {
  type Finding,
  isPackageSource,
  isTest,
  isTypeScript,
  linesOf,
  type Tree,
  type TreeFile,
} from "./tree.ts";

/**
 * A rule of docs/spec that is marked built stands in a comment of what a package ships, and in the name of
 * a test; nothing cites a rule that the spec doesn't have. A rule starts a line: `**ZZ-3 Canonical integers.** [built] …` or `[planned]`.
 */
interface Located {
  readonly path: string;
  readonly line: number;
}

interface Citation extends Located {
  readonly id: string;
}

interface SpecRule extends Citation {
  readonly isBuilt: boolean;
}

const RULE_START = /^\*\*([A-Z]{1,2}-\d+[a-z]?)\b/;
const RULE_STATE = /^\*\*[^*]+\*\* \[(built|planned)\]/;
const CITATION = /(?<![\w-])[A-Z]{1,2}-\d+[a-z]?(?!\w)/g;
/** Curves are named like rules, and agreement's family is P. */
const NOT_RULES: ReadonlySet<string> = new Set(["P-256", "P-384", "P-521"]);

function isSpec(path: string): boolean {
  return /^docs\/spec\/.+\.md$/.test(path);
}

function findingAt({ path, line }: Located, message: string): Finding {
  return { path, line, rule: "spec", message };
}

function rulesOf({ path, text }: TreeFile): { rules: readonly SpecRule[]; malformed: readonly Finding[] } {
  const rules: SpecRule[] = [];
  const malformed: Finding[] = [];
  for (const [index, content] of linesOf(text).entries()) {
    const id = RULE_START.exec(content)?.[1];
    if (id === undefined) continue;
    const line = index + 1;
    const state = RULE_STATE.exec(content)?.[1];
    if (state !== undefined) rules.push({ id, isBuilt: state === "built", path, line });
    else malformed.push(findingAt({ path, line }, `${id} lacks [built] or [planned] after its bold name`));
  }
  return { rules, malformed };
}

/** Where a rule can be named at all; elsewhere the same characters would be a subtraction. */
function isWriting(token: Token): boolean {
  return token.kind === "comment" || token.kind === "text";
}

function citationsIn(path: string, tokens: readonly Token[]): readonly Citation[] {
  return tokens.filter(isWriting).flatMap((token) =>
    [...token.value.matchAll(CITATION)].map((match) => {
      const linesBefore = token.value.slice(0, match.index).split("\n").length - 1;
      return { id: match[0], path, line: token.line + linesBefore };
    }),
  );
}

const OPENING: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["<", ">"],
]);

/** The index behind the brackets that open here; this index where none do. */
function skipBrackets(code: readonly Token[], start: number): number {
  const opening = code[start]?.value ?? "";
  const closing = OPENING.get(opening);
  if (code[start]?.kind !== "mark" || closing === undefined) return start;
  let depth = 0;
  for (let at = start; at < code.length; at++) {
    if (code[at]?.kind !== "mark") continue;
    if (code[at]?.value === opening) depth += 1;
    if (code[at]?.value === closing) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return code.length;
}

/** The bracket in front of the arguments of `test(…)`, `test.each<T>(…)(…)`, `describe.skipIf(…)(…)`. */
function argumentsOf(code: readonly Token[], word: number): number {
  let at = word + 1;
  while (code[at]?.value === ".") at += 2;
  at = code[at]?.value === "<" ? skipBrackets(code, at) : at;
  const behind = skipBrackets(code, at);
  return code[behind]?.value === "(" ? behind : at;
}

const TEST_WORDS: ReadonlySet<string> = new Set(["test", "it", "describe"]);

/** The names that tests have: the text that is a call's first argument, all parts of it if it is a template. */
function testNamesOf(code: readonly Token[]): readonly Token[] {
  return code.flatMap((token, index) => {
    const isTestWord = token.kind === "word" && TEST_WORDS.has(token.value) && code[index - 1]?.value !== ".";
    if (!isTestWord) return [];
    const first = argumentsOf(code, index) + 1;
    if (code[first - 1]?.value !== "(" || code[first]?.kind !== "text") return [];
    const end = code.findIndex((it, at) => at > first && it.kind === "mark" && /^[,)]$/.test(it.value));
    return code.slice(first, end);
  });
}

function findRepeated(rules: readonly SpecRule[]): readonly Finding[] {
  const first = new Map<string, SpecRule>();
  return rules.flatMap((rule) => {
    const earlier = first.get(rule.id);
    if (earlier !== undefined) {
      return [findingAt(rule, `${rule.id} is already a rule at ${earlier.path}:${earlier.line}`)];
    }
    first.set(rule.id, rule);
    return [];
  });
}

function familyOf(id: string): string {
  return id.slice(0, id.indexOf("-"));
}

interface TokenFile {
  readonly path: string;
  readonly tokens: readonly Token[];
}

/** A text of the program is no citation: nobody reads it beside the code that keeps the rule. */
function codeCitationsOf({ path, tokens }: TokenFile): readonly Citation[] {
  if (!isPackageSource(path)) return [];
  return citationsIn(
    path,
    tokens.filter((token) => token.kind === "comment"),
  );
}

function testCitationsOf({ path, tokens }: TokenFile): readonly Citation[] {
  if (!isTest(path) || !path.endsWith(".test.ts")) return [];
  return citationsIn(path, testNamesOf(tokens.filter((token) => token.kind !== "comment")));
}

export function findSpecRules(tree: Tree): readonly Finding[] {
  const specs = tree.filter((file) => isSpec(file.path)).map(rulesOf);
  const rules = specs.flatMap((spec) => spec.rules);
  const ids = new Set(rules.map((rule) => rule.id));
  const families = new Set(rules.map((rule) => familyOf(rule.id)));

  const files = tree
    .filter((file) => isTypeScript(file.path))
    .map(({ path, text }) => ({ path, tokens: tokensOf(text) }));
  const citations = files.flatMap(({ path, tokens }) => citationsIn(path, tokens));
  const inCode = new Set(files.flatMap(codeCitationsOf).map((found) => found.id));
  const inTests = new Set(files.flatMap(testCitationsOf).map((found) => found.id));

  const built = rules.filter((rule) => rule.isBuilt);
  const uncoded = built.filter((rule) => !inCode.has(rule.id));
  const untested = built.filter((rule) => !inTests.has(rule.id));
  const unknown = citations.filter(
    ({ id }) => families.has(familyOf(id)) && !ids.has(id) && !NOT_RULES.has(id),
  );
  return [
    ...specs.flatMap((spec) => spec.malformed),
    ...findRepeated(rules),
    ...uncoded.map((rule) => findingAt(rule, `${rule.id} is marked built, and no comment in code cites it`)),
    ...untested.map((rule) => findingAt(rule, `${rule.id} is marked built, and no test's name cites it`)),
    ...unknown.map((found) => findingAt(found, `${found.id} is no rule of docs/spec`)),
  ];
}
