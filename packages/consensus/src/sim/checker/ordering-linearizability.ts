import { findInversions } from "./fair-order.ts";
import type { RunLog } from "./run-log.ts";
import { atEnd, type Property } from "./setup.ts";

/** Design 1 section 1, over the stamps that correct validators gave. `findInversions` has the statement. */
export function orderingLinearizability(log: RunLog): Property {
  return atEnd("ordering-linearizability", () => findInversions(log, log.stamps));
}
