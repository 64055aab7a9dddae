import { bytesToKey, type Height, Nanos, View } from "@touchmark/core";
import { Committee } from "../committee.ts";
import type { ReplicaConfig } from "../config.ts";
import type { Effect } from "../effect.ts";
import type { Executed, Input, PeerKey, StateMachine, TransactionFacts } from "../input.ts";
import type { FinalityCertificate, LaneBatch, MessageOf, Verified, Vote } from "../messages.ts";
import { Outbox } from "../outbox.ts";
import type { DurableRecord, SignedOnce } from "../recovery.ts";
import { type Arrange, EPOCH, LeaderAgreement } from "./leader-agreement.ts";
import { createRelay, RELAY } from "./leader-block.ts";
import { LeaderChain } from "./leader-chain.ts";
import { restoreLog } from "./leader-log.ts";
import { LeaderViews } from "./leader-views.ts";

/**
 * Leader-ordered PBFT, as the baseline and as an example of a fork: the leader puts transactions into blocks
 * in whatever order it likes, one height at a time. Inputs, effects, messages and certificates are those of
 * `Replica`; a block's order travels as one lane batch of its leader, and a cut names that batch.
 *
 * It has no lanes, no clocks, no epochs and no pipeline; it keeps content for ever.
 */
export class LeaderOrdered implements StateMachine<Input, Effect> {
  private readonly config: ReplicaConfig;
  private readonly committee: Committee;
  private readonly chain: LeaderChain;
  private readonly views: LeaderViews;
  private readonly agreement: LeaderAgreement;
  private readonly out = new Outbox();
  private readonly arrivals = new Map<number, Nanos>();
  private readonly answeredAt = new Map<string, Nanos>();
  /** The highest height that somebody has proved to be final. */
  private ahead: { readonly height: number; readonly peer: PeerKey } | undefined;
  private resendAt: Nanos;
  private giveUpAt: Nanos | undefined;
  private failedViews = 0;
  private newViewSaid = -1;

  /** A leader that isn't told otherwise keeps to the order in which content came to it. */
  constructor(config: ReplicaConfig, arrange: Arrange = (waiting) => waiting) {
    this.config = config;
    this.committee = new Committee(EPOCH, config.genesis.validators);
    this.chain = new LeaderChain(config);
    this.views = new LeaderViews(config, this.committee);
    const { committee, chain, views, out } = this;
    this.agreement = new LeaderAgreement({ config, committee, chain, views, out, arrange }, () =>
      this.moved(),
    );
    this.resendAt = config.genesis.time;
  }

  step(input: Input): readonly Effect[] {
    if (input.now > this.agreement.now) this.agreement.now = input.now;
    this.take(input);
    this.agreement.advance();
    this.keepTime();
    return this.out.take();
  }

  private take(input: Input): void {
    switch (input.kind) {
      case "start":
        if (!input.recovered.observeOnly)
          this.agreement.self = this.committee.indexOf(this.config.signer.publicKey);
        this.restore(input.recovered.records);
        break;
      case "arrived":
        this.arrivals.set(input.ref, this.agreement.now);
        break;
      case "refused":
        this.arrivals.delete(input.ref);
        break;
      case "checked":
        this.onChecked(input.ref, input.transaction);
        break;
      case "executed":
        this.onExecuted(input.executed);
        break;
      case "message":
        this.receive(input.from, input.message);
        break;
      case "tick":
        break;
    }
  }

  private onChecked(ref: number, transaction: TransactionFacts): void {
    const arrived = this.arrivals.get(ref) ?? this.agreement.now;
    this.arrivals.delete(ref);
    if (this.chain.addContent(transaction, arrived))
      this.out.persist({ kind: "content", transaction, arrived });
  }

  private onExecuted(executed: Executed): void {
    const { agreement } = this;
    const round = agreement.roundAt(executed.height);
    if (round !== undefined) round.executed = executed;
    const known = agreement.executed?.height ?? 0;
    if (executed.height > known) agreement.executed = executed;
  }

  private receive(from: PeerKey, message: Verified): void {
    switch (message.kind) {
      case "batch":
        this.onBatch(from, message.batch);
        break;
      case "preprepare":
        if (!this.isBehind(from, message.cut.height, message.view)) this.onPreprepare(message);
        break;
      case "prepare":
      case "commit":
        if (!this.isBehind(from, message.height, message.view)) this.onVote(message);
        break;
      case "final":
        if (this.isBehind(from, message.height, this.views.view)) break;
        this.agreement.roundAt(message.height)?.finals.add(message);
        break;
      case "viewChange":
        if (message.view <= this.views.view && this.views.isLed) this.answer(from);
        this.views.addClaim(message);
        break;
      case "newView":
        this.onNewView(from, message);
        break;
      default:
        this.receiveSync(from, message);
    }
  }

  private receiveSync(from: PeerKey, message: Verified): void {
    if (message.kind === "finality") this.adopt(message.finality, from);
    else if (message.kind === "block") this.onBlock(from, message);
    else if (message.kind === "askBlock") this.serveBlock(from, message.height);
    else if (message.kind === "askBatches") {
      for (const { name } of message.batches) {
        const batch = this.chain.batchOf(name.digest);
        if (batch !== undefined) this.out.send(from, { kind: "batch", batch });
      }
    }
  }

  /** P-6: who is behind is told what is final, and which view it is, once a second. */
  private isBehind(from: PeerKey, height: number, view: number): boolean {
    if (height > this.agreement.finalHeight && view >= this.views.view) return false;
    this.answer(from);
    return true;
  }

  private answer(from: PeerKey): void {
    const { now, finality } = this.agreement;
    const last = this.answeredAt.get(bytesToKey(from));
    if (last !== undefined && now < last + this.config.params.resendInterval) return;
    this.answeredAt.set(bytesToKey(from), now);
    if (finality !== undefined) this.out.send(from, { kind: "finality", finality });
    if (this.views.accepted !== undefined) this.out.send(from, this.views.accepted);
  }

  private onBatch(from: PeerKey, batch: LaneBatch): void {
    if (batch.seq !== RELAY) {
      this.chain.addBatch(batch);
      return;
    }
    const missing = this.chain.missingOf(batch);
    if (missing.length > 0) this.out.fetch(missing, [from]);
  }

  private onPreprepare(message: MessageOf<"preprepare">): void {
    const round = this.agreement.roundAt(message.cut.height);
    if (round === undefined || round.proposals.has(message.view)) return;
    round.proposals.set(message.view, message);
    round.addCut(message.cut, this.agreement.digestOf(message.cut));
  }

  private onVote(vote: Vote): void {
    const round = this.agreement.roundAt(vote.height);
    if (vote.kind === "prepare") round?.prepares.add(vote);
    else round?.commits.add(vote);
  }

  private onNewView(from: PeerKey, message: MessageOf<"newView">): void {
    const choice = this.views.judge(message);
    if (choice === undefined) return;
    const { agreement } = this;
    this.views.enter(message);
    this.out.persist({ kind: "acceptedView", newView: message });
    this.out.observe({ kind: "newView", view: message.view });
    this.giveUpAt = undefined;
    agreement.spoken = agreement.spoken.filter((it) => it.kind === "final" || it === message);
    if (choice.base !== undefined) this.adopt(choice.base, from);
    for (const { cut, certificate } of choice.chosen) {
      agreement.roundAt(cut.height)?.addCut(cut, certificate.digest);
    }
  }

  /** A certificate that proves a height final, whoever brings it. */
  private adopt(finality: FinalityCertificate, from: PeerKey): void {
    const { height } = finality;
    const { agreement } = this;
    if (height <= agreement.finalHeight) return;
    const round = agreement.roundAt(height);
    if (round !== undefined) round.finality = finality;
    if (this.ahead === undefined || height >= this.ahead.height) this.ahead = { height, peer: from };
    const isKnown = height === agreement.open && round?.cutOf(finality.digest) !== undefined;
    if (!isKnown) this.out.send(from, { kind: "askBlock", height: agreement.open });
  }

  private serveBlock(from: PeerKey, height: Height): void {
    const final = this.chain.finals.get(height);
    if (final === undefined) return;
    const { cut, finality, batch } = final;
    this.out.send(from, { kind: "block", cut, finality, batches: [batch] });
  }

  private onBlock(from: PeerKey, { cut, finality, batches }: MessageOf<"block">): void {
    if (cut.height !== this.agreement.open) return;
    for (const batch of batches) this.chain.addBatch(batch);
    this.agreement.roundAt(cut.height)?.addCut(cut, finality.digest);
    this.adopt(finality, from);
  }

  /** P-5: whatever moves gives the view more time; and one that is behind asks for the next height. */
  private moved(): void {
    this.giveUpAt = undefined;
    this.failedViews = 0;
    const { ahead, agreement } = this;
    const isNext = agreement.finalHeight === this.chain.tip.height;
    if (ahead !== undefined && isNext && ahead.height > agreement.finalHeight) {
      this.out.send(ahead.peer, { kind: "askBlock", height: agreement.open });
    }
  }

  private leave(to: View, why: string): void {
    const { agreement } = this;
    if (agreement.self === undefined) return;
    const prepared = agreement.roundAt(agreement.open)?.prepared;
    this.failedViews += 1;
    this.giveUpAt = undefined;
    agreement.spoken = agreement.spoken.filter((it) => it.kind === "final");
    const carried = prepared === undefined ? [] : [prepared];
    agreement.say(this.views.leave(to, agreement.self, agreement.finality, carried));
    this.out.observe({ kind: "viewChange", view: to, why });
  }

  private keepTime(): void {
    const { agreement, config } = this;
    const { now } = agreement;
    if (agreement.self !== undefined) this.keepView();
    if (now >= this.resendAt) {
      this.resendAt = Nanos.of(now + config.params.resendInterval);
      this.resend();
    }
    const sought = agreement.roundAt(agreement.open)?.soughtAt;
    const times = [this.resendAt, this.giveUpAt, agreement.executed?.nextTimerDue];
    if (sought !== undefined) times.push(Nanos.of(sought + config.params.fetchAfter));
    const next = times.reduce(
      (a, b) => (b !== undefined && b > now && (a === undefined || b < a) ? b : a),
      undefined,
    );
    if (next !== undefined) this.out.push({ kind: "wake", at: next });
  }

  private resend(): void {
    const { finality, spoken, self, ownKey, now } = this.agreement;
    for (const message of spoken) this.out.broadcast(message);
    if (finality !== undefined) this.out.broadcast({ kind: "finality", finality });
    if (self === undefined || !this.chain.hasContent) return;
    // Content that waits for long may be unknown to the leader; and who leads, others may know better.
    const batch = createRelay(this.config, EPOCH, ownKey, this.chain.takeNext(), now);
    this.out.broadcast({ kind: "batch", batch });
  }

  /** P-5: a view is given up when something useful waits too long in it, or when its leader doesn't show up. */
  private keepView(): void {
    const { views, agreement } = this;
    const pulled = views.pulledTo;
    if (pulled !== undefined) this.leave(pulled, "others left");
    const isProposed = (agreement.roundAt(agreement.open)?.proposals.size ?? 0) > 0;
    const waits = views.isLed ? agreement.isUseful || isProposed : views.isCalledFor;
    if (!waits) this.giveUpAt = undefined;
    else this.giveUpAt ??= Nanos.of(agreement.now + this.timeout);
    if (this.giveUpAt !== undefined && agreement.now >= this.giveUpAt)
      this.leave(View.of(views.view + 1), "timer");
    const leads = !views.isLed && views.leader === agreement.self && this.newViewSaid < views.view;
    const newView = leads ? views.createNewView() : undefined;
    if (newView === undefined) return;
    this.newViewSaid = newView.view;
    agreement.say(newView);
  }

  private get timeout(): bigint {
    const { viewTimeout, viewTimeoutMax } = this.config.params;
    let timeout: bigint = viewTimeout;
    for (let failed = 0; failed < this.failedViews && timeout < viewTimeoutMax; failed++) timeout *= 2n;
    return timeout < viewTimeoutMax ? timeout : viewTimeoutMax;
  }

  /** P-7: a start from the log; what was signed is sent again as it was. */
  private restore(records: readonly DurableRecord[]): void {
    const { agreement } = this;
    const restored = restoreLog(this.config.chain, this.chain, records);
    for (const block of restored.blocks) this.out.push({ kind: "deliver", block });
    agreement.finality = restored.finality;
    if (restored.acceptedView !== undefined) this.views.enter(restored.acceptedView);
    for (const cut of restored.cuts) agreement.roundAt(cut.height)?.addCut(cut, agreement.digestOf(cut));
    for (const certificate of restored.certificates) {
      const round = agreement.roundAt(certificate.height);
      const cut = round?.cutOf(certificate.digest);
      if (round !== undefined && cut !== undefined) round.prepared = { cut, certificate };
    }
    // S-3: a replica whose log is not the newest signs nothing, and repeats nothing.
    if (agreement.self !== undefined) for (const message of restored.sent) this.restoreSent(message);
  }

  private restoreSent(message: SignedOnce): void {
    if (message.kind === "viewChange") {
      if (message.view > this.views.view) this.views.resume(message);
    } else if (message.kind === "newView") {
      this.newViewSaid = message.view;
    } else {
      const round = this.agreement.roundAt(
        message.kind === "preprepare" ? message.cut.height : message.height,
      );
      if (round === undefined) return;
      if (message.kind === "preprepare") round.proposedIn = message.view;
      else if (message.kind === "prepare") round.preparedIn = message.view;
      else if (message.kind === "commit") round.committedIn = message.view;
      else round.saidFinal = true;
    }
    this.agreement.spoken.push(message);
  }
}
