import { stampsOfArrivals } from "./arrivals.ts";
import { findInversions } from "./fair-order.ts";
import type { RunLog } from "./run-log.ts";
import { atEnd, type Property } from "./setup.ts";

/**
 * The same over true arrivals: what the order owes to those who sent first, whatever the lanes say. It sees
 * what is invisible in stamps, such as stamps that are taken after verification (S-1), or a joiner that
 * sights anew what it had long held (E-1). `stampsOfArrivals` says when an arrival counts.
 */
export function orderingLinearizabilityArrivals(log: RunLog): Property {
  return atEnd("ordering-linearizability-arrivals", () => findInversions(log, stampsOfArrivals(log)));
}
