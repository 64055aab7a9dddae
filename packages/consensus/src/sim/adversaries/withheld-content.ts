import type { Adversary, HostileWorld } from "../adversary.ts";

/** Sights content and doesn't hand it out, or only to a few. */
export function createWithheldContent(world: HostileWorld): Adversary {
  const { prng } = world;
  const friends = new Set(prng.shuffle(world.peers()).slice(0, prng.below(3)));
  return {
    turn: (_input, effects) => effects,
    gives(_transaction, to) {
      if (friends.has(to)) return true;
      world.act("content kept back");
      return false;
    },
  };
}
