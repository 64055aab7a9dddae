import { type Txid, toTxid } from "@touchmark/core";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { LaneRewriter } from "./lane-rewriter.ts";

const TXID_BYTES = 32;
const JUNK_MAX = 20;

/** Sights transactions that don't exist: nobody can ever fetch their content. */
export function createJunkTxids(world: HostileWorld): Adversary {
  const { prng } = world;
  const junk = (): Txid => toTxid(prng.bytes(TXID_BYTES));
  const lane = new LaneRewriter(world, ({ head, sightings }) => {
    if (prng.chance(0.5)) return undefined;
    const extra = Array.from({ length: prng.between(1, JUNK_MAX) }, () => ({ txid: junk(), stamp: head }));
    world.act(`${extra.length} invented txids`);
    return { head, sightings: [...sightings, ...extra] };
  });
  return { turn: (_input, effects) => lane.turn(effects) };
}
