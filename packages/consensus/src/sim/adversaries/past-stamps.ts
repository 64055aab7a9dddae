import { Nanos } from "@touchmark/core";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { LaneRewriter } from "./lane-rewriter.ts";

/** Says that it saw everything right after its last promise, and promises no more than it must. */
export function createPastStamps(world: HostileWorld): Adversary {
  const lane = new LaneRewriter(world, ({ sightings }, prevHead) => {
    if (sightings.length === 0) return undefined;
    world.act(`${sightings.length} stamps moved back`);
    const early = sightings.map(({ txid }, at) => ({ txid, stamp: Nanos.of(prevHead + BigInt(at + 1)) }));
    return { head: Nanos.of(prevHead + BigInt(sightings.length)), sightings: early };
  });
  return { turn: (_input, effects) => lane.turn(effects) };
}
