import type { Delivery } from "./agreement/delivery.ts";
import { Lane } from "./lanes/lane.ts";
import type { FinalityCertificate } from "./messages.ts";
import type { Shared } from "./replica-state.ts";

/** Ends of past epochs that are kept for those that are behind. */
const ENDS_KEPT = 64;

/**
 * E-1: the set changes only between epochs. The pipeline drains to the last height of the epoch; once that is
 * final, signed by the old set with the hash of the next one, the next one takes over.
 */
export class Epochs {
  private readonly shared: Shared;
  private readonly delivery: Delivery;
  private readonly ends = new Map<number, FinalityCertificate>();

  constructor(shared: Shared, delivery: Delivery) {
    this.shared = shared;
    this.delivery = delivery;
  }

  /** The certificate that ended an epoch: whoever is still in it can check it with its own set. */
  endOf(epoch: number): FinalityCertificate | undefined {
    return this.ends.get(epoch);
  }

  /** Starts the next epoch if this one is over. */
  turn(): boolean {
    const { state, lanes } = this.shared;
    const { finality, finalHeight, epochEnd, committee } = state;
    if (finalHeight !== epochEnd || finality === undefined) return false;
    const executed = state.executed.get(finalHeight);
    const keys = executed?.nextValidators ?? committee.keys;
    this.ends.set(committee.epoch, finality);
    if (this.ends.size > ENDS_KEPT) this.ends.delete(committee.epoch - ENDS_KEPT);
    for (const key of keys) lanes.admit(key, Lane.beginning(state.config.genesis.time));
    // S-5: by what the chain says, never by what this replica happened to see.
    for (const key of executed?.suspended ?? []) {
      const lane = lanes.get(key);
      if (lane !== undefined) lane.dead = true;
    }
    state.startEpoch(keys);
    this.delivery.epochStarted();
    return true;
  }
}
