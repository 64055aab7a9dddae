import { type Txid, toTxid } from "@touchmark/core";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { LaneRewriter } from "./lane-rewriter.ts";

const TXID_BYTES = 32;
const JUNK_MAX = 20;
/** In some runs it is so many, soon, that no list of requests that others keep has room for them (S-2 d). */
const FLOOD_SHARE = 0.15;
const FLOOD_TXIDS = 6_000;
const FLOOD_BATCH_MAX = 1_000;

/** Sights transactions that don't exist: nobody can ever fetch their content. */
export function createJunkTxids(world: HostileWorld): Adversary {
  const { prng } = world;
  const junk = (): Txid => toTxid(prng.bytes(TXID_BYTES));
  let flood = prng.chance(FLOOD_SHARE) ? FLOOD_TXIDS : 0;
  const lane = new LaneRewriter(world, ({ head, sightings }) => {
    if (prng.chance(0.5)) return undefined;
    const room = Math.max(1, FLOOD_BATCH_MAX - sightings.length);
    const count = flood > 0 ? Math.min(flood, room) : prng.between(1, JUNK_MAX);
    flood = Math.max(0, flood - count);
    const extra = Array.from({ length: count }, () => ({ txid: junk(), stamp: head }));
    world.act(`${extra.length} invented txids`);
    return { head, sightings: [...sightings, ...extra] };
  });
  return { turn: (_input, effects) => lane.turn(effects) };
}
