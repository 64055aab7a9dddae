import { Height } from "@touchmark/core";
import type { Delivery } from "../agreement/delivery.ts";
import type { Instances } from "../agreement/instance.ts";
import type { OpenChain } from "../agreement/open-chain.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Requests } from "./requests.ts";

/** Blocks asked for at once. */
const BLOCKS_AHEAD = 8;

/**
 * Y-1: final heights that the others have and this replica doesn't are fetched, a few at a time. While it
 * fetched, the others went on; so when it has all that it knew of, it asks for the next one too. Otherwise it
 * would hear of nothing that it can use until somebody sends a certificate again, and give the view up.
 */
export class CatchUp {
  private readonly state: ReplicaState;
  private readonly open: OpenChain;
  private readonly instances: Instances;
  private readonly delivery: Delivery;
  private readonly requests: Requests;
  private isBehind = false;

  constructor(parts: {
    readonly state: ReplicaState;
    readonly open: OpenChain;
    readonly instances: Instances;
    readonly delivery: Delivery;
    readonly requests: Requests;
  }) {
    this.state = parts.state;
    this.open = parts.open;
    this.instances = parts.instances;
    this.delivery = parts.delivery;
    this.requests = parts.requests;
  }

  tick(): void {
    const { height } = this.state.delivered;
    const known = this.delivery.highestKnown?.height ?? 0;
    if (known <= height) {
      if (this.isBehind) this.requests.nextBlock(Height.of(height + 1));
      this.isBehind = false;
      return;
    }
    // One height behind is what everyone is who has just heard the certificate.
    if (known > height + 1) this.isBehind = true;
    const last = Math.min(known, height + BLOCKS_AHEAD);
    for (let wanted = height + 1; wanted <= last; wanted++) {
      const instance = this.instances.find(wanted);
      const digest = instance?.finality?.digest ?? instance?.committed?.digest;
      const isHeld = digest !== undefined && this.open.find(digest) !== undefined;
      if (!isHeld) this.requests.block(Height.of(wanted));
    }
  }
}
