import { type Digest, View } from "@touchmark/core";
import type { ValidatorIndex } from "../committee.ts";
import type { MessageOf, ViewChange } from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import { newViewDigest, viewChangeDigest } from "../signing.ts";
import type { Delivery } from "./delivery.ts";
import type { OpenChain } from "./open-chain.ts";
import { chooseForView, claimOf, sameChoice } from "./view-choice.ts";
import type { Voting } from "./voting.ts";

type NewView = MessageOf<"newView">;

export interface ViewListener {
  /** The own VIEW-CHANGE went out. */
  left(): void;
  /** The NEW-VIEW of this view was accepted. */
  entered(): void;
}

/**
 * View change. A replica that gives a view up says so with all that it holds certified; the next leader
 * shows q of these, and everyone computes from them what the new view must propose again (P-4).
 */
export class Views {
  private readonly shared: Shared;
  private readonly open: OpenChain;
  private readonly delivery: Delivery;
  private readonly listener: ViewListener;
  /** P-5: per validator only the highest claim. */
  private readonly claims = new Map<ValidatorIndex, ViewChange>();
  private chosen = new Map<number, Digest>();
  /** The NEW-VIEW of the present view; none in view 0. */
  accepted: NewView | undefined;
  ownViewChange: MessageOf<"viewChange"> | undefined;
  ownNewView: NewView | undefined;

  constructor(shared: Shared, open: OpenChain, delivery: Delivery, listener: ViewListener) {
    this.shared = shared;
    this.open = open;
    this.delivery = delivery;
    this.listener = listener;
  }

  /** P-4: what this view must propose again at the height. */
  chosenAt(height: number): Digest | undefined {
    return this.chosen.get(height);
  }

  /** P-5: how many validators claim this view or a higher one. */
  private claimants(view: number): number {
    let count = 0;
    for (const claim of this.claims.values()) if (claim.view >= view) count++;
    return count;
  }

  /** P-5: whether a quorum has left for this view, so that the timer towards the next one may start. */
  get quorumHasLeft(): boolean {
    const { state } = this.shared;
    return this.claimants(state.view) >= state.committee.quorum;
  }

  /** Gives the present view up for a later one. */
  leaveFor(view: View, why: string, voting: Voting): void {
    const { state } = this.shared;
    if (view <= state.view || state.halted) return;
    state.view = view;
    state.viewActive = false;
    this.chosen.clear();
    state.out.observe({ kind: "viewChange", view, why });
    if (state.self !== undefined) this.sendViewChange(state.self, voting);
    this.listener.left();
  }

  private sendViewChange(self: ValidatorIndex, voting: Voting): void {
    const { state } = this.shared;
    const body = {
      epoch: state.committee.epoch,
      view: state.view,
      finality: this.delivery.highestKnown ?? state.finality,
      prepared: voting.prepared,
    };
    const signature = state.signer.sign(viewChangeDigest(state.chain, body));
    const message = { kind: "viewChange" as const, ...body, validator: self, signature };
    this.ownViewChange = message;
    state.out.signedOnce(message);
  }

  onViewChange(message: ViewChange, voting: Voting): void {
    const { state } = this.shared;
    this.adoptCertificates(message, voting);
    const known = this.claims.get(message.validator);
    if (known !== undefined && known.view >= message.view) return;
    this.claims.set(message.validator, message);
    // P-5: f+1 claims contain a correct one; no bound on the jump, or a replica from far back never catches up.
    const claim = claimOf(
      [...this.claims.values()].map((it) => it.view),
      state.committee.f + 1,
    );
    if (claim !== undefined && claim > state.view) {
      const view = state.rules.agreement.viewOnClaims(claim, state.view);
      this.leaveFor(View.of(view), "P-5 CLAIMS", voting);
    }
    this.lead();
  }

  private adoptCertificates(message: ViewChange, voting: Voting): void {
    if (message.finality !== undefined) this.delivery.adoptFinality(message.finality);
    for (const { cut, certificate } of message.prepared) {
      if (cut.height <= this.shared.state.delivered.height) continue;
      this.open.add(cut, certificate.digest);
      voting.adoptCertificate(certificate);
    }
  }

  /** P-4: the leader of the view that is awaited starts it, once q have left for exactly that view. */
  private lead(): void {
    const { state } = this.shared;
    if (state.viewActive || !state.isLeader || this.ownNewView?.view === state.view) return;
    const changes = [...this.claims.values()]
      .filter((it) => it.view === state.view)
      .sort((a, b) => a.validator - b.validator)
      .slice(0, state.committee.quorum);
    if (changes.length < state.committee.quorum) return;
    const { chosen } = chooseForView(changes, state.config.genesis.digest);
    const body = {
      epoch: state.committee.epoch,
      view: state.view,
      viewChanges: changes,
      chosen: chosen.map((it) => ({ height: it.cut.height, digest: it.certificate.digest })),
    };
    const signature = state.signer.sign(newViewDigest(state.chain, body));
    const message: NewView = { kind: "newView", ...body, signature };
    this.ownNewView = message;
    state.out.signedOnce(message);
  }

  onNewView(message: NewView, voting: Voting): void {
    const { state } = this.shared;
    if (message.view < state.view || (message.view === state.view && state.viewActive)) return;
    const choice = chooseForView(message.viewChanges, state.config.genesis.digest);
    // P-4: everyone computes it again; a leader that chose otherwise is ignored.
    if (!sameChoice(message.chosen, choice.chosen)) {
      state.out.observe({ kind: "ignored", message: "newView", why: "P-4 CHOICE" });
      return;
    }
    for (const change of message.viewChanges) this.adoptCertificates(change, voting);
    this.accept(message);
    state.out.persist({ kind: "acceptedView", newView: message });
    state.out.observe({ kind: "newView", view: message.view });
    this.listener.entered();
  }

  /** Takes the view over as it stands in an accepted NEW-VIEW: from a peer, or from the log. */
  accept(message: NewView): void {
    const { state } = this.shared;
    state.view = message.view;
    state.viewActive = true;
    this.accepted = message;
    this.chosen = new Map(message.chosen.map((it) => [it.height, it.digest]));
  }

  /** E-1: views start at 0 in each epoch. */
  reset(): void {
    this.claims.clear();
    this.chosen.clear();
    this.accepted = undefined;
    this.ownViewChange = undefined;
    this.ownNewView = undefined;
    this.shared.state.view = View.of(0);
    this.shared.state.viewActive = true;
  }
}
