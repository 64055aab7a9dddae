import { bytesToKey } from "@touchmark/core";
import type { Block, OrderedTransaction } from "../../block.ts";
import { Claims } from "./claims.ts";
import { nameOfTransaction } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import type { ValidatorSet } from "./sets.ts";
import { boundsOf, type StampOf } from "./stamps.ts";

/**
 * Ordering linearizability, over whatever stamps it is given: if late(A) < early(B) in the set that ordered
 * B (`stamps.ts`), then A stands before B in the chain, or A had expired: its validUntil was not above the
 * horizon of the parent of B's block.
 *
 * Why that is exact. c(B) ≥ early(B) > late(A) ≥ c(A), and the horizon of B's block is at least c(B). So A is
 * due in that block if it was in none before, and O-3 puts the smaller c first.
 *
 * One sweep: of the open claims only the earliest is the one that a transaction can have overtaken by most.
 */
export function findInversions(log: RunLog, stampOf: StampOf): readonly string[] {
  const claims = new Claims(log, stampOf);
  const found: string[] = [];
  let horizon: bigint = log.setup.genesis.time;
  for (const { block } of log.deliveries.chain) {
    const set = log.sets.of(block.epoch);
    if (set === undefined) break;
    for (const transaction of block.transactions) {
      const inversion = judge(claims, set, stampOf, block, transaction, horizon);
      if (inversion !== undefined) found.push(inversion);
    }
    horizon = block.horizon;
  }
  return found;
}

function judge(
  claims: Claims,
  set: ValidatorSet,
  stampOf: StampOf,
  { height }: Block,
  { txid }: OrderedTransaction,
  parentHorizon: bigint,
): string | undefined {
  const key = bytesToKey(txid);
  claims.order(key);
  const { early } = boundsOf(set, stampOf, key);
  const first = claims.firstOpen(set, parentHorizon);
  if (early === undefined || first === undefined || first.late >= early) return undefined;
  return (
    `${nameOfTransaction(txid)} at height ${height} was seen by no correct validator before ${early}, ` +
    `but stands before ${nameOfTransaction(first.key)}, which they had seen by ${first.late}`
  );
}
