import { findArrows } from "./arrows.ts";
import { findManifests } from "./manifests.ts";
import { findPurity } from "./purity.ts";
import { findSizes } from "./sizes.ts";
import { findSpecRules } from "./spec-rules.ts";
import type { Finding, Rule, Tree } from "./tree.ts";
import { findWords } from "./words.ts";

const RULES: readonly Rule[] = [findArrows, findManifests, findPurity, findWords, findSizes, findSpecRules];

/** Every finding of every rule, by path and line. */
export function findAll(tree: Tree): readonly Finding[] {
  return RULES.flatMap((rule) => rule(tree)).sort((a, b) => comparePaths(a.path, b.path) || a.line - b.line);
}

/** By code unit, so that every machine prints the same order. */
function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
