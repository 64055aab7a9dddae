/**
 * L-17: what must hold between parameters, beside the bounds of each: every change is checked against all of these, and
 * so is genesis. A vote can't make a chain on which nothing fits any more.
 */
import { type ParameterName, type ParameterValue, STAMP_TTL } from "./parameters.ts";

type Lookup = <Name extends ParameterName>(name: Name) => ParameterValue<Name>;

interface Relation {
  readonly name: string;
  holds(of: Lookup): boolean;
}

const RELATIONS: readonly Relation[] = [
  // L-4: what outlives its replay mark could run twice.
  { name: "window + skew ≤ life of a stamp", holds: (of) => of("window") + of("skew") <= STAMP_TTL },
  { name: "windowLeast ≤ windowMost", holds: (of) => of("windowLeast") <= of("windowMost") },
  // Else no order and no RFQ could be placed.
  { name: "windowMost ≤ deadlineMax", holds: (of) => of("windowMost") <= of("deadlineMax") },
  { name: "revealLeast ≤ deadlineMax", holds: (of) => of("revealLeast") <= of("deadlineMax") },
  // The second stage is the slower one: only the cold key stops it.
  {
    name: "recoveryDelay ≤ recoverySecondDelay",
    holds: (of) => of("recoveryDelay") <= of("recoverySecondDelay"),
  },
];

/** The name of a relation that doesn't hold. */
export function conflictOf(of: Lookup): string | undefined {
  return RELATIONS.find((it) => !it.holds(of))?.name;
}
