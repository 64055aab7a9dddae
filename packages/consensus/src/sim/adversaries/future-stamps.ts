import { addNanos, DAY, MILLISECOND, MINUTE, Nanos, SECOND } from "@touchmark/core";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { LaneRewriter } from "./lane-rewriter.ts";

const LEAPS: readonly Nanos[] = [Nanos.of(50n * MILLISECOND), SECOND, Nanos.of(10n * SECOND), MINUTE, DAY];

/** Stamps what it sees with times to come, and promises that nothing earlier will follow. */
export function createFutureStamps(world: HostileWorld): Adversary {
  const leap = world.prng.pick(LEAPS);
  const lane = new LaneRewriter(world, ({ head, sightings }) => {
    if (sightings.length === 0 && world.prng.chance(0.5)) return undefined;
    world.act(`${sightings.length} stamps and the head moved ${leap} ns ahead`);
    const late = sightings.map(({ txid, stamp }) => ({ txid, stamp: addNanos(stamp, leap) }));
    return { head: addNanos(head, leap), sightings: late };
  });
  return { turn: (_input, effects) => lane.turn(effects) };
}
