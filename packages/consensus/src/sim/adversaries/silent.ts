import type { Effect } from "../../effect.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { isOutgoing } from "./outgoing.ts";

/** Hears everything and says nothing, to everyone or only to some, from the start or after a while. */
export function createSilent(world: HostileWorld): Adversary {
  const { prng } = world;
  let patience = prng.chance(0.5) ? 0 : prng.below(400);
  const deaf = prng.chance(0.5) ? undefined : new Set(prng.shuffle(world.peers()).slice(prng.below(2)));
  return {
    turn(_input, effects) {
      return effects.flatMap((effect): readonly Effect[] => {
        if (!isOutgoing(effect)) return [effect];
        if (patience > 0) {
          patience -= 1;
          return [effect];
        }
        if (effect.kind === "send" && deaf?.has(effect.to) === false) return [effect];
        world.act(`${effect.message.kind} not sent`);
        if (effect.kind === "send" || deaf === undefined) return [];
        const heard = world.peers().filter((key) => !deaf.has(key));
        return [...heard, world.key].map((to) => ({ kind: "send", to, message: effect.message }));
      });
    },
    gives: () => patience > 0,
  };
}
