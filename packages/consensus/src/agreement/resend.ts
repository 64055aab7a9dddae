import { bytesToKey, Height, Nanos, View } from "@touchmark/core";
import type { PeerKey } from "../input.ts";
import type { FinalityCertificate, LaneBatch, Message, MessageOf } from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import type { Delivery } from "./delivery.ts";
import type { Views } from "./views.ts";

interface Answered {
  readonly at: Nanos;
  /** Of the peer. */
  readonly epoch: number;
}

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
  private isNewEpoch = false;
  private readonly answered = new Map<string, Answered>();

  constructor(shared: Shared, delivery: Delivery, views: Views) {
    this.shared = shared;
    this.delivery = delivery;
    this.views = views;
    this.lastAt = shared.state.now;
  }

  /** An own message has gone out; a later one of its kind and height takes its place. */
  note(message: Message): void {
    // S-3: whoever lost a part of its log says nothing of what it finds in the rest, for it may not have said it.
    if (this.shared.state.observing) return;
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
    const before = state.now - state.params.resendInterval;
    for (const [peer, { at }] of this.answered) if (at <= before) this.answered.delete(peer);
    for (const [key, { height }] of this.votes) if (height <= state.finalHeight) this.votes.delete(key);
    // A follower is told nothing that it could not check, so it always asks.
    const isQuiet = state.self !== undefined && state.viewActive && this.votes.size === 0 && !isBusy();
    if (isQuiet && !this.isNewEpoch) return false;
    this.isNewEpoch = false;
    const { isResent, repeatsNewView } = state.rules.agreement;
    for (const { message } of this.votes.values()) if (isResent(message.kind)) state.out.broadcast(message);
    const finality = this.delivery.highestKnown ?? state.finality;
    if (finality !== undefined) state.out.broadcast({ kind: "finality", finality });
    if (state.observing) return true;
    if (!state.viewActive && this.views.ownViewChange !== undefined)
      state.out.broadcast(this.views.ownViewChange);
    if (repeatsNewView && this.views.ownNewView?.view === state.view)
      state.out.broadcast(this.views.ownNewView);
    if (this.newestBatch !== undefined && isResent("batch"))
      state.out.broadcast({ kind: "batch", batch: this.newestBatch });
    return true;
  }

  /** S-7; and while nothing happens this alone shows who has missed the end of what did. */
  ping(): void {
    const { state, clocks } = this.shared;
    const nonce = this.pings ? clocks.pingDue(state.now) : undefined;
    if (nonce === undefined) return;
    const { epoch } = state.committee;
    // The view that it is in, not the one that it awaits.
    const view = state.viewActive ? state.view : View.of(state.view - 1);
    const height = Height.of(this.delivery.heightKnown);
    state.out.broadcast({ kind: "ping", nonce, epoch, view, height });
  }

  get nextPing(): Nanos | undefined {
    return this.pings ? this.shared.clocks.nextPing : undefined;
  }

  private get pings(): boolean {
    const { state } = this.shared;
    return state.committee.n > 1 || state.self === undefined;
  }

  /** Whether the sender of a ping doesn't know what is final here, or which view was accepted. */
  isBehind({ epoch, view, height }: MessageOf<"ping">): boolean {
    const { state } = this.shared;
    if (epoch !== state.committee.epoch) return epoch < state.committee.epoch;
    return height < this.delivery.heightKnown || (state.viewActive && view < state.view);
  }

  /**
   * Tells a peer that is behind what is final and which view was accepted: once a second for each, and once
   * more for each epoch that it has come through meanwhile.
   */
  answer(peer: PeerKey, epoch: number, epochEnd: FinalityCertificate | undefined): void {
    const { state } = this.shared;
    if (state.isSelf(peer)) return;
    const key = bytesToKey(peer);
    const last = this.answered.get(key);
    const isRecent = last !== undefined && state.now < last.at + state.params.resendInterval;
    if (isRecent && epoch <= last.epoch) return;
    this.answered.set(key, { at: state.now, epoch });
    // A peer of an older epoch can only check what its own set signed.
    const finality = epochEnd ?? this.delivery.highestKnown ?? state.finality;
    if (finality !== undefined) state.out.send(peer, { kind: "finality", finality });
    const { accepted } = this.views;
    // A NEW-VIEW is the largest message by far: only who votes gets it for the asking.
    const isVoter = state.committee.indexOf(peer) !== undefined;
    if (isVoter && state.viewActive && accepted !== undefined && state.rules.agreement.repeatsNewView)
      state.out.send(peer, accepted);
  }

  /** E-1: whoever comes through an epoch long after the others asks at once for the end of the next one. */
  reset(): void {
    this.votes.clear();
    this.lastAt = Nanos.of(0n);
    this.isNewEpoch = true;
  }
}
