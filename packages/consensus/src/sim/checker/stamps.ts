import type { Batches } from "./batches.ts";
import { compareBigints } from "./bigints.ts";
import type { ValidatorSet } from "./sets.ts";

/** When a lane first saw a transaction; none where it never sighted it. */
export type StampOf = (lane: string, transaction: string) => bigint | undefined;

/** The smallest stamp of each correct lane for each transaction, from the batches that its owner sent. */
export function correctStamps(sent: Batches): StampOf {
  const lanes = new Map<string, Map<string, bigint>>();
  for (const lane of sent.ownLanes) {
    const stamps = new Map<string, bigint>();
    lanes.set(lane, stamps);
    for (const { batch, transactions } of sent.ownOf(lane)) {
      transactions.forEach((transaction, i) => {
        const stamp = batch.sightings[i]?.stamp;
        // Stamps of a correct lane rise, so the first is the smallest.
        if (stamp !== undefined && !stamps.has(transaction)) stamps.set(transaction, stamp);
      });
    }
  }
  return (lane, transaction) => lanes.get(lane)?.get(transaction);
}

/** What the correct members of a set gave a transaction, ascending. */
export function stampsIn(set: ValidatorSet, stampOf: StampOf, transaction: string): readonly bigint[] {
  const stamps: bigint[] = [];
  for (const lane of set.correct) {
    const stamp = stampOf(lane, transaction);
    if (stamp !== undefined) stamps.push(stamp);
  }
  return stamps.sort(compareBigints);
}

/**
 * Where the consensus stamp c of a transaction can lie, whatever hostile lanes say: early ≤ c ≤ late.
 *
 * Early: among the f + 1 smallest stamps at most `hostile` are not correct, so c is at least the
 * (f + 1 − hostile)-th smallest correct one. Late: of the at least n − f lanes that are complete through the
 * horizon at most `hostile` are not correct; if 2f + 1 correct lanes have a stamp up to some moment, at least
 * f + 1 of those lanes do, so c is at most the (2f + 1)-th smallest correct one.
 *
 * With f hostile lanes in a set of 3f + 1 these are the lowest and the highest correct stamp, which is the
 * promise of design 1 section 1; with fewer they are stricter, and hold all the same. `early` is none where a
 * set has more than f hostile members, which is promised nothing; `late` where too few correct lanes ever
 * sighted the transaction, be it that it was final before they held it: they bound nothing.
 */
export interface StampBounds {
  readonly early: bigint | undefined;
  readonly late: bigint | undefined;
}

export function boundsOf(set: ValidatorSet, stampOf: StampOf, transaction: string): StampBounds {
  if (set.hostile > set.f) return { early: undefined, late: undefined };
  const stamps = stampsIn(set, stampOf, transaction);
  return { early: stamps[set.f - set.hostile], late: stamps[2 * set.f] };
}
