import { type Finding, isTest, isTypeScript, linesOf, type Tree, type TreeFile } from "./tree.ts";

/**
 * Words that do not belong in the tree, each with what to write. Patterns are written so that this table
 * does not match itself. A line that must use one anyway, such as the name of a library's option, carries
 * `tidy-allow(name): reason`, or the line above it does.
 */
interface BannedWord {
  readonly name: string;
  readonly pattern: RegExp;
  readonly instead: string;
  readonly where: (path: string) => boolean;
  /** In Markdown, `code` mentions a word without using it. Hosts and paths are banned even so. */
  readonly mayBeMentioned: boolean;
}

const LOCKFILE = "pnpm-lock.yaml";

/** Written by tools, or by others: their words are not ours. */
function isOurs(path: string): boolean {
  return path !== LOCKFILE && !/^test\/vectors\/.*\.json$/.test(path) && !/(?:^|\/)LICENSE/.test(path);
}

function isTestCode(path: string): boolean {
  return isTypeScript(path) && isTest(path);
}

const LEAKS: readonly BannedWord[] = [
  {
    name: "registry-host",
    pattern: /\bregistry\.(?:npmjs|npmmirror|yarnpkg)\b|https?:\/\/registry\./i,
    instead: "no host: a clone must install from whatever registry its user has",
    where: (path) => path !== LOCKFILE,
    mayBeMentioned: false,
  },
  {
    name: "registry-host",
    pattern: /\bregistry\.(?:npmjs|npmmirror|yarnpkg)\b|https?:\/\/|\btarball:/i,
    instead: "no address: a lockfile names packages and their hashes",
    where: (path) => path === LOCKFILE,
    mayBeMentioned: false,
  },
  {
    name: "machine-path",
    pattern: /(?<![\w.)}-])\/(?:work|root|home|Users|opt|tmp)\/|\b[A-Z]:(?:\\+|\/)Users\b/i,
    instead: "a path from the repository's root, or a temporary folder",
    where: () => true,
    mayBeMentioned: false,
  },
];

const UNFINISHED: readonly BannedWord[] = [
  {
    name: "mark",
    pattern: /\b(?:TO(?:DO)|FIX(?:ME)|XX(?:X)|HA(?:CK))\b/,
    instead: "do it, or open an issue",
    where: isOurs,
    mayBeMentioned: true,
  },
  {
    name: "stub",
    pattern: /\b(?:not[ ]implemented|un(?:implemented)|for[ ]now|in a real[ ](?:system|implementation))\b/i,
    instead: "build it, or say plainly what is absent and what happens then",
    where: isOurs,
    mayBeMentioned: true,
  },
  {
    name: "stand-in",
    // `placeholder=` is the HTML attribute.
    pattern: /\b(?:place(?:holder)s?(?!=)|simpl(?:ified))\b/i,
    instead: "the real thing, or a plain statement of what it leaves out",
    where: isOurs,
    mayBeMentioned: true,
  },
];

/** One concept, one name: the same word in spec, code, API, commands, documents and metrics. */
const VOCABULARY: readonly BannedWord[] = [
  {
    name: "stamp",
    pattern: /time[-_ ]?(?:stamp)/i,
    instead: "stamp (what a validator gave), or time (what consensus gave)",
    where: isOurs,
    mayBeMentioned: true,
  },
  {
    name: "sighting",
    pattern: /(?:vote|arrival|receive|receipt)[-_ ]?(?:stamp)/i,
    instead: "sighting: that a validator held a transaction, and when",
    where: isOurs,
    mayBeMentioned: true,
  },
  {
    name: "horizon",
    pattern: /(?:high|low)?[-_ ]?water[-_ ]?(?:mark)/i,
    instead: "horizon: the time up to which a cut orders",
    where: isOurs,
    mayBeMentioned: true,
  },
  {
    name: "final",
    // FinalizationRegistry is the language's.
    pattern: /\b(?:un)?finali[sz](?:e[ds]?|ing|ation|er)\b/i,
    instead: "final, finality: what q FINAL messages certify",
    where: isOurs,
    mayBeMentioned: true,
  },
  {
    name: "allow-list",
    pattern: /(?:white|black)[-_ ]?(?:list)/i,
    instead: "allow-list, deny-list",
    where: isOurs,
    mayBeMentioned: true,
  },
];

const BYPASSES: readonly BannedWord[] = [
  {
    name: "type-suppression",
    pattern: /@ts-(?:ignore|expect-error|nocheck)|\bas (?:any|unknown as)\b/,
    instead: "a guard, or a type that says what is true",
    where: isTypeScript,
    mayBeMentioned: false,
  },
  {
    name: "lint-suppression",
    // Biome's own form: `biome-ignore lint/group/rule: why`.
    pattern: /biome-(?:ignore)(?!(?:-all|-start|-end)? (?:lint|format|assist|syntax)[\w/]*: \w)/,
    instead: "the code without it, or the rule's name, a colon and the reason",
    where: isTypeScript,
    mayBeMentioned: false,
  },
  {
    name: "focus",
    // As a call, as a link of a chain, as an option, and by a computed name.
    pattern:
      /\.(?:only|skip|todo|fails|skipIf|runIf)\s*[.(`<]|\b(?:only|skip|todo|fails)["']?\s*:(?!\s*false\b)|\[["'`](?:only|skip|todo|fails|skipIf|runIf)["'`]\]/,
    instead: "a test that runs: focused, skipped and promised tests hide failures",
    where: isTestCode,
    mayBeMentioned: false,
  },
];

const BANNED_WORDS: readonly BannedWord[] = [...LEAKS, ...UNFINISHED, ...VOCABULARY, ...BYPASSES];

const ALLOWANCE = /tidy-allow\(([\w-]+)\): \w/g;

function allowancesOf(line: string | undefined): readonly string[] {
  return [...(line ?? "").matchAll(ALLOWANCE)].map((match) => match[1] ?? "");
}

function findInFile({ path, text }: TreeFile): readonly Finding[] {
  const words = BANNED_WORDS.filter((word) => word.where(path));
  const lines = linesOf(text);
  const isMarkdown = path.endsWith(".md");
  return lines.flatMap((line, at) => {
    const used = isMarkdown ? line.replaceAll(/`[^`]*`/g, "") : line;
    const found = words.filter((word) => word.pattern.test(word.mayBeMentioned ? used : line));
    if (found.length === 0) return [];
    const allowed = [...allowancesOf(line), ...allowancesOf(lines[at - 1])];
    return found
      .filter((word) => !allowed.includes(word.name))
      .map((word) => ({ path, line: at + 1, rule: "words", message: `${word.name}: write ${word.instead}` }));
  });
}

export function findWords(tree: Tree): readonly Finding[] {
  return tree.flatMap(findInFile);
}
