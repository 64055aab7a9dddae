import { bytesToKey } from "@touchmark/core";
import type { Adversary, HostileWorld } from "../adversary.ts";
import type { SimTransaction } from "../transaction-pool.ts";
import { LaneRewriter } from "./lane-rewriter.ts";

const OLD_MAX = 6;

/** Sights again what was ordered long ago, and hands its content to everyone once more. */
export function createResurrect(world: HostileWorld): Adversary {
  const { prng, pool } = world;
  const ordered = new Map<string, SimTransaction>();
  const pickOld = (): readonly SimTransaction[] =>
    prng.shuffle([...ordered.values()]).slice(0, prng.between(1, OLD_MAX));
  const lane = new LaneRewriter(world, ({ head, sightings }) => {
    if (ordered.size === 0 || prng.chance(0.5)) return undefined;
    const old = pickOld();
    for (const it of old) world.spread(it, world.peers());
    world.act(`${old.length} ordered transactions sighted again`);
    return { head, sightings: [...sightings, ...old.map((it) => ({ txid: it.facts.txid, stamp: head }))] };
  });
  return {
    turn(_input, effects) {
      for (const effect of effects) {
        if (effect.kind !== "deliver") continue;
        for (const { txid } of effect.block.transactions) {
          const transaction = pool.find(txid);
          if (transaction !== undefined) ordered.set(bytesToKey(txid), transaction);
        }
      }
      return lane.turn(effects);
    },
  };
}
