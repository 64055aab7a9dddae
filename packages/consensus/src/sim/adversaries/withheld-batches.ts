import { equalBytes } from "@touchmark/core";
import type { Effect } from "../../effect.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { isOutgoing, toEach, toSelf } from "./outgoing.ts";

/** Sends the batches of its lane to some only, and gives nobody a batch who asks for one. */
export function createWithheldBatches(world: HostileWorld): Adversary {
  const { prng } = world;
  return {
    turn(input, effects) {
      const isAsked = input.kind === "message" && input.message.kind === "askBatches";
      let withheld = 0;
      const turned = effects.flatMap((effect): readonly Effect[] => {
        if (!isOutgoing(effect) || effect.message.kind !== "batch") return [effect];
        const { message } = effect;
        if (effect.kind === "send") {
          if (!isAsked) return [effect];
          withheld += 1;
          return [];
        }
        if (!equalBytes(message.batch.lane, world.key)) return [effect];
        const heard = prng.shuffle(world.peers()).slice(0, prng.below(world.peers().length + 1));
        world.act(`batch ${message.batch.seq} sent to ${heard.length} only`);
        return [...toEach(heard, message), toSelf(world, message)];
      });
      if (withheld > 0) world.act(`${withheld} batches not given to one that asked`);
      return turned;
    },
  };
}
