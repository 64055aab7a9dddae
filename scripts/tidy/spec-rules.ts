import { tokensOf } from "./tokens.ts";
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
 * A rule of docs/spec that is marked built stands in code and in a test; code cites no rule that the spec
 * doesn't have. A rule starts a line: `**ZZ-3 Canonical integers.** [built] …` or `[planned]`.
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

/** Rules are cited in comments and texts; in code the same characters would be a subtraction. */
function citationsOf({ path, text }: TreeFile): readonly Citation[] {
  return tokensOf(text).flatMap((token) => {
    if (token.kind !== "comment" && token.kind !== "text") return [];
    return [...token.value.matchAll(CITATION)].map((match) => {
      const linesBefore = token.value.slice(0, match.index).split("\n").length - 1;
      return { id: match[0], path, line: token.line + linesBefore };
    });
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

export function findSpecRules(tree: Tree): readonly Finding[] {
  const specs = tree.filter((file) => isSpec(file.path)).map(rulesOf);
  const rules = specs.flatMap((spec) => spec.rules);
  const ids = new Set(rules.map((rule) => rule.id));
  const families = new Set(rules.map((rule) => familyOf(rule.id)));

  const citations = tree.filter((file) => isTypeScript(file.path)).flatMap(citationsOf);
  const inCode = new Set(citations.filter((found) => isPackageSource(found.path)).map((found) => found.id));
  const inTests = new Set(citations.filter((found) => isTest(found.path)).map((found) => found.id));

  const built = rules.filter((rule) => rule.isBuilt);
  const uncoded = built.filter((rule) => !inCode.has(rule.id));
  const untested = built.filter((rule) => !inTests.has(rule.id));
  const unknown = citations.filter(
    ({ id }) => families.has(familyOf(id)) && !ids.has(id) && !NOT_RULES.has(id),
  );
  return [
    ...specs.flatMap((spec) => spec.malformed),
    ...findRepeated(rules),
    ...uncoded.map((rule) => findingAt(rule, `${rule.id} is marked built, and no code cites it`)),
    ...untested.map((rule) => findingAt(rule, `${rule.id} is marked built, and no test cites it`)),
    ...unknown.map((found) => findingAt(found, `${found.id} is no rule of docs/spec`)),
  ];
}
