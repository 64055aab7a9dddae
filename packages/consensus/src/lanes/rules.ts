import type { Nanos } from "@touchmark/core";

/**
 * The places where lanes are one rule away from stopping the whole cluster. A research fork may replace them;
 * the simulator's negative controls do, to show that its checker and its scenarios would notice.
 */
export interface LaneRules {
  /** S-7: by how much the own clock is too far ahead: as measured against the others', or by their heads. */
  clockAhead(measured: Nanos | undefined, sinceHeads: bigint): Nanos | undefined;
  /** S-6: how many live sightings a lane may have before it takes only what another lane carries too. */
  roomForUnshared(liveMax: number): number;
}

export const LANE_RULES: LaneRules = {
  // S-7: heads stand still while nothing happens, and then every clock looks ahead of them.
  clockAhead: (measured) => measured,
  // S-6: lanes that are full of what nobody shares would never bring f + 1 stamps together.
  roomForUnshared: (liveMax) => liveMax / 2,
};
