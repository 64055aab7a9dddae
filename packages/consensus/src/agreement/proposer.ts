import { type Digest, Height, Nanos } from "@touchmark/core";
import type { Cut, MessageOf, PrepareCertificate } from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import { cutDigest, voteDigest } from "../signing.ts";
import type { Requests } from "../sync/requests.ts";
import type { Delivery } from "./delivery.ts";
import type { Instances } from "./instance.ts";
import type { Candidate, OpenChain } from "./open-chain.ts";
import { isUseful } from "./usefulness.ts";
import type { Views } from "./views.ts";

interface Ground {
  readonly height: Height;
  readonly parent: Digest;
  readonly certificate: PrepareCertificate | undefined;
}

/** The leader's part: first what the view change chose (P-4), then a new cut whenever one is useful (O-5). */
export class Proposer {
  private readonly shared: Shared;
  private readonly open: OpenChain;
  private readonly instances: Instances;
  private readonly views: Views;
  private readonly delivery: Delivery;
  private readonly requests: Requests;
  /** The own PRE-PREPAREs of this view, by height; after a restart too (P-7). */
  private readonly proposed = new Map<number, MessageOf<"preprepare">>();
  private lastAt: Nanos | undefined;

  constructor(parts: {
    readonly shared: Shared;
    readonly open: OpenChain;
    readonly instances: Instances;
    readonly views: Views;
    readonly delivery: Delivery;
    readonly requests: Requests;
  }) {
    this.shared = parts.shared;
    this.open = parts.open;
    this.instances = parts.instances;
    this.views = parts.views;
    this.delivery = parts.delivery;
    this.requests = parts.requests;
  }

  /** What the leader has proposed in this view and may have to send again. */
  get sent(): Iterable<MessageOf<"preprepare">> {
    return this.proposed.values();
  }

  restore(message: MessageOf<"preprepare">): void {
    this.proposed.set(message.cut.height, message);
  }

  enterView(): void {
    this.proposed.clear();
    this.lastAt = undefined;
  }

  proposeReady(): void {
    const { state } = this.shared;
    if (!state.isLeader || !state.viewActive || state.halted) return;
    for (const height of this.proposed.keys()) if (height <= state.finalHeight) this.proposed.delete(height);
    const ground = this.ground();
    if (ground === undefined) return;
    const chosen = this.views.chosenAt(ground.height);
    if (chosen !== undefined) {
      const cut = this.open.find(chosen)?.cut ?? this.delivery.blockAt(ground.height)?.cut;
      if (cut !== undefined) this.propose(cut, ground.certificate);
      return;
    }
    const candidate = this.candidate(ground);
    if (candidate !== undefined) this.propose(candidate.cut, ground.certificate);
  }

  /** The lowest height not proposed in this view, if what lies below it is certified in this view (P-1). */
  private ground(): Ground | undefined {
    const { state } = this.shared;
    const { base } = this.delivery;
    let height = Height.of(base.height + 1);
    let parent = base.digest;
    let certificate: PrepareCertificate | undefined;
    while (state.windowOpen(height)) {
      const known = this.instances.find(height)?.certificates.ofView(state.view);
      if (known === undefined) {
        return this.proposed.has(height) ? undefined : { height, parent, certificate };
      }
      certificate = known;
      parent = known.digest;
      height = Height.of(height + 1);
    }
    return undefined;
  }

  private candidate(ground: Ground): Candidate | undefined {
    const { state } = this.shared;
    const candidate = this.open.candidate(ground.height, ground.parent);
    if (candidate === undefined) return undefined;
    if (!("cut" in candidate)) {
      for (const record of candidate) this.requests.content(record, [], state.params.fetchAfter);
      return undefined;
    }
    const { point, tipsAdvance } = candidate;
    if (isUseful(state, point, tipsAdvance) && this.isTime(ground.height, point.full)) return candidate;
    this.open.discard(point);
    return undefined;
  }

  /** O-5: at once while no height is open, else at a pace, unless the block is full. */
  private isTime(height: number, isFull: boolean): boolean {
    const { state } = this.shared;
    if (height === state.delivered.height + 1 || isFull || this.lastAt === undefined) return true;
    return state.now >= this.lastAt + state.params.proposalInterval;
  }

  /** O-5: when the pace allows the next proposal. */
  get nextAt(): Nanos | undefined {
    const { state } = this.shared;
    if (!state.isLeader || !state.viewActive || this.lastAt === undefined) return undefined;
    const at = Nanos.of(this.lastAt + state.params.proposalInterval);
    return at > state.now ? at : undefined;
  }

  private propose(cut: Cut, parentCertificate: PrepareCertificate | undefined): void {
    const { state } = this.shared;
    const { epoch } = state.committee;
    const { view } = state;
    const digest = cutDigest(state.chain, epoch, cut);
    const at = { epoch, view, height: cut.height, digest };
    const signature = state.signer.sign(voteDigest(state.chain, "preprepare", at));
    const message = { kind: "preprepare" as const, epoch, view, cut, parentCertificate, signature };
    this.proposed.set(cut.height, message);
    this.lastAt = state.now;
    state.out.observe({ kind: "proposed", view, height: cut.height, digest });
    state.out.signedOnce(message);
  }
}
