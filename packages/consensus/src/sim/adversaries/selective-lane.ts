import { equalBytes } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { Effect } from "../../effect.ts";
import type { LaneBatch } from "../../messages.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { isOutgoing, toEach, toSelf } from "./outgoing.ts";

/**
 * Sends its newest batch to one peer only, and to the others the one before: so that whoever gets it knows
 * more of the lane than a leader can (V-2's "had offered").
 */
export function createSelectiveLane(world: HostileWorld): Adversary {
  const { prng } = world;
  const fixed = prng.chance(0.5) && world.peers().length > 0 ? prng.pick(world.peers()) : undefined;
  let before: LaneBatch | undefined;
  let newest: LaneBatch | undefined;

  function selected(batch: LaneBatch): Effect[] {
    const peers = world.peers();
    if (peers.length === 0) return [toSelf(world, { kind: "batch", batch })];
    const chosen: ValidatorKey = fixed ?? prng.pick(peers);
    if (newest !== undefined && newest.seq < batch.seq) before = newest;
    newest = batch;
    const others = peers.filter((key) => key !== chosen);
    world.act(`batch ${batch.seq} sent to one only`);
    const held: Effect[] = before === undefined ? [] : toEach(others, { kind: "batch", batch: before });
    return [...held, ...toEach([chosen], { kind: "batch", batch }), toSelf(world, { kind: "batch", batch })];
  }

  return {
    turn(_input, effects) {
      return effects.flatMap((effect): readonly Effect[] => {
        if (!isOutgoing(effect) || effect.message.kind !== "batch") return [effect];
        const { batch } = effect.message;
        if (!equalBytes(batch.lane, world.key)) return [effect];
        if (effect.kind === "broadcast") return selected(batch);
        return newest !== undefined && batch.seq >= newest.seq ? [] : [effect];
      });
    },
  };
}
