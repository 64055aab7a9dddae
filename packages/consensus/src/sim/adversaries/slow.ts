import type { Adversary, HostileWorld } from "../adversary.ts";
import { toTrueTime } from "../true-time.ts";
import { isOutgoing } from "./outgoing.ts";

/** Part of the view timer for which proposals are held back: P-8's slow leader stays just below 1. */
const SHARES = [0.2, 0.5, 0.8, 0.95] as const;
/** In thousandths of the same: how late everything else is. */
const OTHERS_MAX = 400;

/** Does everything right, and everything late; a leader just early enough not to be replaced. */
export function createSlow(world: HostileWorld): Adversary {
  const { prng } = world;
  const timeout = toTrueTime(world.params.viewTimeout);
  const proposals = Math.floor(timeout * prng.pick(SHARES));
  const others = prng.chance(0.3) ? 0 : Math.floor((timeout * prng.between(1, OTHERS_MAX)) / 1_000);
  return {
    turn(_input, effects) {
      return effects.filter((effect) => {
        if (!isOutgoing(effect)) return true;
        const delay = effect.message.kind === "preprepare" ? proposals : others;
        if (delay === 0) return true;
        world.act(`${effect.message.kind} held back`);
        world.later(delay, [effect]);
        return false;
      });
    },
  };
}
