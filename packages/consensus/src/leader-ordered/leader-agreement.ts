import { type Digest, Epoch, equalBytes, Height, type Nanos } from "@touchmark/core";
import type { Block } from "../block.ts";
import type { Committee, ValidatorIndex, ValidatorKey } from "../committee.ts";
import type { ReplicaConfig } from "../config.ts";
import type { Executed } from "../input.ts";
import type { Cut, FinalityCertificate } from "../messages.ts";
import type { Outbox } from "../outbox.ts";
import type { SignedOnce } from "../recovery.ts";
import { cutDigest, finalDigest, validatorsHash, voteDigest } from "../signing.ts";
import { createLeaderBatch, type Held } from "./leader-block.ts";
import type { LeaderChain } from "./leader-chain.ts";
import type { LeaderViews } from "./leader-views.ts";
import { Round } from "./round.ts";

/** There is one set of validators for ever. */
export const EPOCH = Epoch.of(0);
/** Votes of the height behind the open one are kept: others may be there already. */
const HEIGHTS_KEPT = 2;

/** A leader's own will: what of the content that waits goes into the next block, and in which order. */
export type Arrange = (waiting: readonly Held[], now: Nanos) => readonly Held[];

/** What the parts of a replica share. */
export interface LeaderParts {
  readonly config: ReplicaConfig;
  readonly committee: Committee;
  readonly chain: LeaderChain;
  readonly views: LeaderViews;
  readonly out: Outbox;
  readonly arrange: Arrange;
}

/** PBFT's normal case, one height at a time: propose, prepare, commit, deliver, and FINAL once executed. */
export class LeaderAgreement {
  now: Nanos;
  /** None: it follows, and signs nothing. */
  self: ValidatorIndex | undefined;
  finality: FinalityCertificate | undefined;
  executed: Executed | undefined;
  /** P-6: the own messages of this height and view. */
  spoken: SignedOnce[] = [];
  private readonly parts: LeaderParts;
  private readonly rounds = new Map<number, Round>();
  /** A height was delivered, or is final. */
  private readonly moved: () => void;

  constructor(parts: LeaderParts, moved: () => void) {
    this.parts = parts;
    this.moved = moved;
    this.now = parts.config.genesis.time;
  }

  get finalHeight(): number {
    return this.finality?.height ?? 0;
  }

  /** The one height that is open. */
  get open(): Height {
    return Height.of(this.finalHeight + 1);
  }

  /** The own key, as it stands in the set. */
  get ownKey(): ValidatorKey {
    return this.parts.committee.keyOf(this.self ?? this.parts.views.leader);
  }

  roundAt(height: number): Round | undefined {
    if (height <= this.finalHeight || height > this.finalHeight + HEIGHTS_KEPT) return undefined;
    const round = this.rounds.get(height) ?? new Round();
    this.rounds.set(height, round);
    return round;
  }

  digestOf(cut: Cut): Digest {
    return cutDigest(this.parts.config.chain, EPOCH, cut);
  }

  say(message: SignedOnce): void {
    this.spoken.push(message);
    this.parts.out.signedOnce(message);
  }

  /** Something waits that a leader should propose. */
  get isUseful(): boolean {
    return this.parts.chain.hasContent || this.isTimerDue;
  }

  private get isTimerDue(): boolean {
    const timer = this.executed?.nextTimerDue;
    return timer !== undefined && timer <= this.now;
  }

  /** Everything that has become possible, in the order in which one enables the next. */
  advance(): void {
    let height: number;
    do {
      height = this.finalHeight;
      const round = this.roundAt(this.open);
      if (round === undefined) return;
      this.prepare(round);
      this.commit(round);
      this.deliver(round);
      this.conclude(round);
    } while (this.finalHeight > height);
    this.propose();
  }

  /** P-2 with a window of one: the height before is final, and executed here. */
  private get mayVote(): boolean {
    const executed = this.executed?.height ?? 0;
    return this.self !== undefined && this.parts.views.isLed && executed >= this.finalHeight;
  }

  private propose(): void {
    const { config, views, out } = this.parts;
    const { view } = views;
    const round = this.roundAt(this.open);
    const leads = this.mayVote && views.leader === this.self;
    if (!leads || round === undefined || round.proposedIn >= view) return;
    const cut = views.chosenAt(this.open)?.cut ?? this.createCut();
    if (cut === undefined) return;
    round.proposedIn = view;
    const { height } = cut;
    const digest = this.digestOf(cut);
    const at = { epoch: EPOCH, view, height, digest };
    const signature = config.signer.sign(voteDigest(config.chain, "preprepare", at));
    this.say({ kind: "preprepare", epoch: EPOCH, view, cut, parentCertificate: undefined, signature });
    out.observe({ kind: "proposed", view, height, digest });
  }

  /** A new block in the leader's own order. */
  private createCut(): Cut | undefined {
    const { config, chain, out, arrange } = this.parts;
    if (chain.tip.height !== this.finalHeight) return undefined;
    const next = arrange(chain.takeNext(), this.now);
    if (next.length === 0 && !this.isTimerDue) return undefined;
    const { batch, cut } = createLeaderBatch(config, EPOCH, this.ownKey, chain.tip, next, this.now);
    chain.addBatch(batch);
    out.persist({ kind: "batch", batch });
    out.broadcast({ kind: "batch", batch });
    return cut;
  }

  private prepare(round: Round): void {
    const { views } = this.parts;
    const cut = round.proposals.get(views.view)?.cut;
    if (cut === undefined || !this.mayVote || round.preparedIn >= views.view) return;
    const digest = this.digestOf(cut);
    // A height that was delivered here already is voted for again as it was.
    const isGood =
      round.block === undefined ? this.isTimely(round, cut) : equalBytes(round.block.digest, digest);
    if (!isGood || !views.allows(cut.height, digest)) return;
    round.preparedIn = views.view;
    this.vote("prepare", cut.height, digest);
  }

  private isTimely(round: Round, cut: Cut): boolean {
    if (!this.isHeld(round, cut)) return false;
    const batch = this.parts.chain.batchUnder(cut);
    return batch !== undefined && this.parts.chain.isTimely(batch);
  }

  private vote(kind: "prepare" | "commit", height: Height, digest: Digest): void {
    const { config, views } = this.parts;
    if (this.self === undefined) return;
    const at = { epoch: EPOCH, view: views.view, height, digest };
    const signature = config.signer.sign(voteDigest(config.chain, kind, at));
    this.say({ kind, ...at, validator: this.self, signature });
  }

  /** Whether the batch under the cut and all of its content are here; what isn't is asked for. */
  private isHeld(round: Round, cut: Cut): boolean {
    const { config, committee, chain, views, out } = this.parts;
    const batch = chain.batchUnder(cut);
    const missing = batch === undefined ? [] : chain.missingOf(batch);
    if (batch !== undefined && missing.length === 0) {
      out.persist({ kind: "batch", batch });
      out.persist({ kind: "cut", epoch: EPOCH, cut });
      return true;
    }
    const { soughtAt } = round;
    if (soughtAt !== undefined && this.now < soughtAt + config.params.fetchAfter) return false;
    round.soughtAt = this.now;
    const [tip] = cut.tips;
    const lane = committee.keyOf(views.leader);
    if (missing.length > 0) out.fetch(missing, [lane, ...committee.keys]);
    else if (tip !== undefined) {
      out.broadcast({ kind: "askBatches", batches: [{ above: tip.seq, name: { lane, ...tip } }] });
    }
    return false;
  }

  private commit(round: Round): void {
    const { committee, views, out } = this.parts;
    const { view } = views;
    if (round.committedIn >= view || !views.isLed || this.self === undefined) return;
    const quorum = round.prepares.quorum(committee, view, committee.quorum);
    const cut = quorum === undefined ? undefined : round.cutOf(quorum.digest);
    if (quorum === undefined || cut === undefined) return;
    const { digest, signers } = quorum;
    const certificate = { epoch: EPOCH, view, height: cut.height, digest, signers };
    round.prepared = { cut, certificate };
    round.committedIn = view;
    out.persist({ kind: "cut", epoch: EPOCH, cut });
    out.persist({ kind: "certificate", certificate });
    this.vote("commit", cut.height, digest);
  }

  private deliver(round: Round): void {
    const { committee, chain, views, out } = this.parts;
    if (round.block !== undefined) return;
    const committed = round.commits.quorum(committee, views.view, committee.quorum)?.digest;
    const digest = round.finality?.digest ?? committed;
    const cut = digest === undefined ? undefined : round.cutOf(digest);
    if (digest === undefined || cut === undefined || !this.isHeld(round, cut)) return;
    const batch = chain.batchUnder(cut);
    if (batch === undefined) return;
    round.block = chain.deliver(cut, digest, batch);
    out.push({ kind: "deliver", block: round.block });
    this.moved();
  }

  /** FINAL once executed; the next height once q said the same. */
  private conclude(round: Round): void {
    const { committee, chain, out } = this.parts;
    const { block, executed } = round;
    if (block === undefined) return;
    if (executed !== undefined && !round.saidFinal && this.self !== undefined) {
      round.saidFinal = true;
      this.sayFinal(block, executed, this.self);
    }
    const finality = round.finality ?? round.finals.certificate(committee.quorum);
    const batch = chain.batchOf(block.cut.tips[0]?.digest ?? block.digest);
    if (finality === undefined || batch === undefined) return;
    out.persist({ kind: "finality", finality });
    out.push({ kind: "final", height: block.height, finality });
    chain.settle({ cut: block.cut, batch, finality });
    this.rounds.delete(block.height);
    this.finality = finality;
    this.spoken = [];
    this.moved();
  }

  private sayFinal(block: Block, executed: Executed, validator: ValidatorIndex): void {
    const { chain, signer } = this.parts.config;
    const { digest, height, blockHash } = block;
    const nextValidatorsHash = validatorsHash(chain, EPOCH, this.parts.committee.keys);
    const { stateRoot } = executed;
    const body = {
      epoch: EPOCH,
      height,
      digest,
      blockHash,
      stateRoot,
      nextValidatorsHash,
      liveHash: undefined,
    };
    this.say({ kind: "final", ...body, validator, signature: signer.sign(finalDigest(chain, body)) });
  }
}
