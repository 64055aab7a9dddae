import { compareBigints } from "./bigints.ts";
import type { RunLog } from "./run-log.ts";
import type { ValidatorSet } from "./sets.ts";
import { boundsOf, type StampOf, stampsIn } from "./stamps.ts";

/** A transaction that enough correct validators saw to claim a place in the order. */
export interface Claim {
  readonly key: string;
  /** `stamps.ts`: its consensus stamp is no later. */
  readonly late: bigint;
  readonly validUntil: bigint;
}

/**
 * The transactions that must be in a block with horizon ≥ late: ascending by late, without those that are
 * ordered, and those that have expired. A transaction claims nothing while a correct lane has not (yet)
 * given it the stamp that `late` takes, or where a correct lane broke S-2 (a), which may leave it not due;
 * `lane-promises` reports that.
 */
export class Claims {
  private readonly log: RunLog;
  private readonly stampOf: StampOf;
  private readonly ordered = new Set<string>();
  private readonly bySet = new Map<number, { readonly list: readonly Claim[]; at: number }>();

  constructor(log: RunLog, stampOf: StampOf) {
    this.log = log;
    this.stampOf = stampOf;
  }

  order(key: string): void {
    this.ordered.add(key);
  }

  isOrdered(key: string): boolean {
    return this.ordered.has(key);
  }

  /**
   * The earliest claim of a set that is open in a block on a parent with this horizon. Both questions of the
   * loop are settled for good once they are answered with yes, so each claim is passed once.
   */
  firstOpen(set: ValidatorSet, parentHorizon: bigint): Claim | undefined {
    const claims = this.bySet.get(set.epoch) ?? { list: this.listIn(set), at: 0 };
    this.bySet.set(set.epoch, claims);
    const isClosed = (it: Claim): boolean => this.ordered.has(it.key) || it.validUntil <= parentHorizon;
    let first = claims.list[claims.at];
    while (first !== undefined && isClosed(first)) first = claims.list[++claims.at];
    return first;
  }

  private listIn(set: ValidatorSet): readonly Claim[] {
    const { ttl } = this.log.setup.params;
    const claims: Claim[] = [];
    for (const { key, submitted } of this.log.transactions.all) {
      const { late } = boundsOf(set, this.stampOf, key);
      if (late === undefined || submitted === undefined) continue;
      const { validUntil } = submitted;
      const isAdmissible = (stamp: bigint): boolean => stamp < validUntil && validUntil <= stamp + ttl;
      if (stampsIn(set, this.log.stamps, key).every(isAdmissible)) claims.push({ key, late, validUntil });
    }
    return claims.sort((a, b) => compareBigints(a.late, b.late) || (a.key < b.key ? -1 : 1));
  }
}
