/**
 * What every rule of tidy sees: the tracked files as text. Rules are pure functions of it, so that a test
 * can hand them a tree with a planted fault.
 */
export interface TreeFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  /** A symbolic link; its text is where it leads. */
  readonly isLink?: boolean;
  /** The text in the last commit, of the few files that must not change freely; undefined if it is not there. */
  readonly committed?: string | undefined;
}

export type Tree = readonly TreeFile[];

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

export type Rule = (tree: Tree) => readonly Finding[];

export function isTypeScript(path: string): boolean {
  return /\.[cm]?tsx?$/.test(path);
}

export function isJavaScript(path: string): boolean {
  return /\.[cm]?jsx?$/.test(path);
}

/** A comment that the compiler obeys. */
export function isDirective(comment: string): boolean {
  return /^\/\/\/\s*</.test(comment);
}

/** Tests, with what only they use: fixtures, oracles, vectors. */
export function isTest(path: string): boolean {
  return /^(?:test|packages\/[^/]+\/test)\//.test(path);
}

/** What a package ships. */
export function isPackageSource(path: string): boolean {
  return /^packages\/[^/]+\/(?:src|native)\//.test(path);
}

export function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
