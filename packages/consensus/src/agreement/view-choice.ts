import { bytesToKey, equalBytes, type Height } from "@touchmark/core";
import type { FinalityCertificate, Prepared, ViewChange } from "../messages.ts";

export interface ViewChoice {
  /** The highest FC among the view changes; none if all are still at genesis. */
  readonly base: FinalityCertificate | undefined;
  /** What the new view proposes again, by ascending height without a gap. */
  readonly chosen: readonly Prepared[];
}

/**
 * P-4: what a new view starts from, as a function of q view changes; whoever has them computes the same.
 * From the highest FC on, each height gets the cut with the PC of the highest view among those whose parent
 * is the cut chosen below; the first height without one ends it.
 */
export function chooseForView(viewChanges: readonly ViewChange[], genesis: Uint8Array): ViewChoice {
  const base = highestFinality(viewChanges);
  const chosen: Prepared[] = [];
  let height: number = base?.height ?? 0;
  let parent: Uint8Array = base?.digest ?? genesis;
  for (;;) {
    const next = bestAt(viewChanges, height + 1, parent);
    if (next === undefined) return { base, chosen };
    chosen.push(next);
    height = next.cut.height;
    parent = next.certificate.digest;
  }
}

export function highestFinality(viewChanges: readonly ViewChange[]): FinalityCertificate | undefined {
  let highest: FinalityCertificate | undefined;
  for (const { finality } of viewChanges) {
    if (finality !== undefined && (highest === undefined || finality.height > highest.height))
      highest = finality;
  }
  return highest;
}

function bestAt(
  viewChanges: readonly ViewChange[],
  height: number,
  parent: Uint8Array,
): Prepared | undefined {
  let best: Prepared | undefined;
  for (const { prepared } of viewChanges) {
    for (const candidate of prepared) {
      if (candidate.cut.height !== height || !equalBytes(candidate.cut.parent, parent)) continue;
      // One view certifies one cut at a height, so equal views mean equal cuts.
      if (best === undefined || candidate.certificate.view > best.certificate.view) best = candidate;
    }
  }
  return best;
}

/** The highest claim that at least `count` validators make, or more: what P-5 moves to. */
export function claimOf(claims: Iterable<number>, count: number): number | undefined {
  const sorted = [...claims].sort((a, b) => b - a);
  return sorted[count - 1];
}

export function sameChoice(
  a: readonly { readonly height: Height; readonly digest: Uint8Array }[],
  b: readonly Prepared[],
): boolean {
  return (
    a.length === b.length &&
    a.every((it, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        it.height === other.cut.height &&
        bytesToKey(it.digest) === bytesToKey(other.certificate.digest)
      );
    })
  );
}
