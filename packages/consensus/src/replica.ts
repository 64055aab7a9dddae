import { assertNever, Height, Nanos, View } from "@touchmark/core";
import { Complaints } from "./agreement/complaints.ts";
import { Delivery } from "./agreement/delivery.ts";
import { Inclusion } from "./agreement/inclusion.ts";
import { Instances } from "./agreement/instance.ts";
import { OpenChain } from "./agreement/open-chain.ts";
import { Pacemaker } from "./agreement/pacemaker.ts";
import { Proposer } from "./agreement/proposer.ts";
import { Resend } from "./agreement/resend.ts";
import { AGREEMENT_RULES, type AgreementRules } from "./agreement/rules.ts";
import { Views } from "./agreement/views.ts";
import { Voting } from "./agreement/voting.ts";
import type { ReplicaConfig } from "./config.ts";
import type { Effect } from "./effect.ts";
import { Epochs } from "./epochs.ts";
import { Inbox } from "./inbox.ts";
import type { Input, StateMachine } from "./input.ts";
import type { HeldBatch } from "./lanes/held-batch.ts";
import { Lane } from "./lanes/lane.ts";
import { type Evidence, LaneSet } from "./lanes/lane-set.ts";
import { PeerClocks } from "./lanes/peer-clocks.ts";
import { Sightings } from "./lanes/sightings.ts";
import type { MessageOf } from "./messages.ts";
import { OrderBook } from "./order/order-book.ts";
import type { OrderPoint } from "./order/order-point.ts";
import { FAIR_ORDER, type OrderRules } from "./order/rules.ts";

import { ReplicaState, type Shared } from "./replica-state.ts";
import { Restore } from "./restore.ts";
import { Archive } from "./sync/archive.ts";
import { Requests } from "./sync/requests.ts";

/** The rules that a fork may replace; everything else follows from these and the parameters. */
export interface Rules {
  readonly agreement: AgreementRules;
  readonly order: OrderRules;
}

export const RULES: Rules = { agreement: AGREEMENT_RULES, order: FAIR_ORDER };

/** How soon an overdue deadline is looked at again. */
const OVERDUE_PATIENCE = 2_000_000n;

/** Lanes asked about at once while a replica is behind by more than its window. */
const BLOCKS_AHEAD = 8;

/**
 * A validator's part in the protocol, without network, disk or clock: input in, effects out. A joiner or a
 * follower is the same replica with a key that is not of the set.
 *
 * Upon content that arrived: stamp it (S-1); upon its verification: sight it (S-2). Upon a batch: hold it
 * (S-3). As a leader: propose a cut (O-5). Upon a proposal, votes and certificates: see `Voting`, `Delivery`
 * and `Views`.
 */
export class Replica implements StateMachine<Input, Effect> {
  private readonly shared: Shared;
  private readonly state: ReplicaState;
  private readonly open: OpenChain;
  private readonly instances = new Instances();
  private readonly requests: Requests;
  private readonly archive: Archive;
  private readonly inclusion: Inclusion;
  private readonly delivery: Delivery;
  private readonly views: Views;
  private readonly voting: Voting;
  private readonly proposer: Proposer;
  private readonly pacemaker: Pacemaker;
  private readonly complaints: Complaints;
  private readonly sightings: Sightings;
  private readonly resend: Resend;
  private readonly epochs: Epochs;
  private readonly restore: Restore;
  private readonly inbox: Inbox;
  private wokenFor: Nanos | undefined;

  constructor(config: ReplicaConfig, rules: Rules = RULES) {
    const state = new ReplicaState(config);
    const lanes = new LaneSet(state.chain, state.table, {
      held: (lane, held) => this.onHeld(lane, held),
      forked: (lane, evidence) => this.report(lane, evidence),
    });
    const clocks = new PeerClocks(state.params);
    const shared: Shared = { state, lanes, clocks };
    this.shared = shared;
    this.state = state;
    for (const key of config.genesis.validators) lanes.admit(key, Lane.beginning(config.genesis.time));
    const { genesis, params } = config;
    const setting = { limits: params, table: state.table, hasher: state.chain.hasher, rules: rules.order };
    const book = OrderBook.atGenesis(setting, genesis.time, genesis.validators);
    this.open = new OpenChain(state, lanes, book);
    this.requests = new Requests(shared);
    this.archive = new Archive(shared);
    this.inclusion = new Inclusion(shared);
    this.sightings = new Sightings(shared);
    this.pacemaker = new Pacemaker(shared, this.open);
    this.complaints = new Complaints(shared);
    this.delivery = new Delivery(shared, this.open, this.instances, this.requests, this.archive, {
      delivered: (height, point) => this.onDelivered(height, point),
      moved: () => this.pacemaker.restart(),
    });
    this.views = new Views(shared, this.open, this.delivery, {
      left: () => this.onViewLeft(),
      entered: () => this.onViewEntered(),
    });
    const parts = { shared, open: this.open, instances: this.instances, delivery: this.delivery };
    this.voting = new Voting({
      ...parts,
      inclusion: this.inclusion,
      requests: this.requests,
      sightings: this.sightings,
      views: this.views,
      rules: rules.agreement,
    });
    this.proposer = new Proposer({ ...parts, views: this.views, requests: this.requests });
    this.resend = new Resend(shared, this.delivery, this.views);
    this.epochs = new Epochs(shared, this.delivery);
    this.inbox = new Inbox({
      ...parts,
      state,
      lanes,
      clocks,
      requests: this.requests,
      archive: this.archive,
      views: this.views,
      voting: this.voting,
      complaints: this.complaints,
      resend: this.resend,
      epochs: this.epochs,
      leaveView: (why) => this.leaveView(why),
    });
    this.restore = new Restore({
      state,
      lanes,
      open: this.open,
      instances: this.instances,
      delivery: this.delivery,
      views: this.views,
      proposer: this.proposer,
      sightings: this.sightings,
      resend: this.resend,
    });
  }

  step(input: Input): readonly Effect[] {
    if (this.state.halted) return [];
    // A clock that goes back stands still here: no rule may see time run backwards.
    if (input.now > this.state.now) this.state.now = input.now;
    this.take(input);
    if (!this.state.halted) this.advance();
    return this.state.out.take();
  }

  private take(input: Input): void {
    switch (input.kind) {
      case "start":
        this.restore.start(input.recovered);
        break;
      case "arrived":
        this.sightings.arrived(input.ref);
        break;
      case "checked":
        this.sightings.checked(input.ref, input.transaction);
        break;
      case "refused":
        this.sightings.refused(input.ref);
        break;
      case "message":
        this.inbox.receive(input.from, input.message);
        break;
      case "tick":
        break;
      case "executed":
        this.sightings.setAdmission(input.executed.admission);
        this.delivery.executed(input.executed);
        this.sightings.settled();
        break;
      default:
        assertNever(input);
    }
  }

  private onHeld(lane: Lane, held: HeldBatch): void {
    const { params, out } = this.state;
    // S-3: what a vote may come to hang on is in the log before the vote; the own batches are there already.
    if (!this.restore.isRunning && !this.state.isSelf(lane.key))
      out.persist({ kind: "batch", batch: held.batch });
    this.complaints.noteDue(this.sightings.held(lane, held));
    // S-2 (d): content that a lane names and that isn't held is asked for, of the lane's owner first.
    for (const record of held.records) this.requests.content(record, [lane.key], params.fetchAfter);
  }

  /** S-5: kept, sent to everyone, and brought to the chain by the shell. */
  private report(lane: Lane, evidence: Evidence): void {
    const message: MessageOf<"evidence"> = { kind: "evidence", ...evidence };
    this.state.out.observe({ kind: "equivocation", lane: this.state.committee.indexOf(lane.key) });
    this.state.out.push({ kind: "evidence", against: lane.key, evidence: message });
    if (this.state.self !== undefined) this.state.out.broadcast(message);
  }

  private onDelivered(height: Height, point: OrderPoint): void {
    const { state } = this;
    const instance = this.instances.find(height);
    const proposal = instance?.proposalOf(state.committee.leaderOf(state.view), state.view);
    this.inclusion.deliveredOne();
    this.pacemaker.delivered();
    this.sightings.settled();
    // P-8: what is fetched because it is final elsewhere says nothing about the leader.
    if ((this.delivery.highestKnown?.height ?? 0) > height) return;
    this.complaints.delivered(point.full, proposal?.arrivedAt, this.inclusion.inclusionDelay);
  }

  private onViewLeft(): void {
    this.pacemaker.viewLeft();
    this.inclusion.viewFailed();
    this.complaints.enterView();
    this.complaints.noteDue(this.sightings.dueSoon);
  }

  private onViewEntered(): void {
    this.pacemaker.viewEntered();
    this.inclusion.enterView();
    this.proposer.enterView();
    this.complaints.enterView();
    this.complaints.noteDue(this.sightings.dueSoon);
  }

  private leaveView(why: string): void {
    this.views.leaveFor(View.of(this.state.view + 1), why, this.voting);
  }

  /** Everything that has become possible with this input, in the order in which one enables the next. */
  private advance(): void {
    const { state } = this;
    this.delivery.deliverReady();
    if (this.epochs.turn()) this.onEpoch();
    this.proposer.proposeReady();
    this.voting.voteReady();
    this.catchUp();
    this.speak();
    this.keepTime();
    const forgotten = state.table.takeForgotten();
    if (forgotten.length > 0) state.out.push({ kind: "release", txids: forgotten.map((it) => it.txid) });
  }

  private onEpoch(): void {
    this.instances.clear();
    this.open.clear();
    this.views.reset();
    this.proposer.enterView();
    this.inclusion.enterView();
    this.complaints.reset();
    this.pacemaker.viewEntered();
    this.voting.forgetPersisted();
    this.resend.reset();
    this.restore.apply();
  }

  /** Y-1: final heights that the others have and this replica doesn't are fetched, a few at a time. */
  private catchUp(): void {
    const { state } = this;
    const known = this.delivery.highestKnown?.height ?? 0;
    if (known <= state.delivered.height) return;
    const last = Math.min(known, state.delivered.height + BLOCKS_AHEAD);
    for (let height = state.delivered.height + 1; height <= last; height++) {
      const instance = this.instances.find(height);
      const digest = instance?.finality?.digest ?? instance?.committed?.digest;
      const isHeld = digest !== undefined && this.open.find(digest) !== undefined;
      if (!isHeld) this.requests.block(Height.of(height), []);
    }
  }

  /** The own lane, offers to the leader, pings. */
  private speak(): void {
    const { state } = this;
    const { self } = state;
    const batch = state.runsLane ? this.sightings.batchDue(state.committee.epoch, this.isWaiting) : undefined;
    if (batch !== undefined) {
      state.out.persist({ kind: "batch", batch });
      state.out.broadcast({ kind: "batch", batch });
    }
    if (self === undefined) return;
    const offers = this.offers ? this.inclusion.offersDue() : [];
    if (offers.length > 0) {
      const leader = state.committee.keyOf(state.committee.leaderOf(state.view));
      state.out.send(leader, {
        kind: "offer",
        epoch: state.committee.epoch,
        view: state.view,
        batches: offers,
      });
    }
    const nonce = state.committee.n > 1 ? this.shared.clocks.pingDue(state.now) : undefined;
    if (nonce !== undefined) state.out.broadcast({ kind: "ping", nonce });
  }

  /** V-2: a leader needs no offers from itself, and a view that hasn't begun has no leader. */
  private get offers(): boolean {
    const { state } = this;
    return state.self !== undefined && state.viewActive && !state.isLeader;
  }

  /** S-4: what heartbeats go out for, beside transactions. */
  private get isWaiting(): boolean {
    return this.pacemaker.isTimerDue || this.pacemaker.isIdleOver;
  }

  private keepTime(): void {
    const { state } = this;
    this.requests.tick();
    this.complaints.tick();
    if (state.self !== undefined && this.pacemaker.tick(this.views.quorumHasLeft))
      this.leaveView("P-5 TIMER");
    if (this.resend.tick(() => this.pacemaker.somethingWaits)) {
      this.inclusion.offerAgain();
      const complaint = this.complaints.standing;
      if (complaint !== undefined) state.out.broadcast(complaint);
    }
    this.wake();
  }

  private wake(): void {
    const { state } = this;
    const times = [
      this.requests.next,
      this.pacemaker.deadlineAt,
      this.proposer.nextAt,
      this.sightings.nextBatch(this.isWaiting),
      this.offers ? this.inclusion.nextOffer : undefined,
      this.resend.nextAt,
      state.committee.n > 1 ? this.shared.clocks.nextPing : undefined,
    ].filter((it) => it !== undefined);
    const earliest = times.reduce((a, b) => (a < b ? a : b));
    // What is overdue and could not be done now waits for something else; it is looked at again in a while.
    const at = earliest > state.now ? earliest : Nanos.of(state.now + OVERDUE_PATIENCE);
    if (at === this.wokenFor) return;
    this.wokenFor = at;
    state.out.push({ kind: "wake", at });
  }
}
