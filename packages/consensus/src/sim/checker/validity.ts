import { bytesToKey } from "@touchmark/core";
import { nameOfTransaction } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import { atEnd, type Property } from "./setup.ts";
import type { SeenTransaction } from "./transactions.ts";

/**
 * Nothing is invented, and nothing is ordered that can't be executed: before any correct machine delivers a
 * transaction, a client has made it, and its content was whole at a correct machine (V-1).
 */
export function validity(log: RunLog): Property {
  return atEnd("validity", () => findInvented(log));
}

function findInvented(log: RunLog): readonly string[] {
  return log.deliveries.chain.flatMap(({ block, order }) =>
    block.transactions.flatMap(({ txid }) => {
      const why = whyInvalid(log.transactions.get(bytesToKey(txid)), order);
      return why === undefined
        ? []
        : [`${nameOfTransaction(txid)}, delivered at height ${block.height}, ${why}`];
    }),
  );
}

function whyInvalid(seen: SeenTransaction | undefined, deliveredAt: number): string | undefined {
  if (seen?.submitted === undefined || seen.submitted.order > deliveredAt) return "was made by no client";
  const isHeld = seen.firstArrival !== undefined && seen.firstArrival < deliveredAt;
  return isHeld ? undefined : "had reached no correct machine";
}
