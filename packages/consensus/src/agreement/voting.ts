import { bytesToKey, type Digest, equalBytes, Height } from "@touchmark/core";
import type { Sightings } from "../lanes/sightings.ts";
import type { Cut, PrepareCertificate, Vote } from "../messages.ts";
import type { OrderPoint } from "../order/order-point.ts";
import type { Shared } from "../replica-state.ts";
import { cutDigest, voteDigest } from "../signing.ts";
import type { Requests } from "../sync/requests.ts";
import type { Delivery } from "./delivery.ts";
import type { Inclusion } from "./inclusion.ts";
import type { Instance, Instances, Proposal } from "./instance.ts";
import type { OpenChain, OpenCut } from "./open-chain.ts";
import type { AgreementRules } from "./rules.ts";
import { isUseful } from "./usefulness.ts";
import type { Views } from "./views.ts";

/**
 * Votes on the order of open heights. Upon a PRE-PREPARE of the view's leader: PREPARE, if the cut is valid
 * and worth it. Upon q PREPAREs: COMMIT. Upon q COMMITs: the height is committed.
 */
export class Voting {
  private readonly shared: Shared;
  private readonly open: OpenChain;
  private readonly instances: Instances;
  private readonly delivery: Delivery;
  private readonly inclusion: Inclusion;
  private readonly requests: Requests;
  private readonly sightings: Sightings;
  private readonly views: Views;
  private readonly rules: AgreementRules;
  /** P-7: cuts and certificates that are in the log already. */
  private readonly persisted = new Map<string, number>();

  constructor(parts: {
    readonly shared: Shared;
    readonly open: OpenChain;
    readonly instances: Instances;
    readonly delivery: Delivery;
    readonly inclusion: Inclusion;
    readonly requests: Requests;
    readonly sightings: Sightings;
    readonly views: Views;
  }) {
    this.shared = parts.shared;
    this.open = parts.open;
    this.instances = parts.instances;
    this.delivery = parts.delivery;
    this.inclusion = parts.inclusion;
    this.requests = parts.requests;
    this.sightings = parts.sightings;
    this.views = parts.views;
    this.rules = parts.shared.state.rules.agreement;
  }

  /** P-6: heights in (final, final + 2W] are kept, others are not. */
  private isKept(height: number): boolean {
    const { finalHeight, params } = this.shared.state;
    return height > finalHeight && height <= finalHeight + 2 * params.window;
  }

  onPreprepare(message: Proposal["message"]): void {
    const { state } = this.shared;
    if (!this.isKept(message.cut.height)) return;
    const digest = cutDigest(state.chain, message.epoch, message.cut);
    const leader = state.committee.leaderOf(message.view);
    const proposal: Proposal = { message, digest, arrivedAt: state.now, refused: undefined };
    const added = this.instances.at(message.cut.height).addProposal(leader, proposal);
    if (added === "older") return;
    this.open.add(message.cut, digest);
    if (added === "replaced") this.forgetReplaced();
    if (message.parentCertificate !== undefined) this.adoptCertificate(message.parentCertificate);
    if (message.view === state.view) this.inclusion.seen(message.cut);
  }

  /** P-6: cuts that only replaced PRE-PREPAREs and certificates have named are of no use to anybody. */
  private forgetReplaced(): void {
    const { view } = this.shared.state;
    for (const instance of this.instances.all) instance.certificates.forgetBelow(view);
    this.open.retain(({ cut, digest }) => {
      const chosen = this.views.chosenAt(cut.height);
      if (chosen !== undefined && equalBytes(chosen, digest)) return true;
      return this.instances.find(cut.height)?.names(digest) === true;
    });
  }

  onVote(vote: Vote): void {
    if (!this.isKept(vote.height)) return;
    const instance = this.instances.at(vote.height);
    const ballot = vote.kind === "prepare" ? instance.prepares : instance.commits;
    if (!ballot.add(vote)) return;
    const { committee } = this.shared.state;
    const quorum = ballot.quorum(committee, vote.view, this.rules.quorum(committee));
    if (quorum === undefined) return;
    const { epoch, view, height } = vote;
    if (vote.kind === "prepare") this.adoptCertificate({ epoch, view, height, ...quorum });
    else if (instance.committed === undefined) instance.committed = { digest: quorum.digest, view };
  }

  adoptCertificate(certificate: PrepareCertificate): void {
    if (certificate.epoch !== this.shared.state.committee.epoch || !this.isKept(certificate.height)) return;
    const instance = this.instances.at(certificate.height);
    if (!instance.certificates.add(certificate)) return;
    if (this.open.find(certificate.digest) === undefined) {
      const from = certificate.signers.map((it) => this.shared.state.committee.keyOf(it.validator));
      this.requests.cut(certificate.height, certificate.digest, from);
    }
    this.shared.state.out.observe({ kind: "prepared", view: certificate.view, height: certificate.height });
  }

  /** Votes on every open height for which the time has come, lowest first. */
  voteReady(): void {
    const { state } = this.shared;
    if (state.self === undefined || !state.viewActive || state.halted) return;
    for (let height = this.delivery.base.height + 1; state.windowOpen(height); height++) {
      const instance = this.instances.find(height);
      if (instance === undefined) continue;
      this.prepare(instance);
      this.commit(instance);
    }
  }

  /**
   * P-1: the certificates of this view from the last final height up to below this one, on one chain that
   * ends at `parent`; certificates of other views won't do, since a view that never saw them may have
   * certified something else there.
   */
  private chainBelow(height: number, parent: Digest): readonly PrepareCertificate[] | undefined {
    const { base } = this.delivery;
    const chain: PrepareCertificate[] = [];
    let expected: Digest = parent;
    for (let h = height - 1; h > base.height; h--) {
      const certificate = this.rules.certificateOf(
        this.instances.find(h)?.certificates,
        this.shared.state.view,
      );
      if (certificate === undefined || !equalBytes(certificate.digest, expected)) return undefined;
      const cut = this.cutOf(Height.of(h), certificate.digest);
      if (cut === undefined) return undefined;
      chain.push(certificate);
      expected = cut.parent;
    }
    return equalBytes(expected, base.digest) ? chain.reverse() : undefined;
  }

  private cutOf(height: Height, digest: Digest): Cut | undefined {
    return this.open.find(digest)?.cut ?? this.deliveredCut(height, digest);
  }

  private prepare(instance: Instance): void {
    const { state } = this.shared;
    if (instance.preparedIn !== undefined && instance.preparedIn >= state.view) return;
    const proposal = instance.proposalOf(state.committee.leaderOf(state.view), state.view);
    if (proposal === undefined || proposal.refused !== undefined) return;
    const { cut } = proposal.message;
    if (this.rules.isChained && this.chainBelow(instance.height, cut.parent) === undefined) return;
    const open = this.open.add(cut, proposal.digest);
    const chosen = this.views.chosenAt(instance.height);
    if (chosen !== undefined && !equalBytes(chosen, proposal.digest)) {
      this.refuse(proposal, "P-4 NOT THE CHOSEN CUT");
      return;
    }
    if (!this.isAcceptable(open, proposal, chosen !== undefined)) return;
    this.persistCut(cut, open.key);
    instance.preparedIn = state.view;
    this.sign("prepare", instance, proposal.digest);
  }

  private isAcceptable(open: OpenCut, proposal: Proposal, isChosen: boolean): boolean {
    const { height } = open.cut;
    // P-4: what was delivered here and isn't final yet comes again after a view change.
    if (height <= this.shared.state.delivered.height) {
      return this.deliveredCut(height, proposal.digest) !== undefined;
    }
    const point = this.judge(open, proposal);
    if (point === undefined) return false;
    // V: a cut that comes again with a PC was judged by q validators before.
    return isChosen || this.isWorthIt(open, point, proposal);
  }

  private refuse(proposal: Proposal, why: string): void {
    proposal.refused = why;
    const { view, cut } = proposal.message;
    this.shared.state.out.observe({ kind: "refusedCut", view, height: cut.height, why });
  }

  /** C-1 … C-3 and V-1; what is missing is asked for, of the leader first. */
  private judge(open: OpenCut, proposal: Proposal): OrderPoint | undefined {
    const { state } = this.shared;
    const leader = state.committee.keyOf(state.committee.leaderOf(state.view));
    const evaluation = this.open.evaluate(open);
    switch (evaluation.kind) {
      case "ready":
        return evaluation.point;
      case "invalid":
        this.refuse(proposal, evaluation.why);
        return undefined;
      case "needsBatches":
        this.requests.batches(evaluation.names, [leader]);
        return undefined;
      case "needsContent":
        for (const record of evaluation.records) {
          this.requests.content(record, [leader, ...this.sightings.ownersOf(record)], 0n);
        }
        return undefined;
      case "needsParent":
        return undefined;
    }
  }

  /** V-2 and V-3. */
  private isWorthIt(open: OpenCut, point: OrderPoint, proposal: Proposal): boolean {
    const { state } = this.shared;
    const lane = this.inclusion.shortfall(open, point, proposal.arrivedAt);
    if (lane !== undefined) {
      const index = state.committee.indexOf(lane);
      this.refuse(proposal, `V-2 lane ${index}`);
      return false;
    }
    if (!this.rules.isFreshEnough(state.now - point.horizon)) {
      this.refuse(proposal, "TOO OLD");
      return false;
    }
    return isUseful(state, point, open.tipsAdvance);
  }

  private commit(instance: Instance): void {
    const { state } = this.shared;
    if (instance.committedIn !== undefined && instance.committedIn >= state.view) return;
    const certificate = instance.certificates.ofView(state.view);
    if (certificate === undefined) return;
    const cut = this.cutOf(instance.height, certificate.digest);
    if (cut === undefined) return;
    const chain = this.chainBelow(instance.height, cut.parent);
    if (this.rules.isChained && chain === undefined) return;
    // P-7: with a COMMIT at h, the PC and cut of every height from the last final one up to h.
    for (const it of [...(chain ?? []), certificate]) this.persistCertified(it);
    instance.committedIn = state.view;
    this.sign("commit", instance, certificate.digest);
  }

  private deliveredCut(height: Height, digest: Digest): Cut | undefined {
    const block = this.delivery.blockAt(height);
    return block !== undefined && equalBytes(block.digest, digest) ? block.cut : undefined;
  }

  private persistCertified(certificate: PrepareCertificate): void {
    const cut = this.cutOf(certificate.height, certificate.digest);
    if (cut !== undefined) this.persistCut(cut, bytesToKey(certificate.digest));
    const key = `${certificate.view}/${bytesToKey(certificate.digest)}`;
    if (this.persisted.has(key)) return;
    this.persisted.set(key, certificate.height);
    this.shared.state.out.persist({ kind: "certificate", certificate });
  }

  private persistCut(cut: Cut, key: string): void {
    if (this.persisted.has(key)) return;
    this.persisted.set(key, cut.height);
    this.shared.state.out.persist({ kind: "cut", epoch: this.shared.state.committee.epoch, cut });
  }

  private sign(kind: "prepare" | "commit", instance: Instance, digest: Digest): void {
    const { state } = this.shared;
    const { self } = state;
    if (self === undefined) return;
    const at = { epoch: state.committee.epoch, view: state.view, height: instance.height, digest };
    const signature = state.signer.sign(voteDigest(state.chain, kind, at));
    state.out.signedOnce({ kind, ...at, validator: self, signature });
  }

  /** P-4: every PC above the last final height, with its cut, of lower views than this one. */
  get prepared(): readonly { cut: Cut; certificate: PrepareCertificate }[] {
    const { state } = this.shared;
    // From the highest certificate held, not from what is executed: after a restart execution is far behind it.
    const from = this.rules.carriesAboveHeld ? this.delivery.base.height : state.finalHeight;
    const prepared: { cut: Cut; certificate: PrepareCertificate }[] = [];
    for (let height = from + 1; height <= from + state.params.window; height++) {
      const certificate = this.instances.find(height)?.certificates.highestBelow(state.view);
      if (certificate === undefined) continue;
      const cut = this.cutOf(Height.of(height), certificate.digest);
      if (cut !== undefined) prepared.push({ cut, certificate });
    }
    return prepared;
  }

  forgetPersisted(): void {
    this.persisted.clear();
  }

  /** What is final is voted on no more. */
  forgetFinal(height: Height): void {
    for (const [key, of] of this.persisted) if (of <= height) this.persisted.delete(key);
  }
}
