import { bytesToKey, Nanos } from "@touchmark/core";
import type { PeerKey } from "../input.ts";
import type { FinalityCertificate, LaneBatch, Message } from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import type { Delivery } from "./delivery.ts";
import type { Views } from "./views.ts";

/**
 * P-6: nothing that is sent once is sure to arrive, so what still matters is sent again every second; and who
 * speaks from an older view or height is told what has become of it.
 */
export class Resend {
  private readonly shared: Shared;
  private readonly delivery: Delivery;
  private readonly views: Views;
  /** The own votes and proposals of open heights, by kind and height. */
  private readonly votes = new Map<string, { readonly height: number; readonly message: Message }>();
  private newestBatch: LaneBatch | undefined;
  private lastAt: Nanos;
  private readonly answered = new Map<string, Nanos>();

  constructor(shared: Shared, delivery: Delivery, views: Views) {
    this.shared = shared;
    this.delivery = delivery;
    this.views = views;
    this.lastAt = shared.state.now;
  }

  /** An own message has gone out; a later one of its kind and height takes its place. */
  note(message: Message): void {
    if (message.kind === "batch") this.newestBatch = message.batch;
    else if (message.kind === "preprepare") this.keep(message, message.cut.height);
    else if (message.kind === "prepare" || message.kind === "commit" || message.kind === "final") {
      this.keep(message, message.height);
    }
  }

  private keep(message: Message, height: number): void {
    this.votes.set(`${message.kind}/${height}`, { height, message });
  }

  get nextAt(): Nanos {
    return Nanos.of(this.lastAt + this.shared.state.params.resendInterval);
  }

  tick(isBusy: () => boolean): boolean {
    const { state } = this.shared;
    if (state.now < this.nextAt) return false;
    this.lastAt = state.now;
    for (const [key, { height }] of this.votes) if (height <= state.finalHeight) this.votes.delete(key);
    if (state.viewActive && this.votes.size === 0 && !isBusy()) return false;
    for (const { message } of this.votes.values()) state.out.broadcast(message);
    const finality = this.delivery.highestKnown ?? state.finality;
    if (finality !== undefined) state.out.broadcast({ kind: "finality", finality });
    if (!state.viewActive && this.views.ownViewChange !== undefined)
      state.out.broadcast(this.views.ownViewChange);
    if (this.views.ownNewView?.view === state.view) state.out.broadcast(this.views.ownNewView);
    if (this.newestBatch !== undefined) state.out.broadcast({ kind: "batch", batch: this.newestBatch });
    return true;
  }

  /** Tells a peer that is behind what is final and which view was accepted; once a second for each. */
  answer(peer: PeerKey, epochEnd: FinalityCertificate | undefined): void {
    const { state } = this.shared;
    if (state.isSelf(peer)) return;
    const key = bytesToKey(peer);
    const last = this.answered.get(key);
    if (last !== undefined && state.now < last + state.params.resendInterval) return;
    this.answered.set(key, state.now);
    // A peer of an older epoch can only check what its own set signed.
    const finality = epochEnd ?? this.delivery.highestKnown ?? state.finality;
    if (finality !== undefined) state.out.send(peer, { kind: "finality", finality });
    if (state.viewActive && this.views.accepted !== undefined) state.out.send(peer, this.views.accepted);
  }

  reset(): void {
    this.votes.clear();
  }
}
