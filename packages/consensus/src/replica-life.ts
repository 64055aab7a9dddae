import { assertNever, type Height, Nanos, View } from "@touchmark/core";
import { Complaints } from "./agreement/complaints.ts";
import { Delivery } from "./agreement/delivery.ts";
import { Inclusion } from "./agreement/inclusion.ts";
import { Instances } from "./agreement/instance.ts";
import { OpenChain } from "./agreement/open-chain.ts";
import { Pacemaker } from "./agreement/pacemaker.ts";
import { Proposer } from "./agreement/proposer.ts";
import { Resend } from "./agreement/resend.ts";
import { Views } from "./agreement/views.ts";
import { Voting } from "./agreement/voting.ts";
import type { ReplicaConfig } from "./config.ts";
import type { Effect } from "./effect.ts";
import { Epochs } from "./epochs.ts";
import { Inbox } from "./inbox.ts";
import { checkExecuted, type Input, type StateMachine } from "./input.ts";
import type { HeldBatch } from "./lanes/held-batch.ts";
import { type Lane, laneRoom } from "./lanes/lane.ts";
import { type Evidence, LaneSet } from "./lanes/lane-set.ts";
import { PeerClocks } from "./lanes/peer-clocks.ts";
import { Sightings } from "./lanes/sightings.ts";
import type { MessageOf } from "./messages.ts";
import type { OrderPoint } from "./order/order-point.ts";
import type { Checkpoint, StartingPoint } from "./recovery.ts";
import { ReplicaState, type Shared } from "./replica-state.ts";
import { beginFrom, Restore } from "./restore.ts";
import type { Rules } from "./rules.ts";
import { Archive } from "./sync/archive.ts";
import { CatchUp } from "./sync/catch-up.ts";
import { Checkpoints } from "./sync/checkpoints.ts";
import { Requests } from "./sync/requests.ts";
import { Serving } from "./sync/serving.ts";
import type { FinalSnapshot } from "./sync/snapshot.ts";
import { type Fetched, SnapshotFetch } from "./sync/snapshot-fetch.ts";

function earlier(a: Nanos, b: Nanos | undefined): Nanos {
  return b === undefined || a < b ? a : b;
}

/** How soon an overdue deadline is looked at again. */
const OVERDUE_PATIENCE = 2_000_000n;

/**
 * A replica from one start to the next: at genesis, or behind a checkpoint (Y-1).
 *
 * Upon content that arrived: stamp it (S-1); upon its verification: sight it (S-2). Upon a batch: hold it
 * (S-3). As a leader: propose a cut (O-5). Upon a proposal, votes and certificates: see `Voting`, `Delivery`
 * and `Views`.
 */
export class ReplicaLife implements StateMachine<Input, Effect> {
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
  private readonly catchUp: CatchUp;
  private readonly checkpoints: Checkpoints;
  private readonly fetching: SnapshotFetch;
  private readonly restore: Restore;
  private readonly inbox: Inbox;
  private readonly start: StartingPoint;
  private wokenFor: Nanos | undefined;
  /** Y-1: where the next life begins. */
  successor: Checkpoint | undefined;

  constructor(config: ReplicaConfig, rules: Rules, start: StartingPoint) {
    const state = new ReplicaState(config, rules);
    const lanes = new LaneSet(state.chain, state.table, laneRoom(state.params), {
      held: (lane, held) => this.onHeld(lane, held),
      forked: (lane, evidence) => this.report(lane, evidence),
    });
    const clocks = new PeerClocks(state.params);
    const shared: Shared = { state, lanes, clocks };
    this.state = state;
    this.start = start;
    this.open = new OpenChain(state, lanes, beginFrom(start.checkpoint, state, lanes));
    this.requests = new Requests(shared);
    this.archive = new Archive(shared);
    this.inclusion = new Inclusion(shared);
    this.sightings = new Sightings(shared);
    this.pacemaker = new Pacemaker(shared, this.open, this.instances);
    this.complaints = new Complaints(shared);
    this.checkpoints = new Checkpoints(shared);
    const sync = { requests: this.requests, archive: this.archive, checkpoints: this.checkpoints };
    this.delivery = new Delivery(shared, this.open, this.instances, sync, {
      checkpoint: (snapshot) => this.persistCheckpoint(snapshot),
      delivered: (height, point) => this.onDelivered(height, point),
      moved: () => this.onMoved(),
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
    });
    this.proposer = new Proposer({ ...parts, views: this.views, requests: this.requests });
    this.resend = new Resend(shared, this.delivery, this.views);
    this.epochs = new Epochs(shared, this.delivery);
    this.catchUp = new CatchUp({ ...parts, state, requests: this.requests });
    this.fetching = new SnapshotFetch(shared, this.delivery, (fetched) => this.endBehind(fetched));
    const { archive, checkpoints, epochs } = this;
    const serving = new Serving(shared, { archive, checkpoints, epochs });
    this.inbox = new Inbox({
      ...parts,
      state,
      lanes,
      clocks,
      requests: this.requests,
      archive: this.archive,
      serving,
      fetching: this.fetching,
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
      epochs: this.epochs,
      checkpoints: this.checkpoints,
    });
  }

  step(input: Input): readonly Effect[] {
    if (this.state.halted) return [];
    // A clock that goes back stands still here: no rule may see time run backwards.
    if (input.now > this.state.now) this.state.now = input.now;
    this.take(input);
    if (!this.state.halted && this.successor === undefined) this.advance();
    return this.state.out.take();
  }

  private take(input: Input): void {
    switch (input.kind) {
      case "start":
        this.state.observing = input.recovered.observeOnly;
        this.restore.start(this.start);
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
        checkExecuted(input.executed);
        this.sightings.setAdmission(input.executed.admission);
        this.delivery.executed(input.executed);
        this.restore.lanesAdmitted();
        this.sightings.settled();
        break;
      default:
        assertNever(input);
    }
  }

  /** Y-1: the height is final by its own certificate: what stands in front of this record is needless. */
  private persistCheckpoint({ finality, memory }: FinalSnapshot): void {
    const checkpoint = this.checkpoints.record(finality, memory, this.epochs.known);
    this.state.out.persist({ kind: "checkpoint", checkpoint });
  }

  /** Y-1: this life ends here, and the next one begins behind what was fetched, as after a restart. */
  private endBehind({ finality, memory, changes }: Fetched): void {
    const checkpoint = this.checkpoints.record(finality, memory, this.epochs.knownWith(changes));
    this.state.out.persist({ kind: "checkpoint", checkpoint });
    this.sightings.abandon();
    this.successor = checkpoint;
  }

  private onHeld(lane: Lane, held: HeldBatch): void {
    const { out } = this.state;
    // S-3: what a vote may come to hang on is in the log before the vote; the own batches are there already.
    if (!this.restore.isRunning && !this.state.isSelf(lane.key))
      out.persist({ kind: "batch", batch: held.batch });
    this.complaints.noteDue(this.sightings.held(lane, held));
    // S-2 (d): content that a lane names and that isn't held is asked for, of the lane's owner first.
    for (const record of held.records) this.requests.named(record, lane.key);
  }

  /** S-5: kept, sent to everyone, and brought to the chain by the shell. */
  private report(lane: Lane, evidence: Evidence): void {
    const message: MessageOf<"evidence"> = { kind: "evidence", ...evidence };
    // Until the chain has it, a restart tells it again.
    if (!this.restore.isRunning) this.state.out.persist({ kind: "evidence", evidence: message });
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
    const own = state.rosterAt(height).findIndex((key) => state.isSelf(key));
    this.sightings.coveredLive = point.liveAfter[own] ?? 0;
    this.sightings.settled();
    // P-8: what is fetched because it is final elsewhere says nothing about the leader.
    if ((this.delivery.highestKnown?.height ?? 0) > height) return;
    this.complaints.delivered(point.full, proposal?.arrivedAt, this.inclusion.inclusionDelay);
  }

  private onMoved(): void {
    this.pacemaker.restart();
    this.voting.forgetFinal(this.state.finalHeight);
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
    this.catchUp.tick();
    this.speak();
    this.keepTime();
    const released = this.archive.release(state.table.takeForgotten());
    if (released.length > 0) state.out.push({ kind: "release", txids: released });
  }

  private onEpoch(): void {
    this.instances.clear();
    this.open.clear();
    this.views.reset();
    this.proposer.enterView();
    this.inclusion.enterView();
    this.complaints.reset();
    this.sightings.epochStarted();
    this.complaints.noteDue(this.sightings.dueSoon);
    this.pacemaker.viewEntered();
    this.voting.forgetPersisted();
    this.resend.reset();
    this.restore.apply();
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
    this.resend.ping();
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
    // Y-1: an archive leaves nothing out, so it takes every block, if need be from another archive.
    if (this.state.config.archives !== true) this.fetching.tick();
    this.complaints.tick();
    if (state.self !== undefined && this.pacemaker.tick(this.views.quorumHasLeft))
      this.leaveView("P-5 TIMER");
    if (this.resend.tick(() => this.pacemaker.somethingWaits || this.sightings.somethingOpen)) {
      this.inclusion.offerAgain();
      const complaint = this.complaints.standing;
      if (complaint !== undefined) state.out.broadcast(complaint);
    }
    this.wake();
  }

  private wake(): void {
    const { state } = this;
    let earliest = this.resend.nextAt;
    earliest = earlier(earliest, this.requests.next);
    earliest = earlier(earliest, this.pacemaker.deadlineAt);
    earliest = earlier(earliest, this.proposer.nextAt);
    earliest = earlier(earliest, this.sightings.nextBatch(this.isWaiting));
    if (this.offers) earliest = earlier(earliest, this.inclusion.nextOffer);
    earliest = earlier(earliest, this.resend.nextPing);
    // What is overdue and could not be done now waits for something else; it is looked at again in a while.
    const at = earliest > state.now ? earliest : Nanos.of(state.now + OVERDUE_PATIENCE);
    if (at === this.wokenFor) return;
    this.wokenFor = at;
    state.out.push({ kind: "wake", at });
  }
}
