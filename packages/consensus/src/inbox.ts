import { bytesToKey, equalBytes, type Nanos, Seq } from "@touchmark/core";
import type { Complaints } from "./agreement/complaints.ts";
import type { Delivery } from "./agreement/delivery.ts";
import type { Instances } from "./agreement/instance.ts";
import type { OpenChain } from "./agreement/open-chain.ts";
import type { Resend } from "./agreement/resend.ts";
import type { Views } from "./agreement/views.ts";
import type { Voting } from "./agreement/voting.ts";
import type { Epochs } from "./epochs.ts";
import type { PeerKey } from "./input.ts";
import type { LaneSet } from "./lanes/lane-set.ts";
import type { PeerClocks } from "./lanes/peer-clocks.ts";
import type { BatchName, FinalityCertificate, LaneBatch, Message, MessageOf, Verified } from "./messages.ts";
import type { ReplicaState } from "./replica-state.ts";
import { pongDigest } from "./signing.ts";
import type { Archive } from "./sync/archive.ts";
import type { Requests } from "./sync/requests.ts";
import type { Serving } from "./sync/serving.ts";
import type { SnapshotFetch } from "./sync/snapshot-fetch.ts";

/** How many batches one request is answered with: what a cut can take of a lane (C-3), if they are small. */
const SERVED_BATCHES_MAX = 512;
/** So many sightings count as one batch more. */
const SERVED_SIGHTINGS = 128;
/** How far back a run is looked for. */
const SERVED_WALK_MAX = 1_024;
/** Final blocks that are taken ahead of the next one. */
const BLOCKS_TAKEN_AHEAD = 16;

/** Who is told of what comes in. */
export interface InboxParts {
  readonly state: ReplicaState;
  readonly lanes: LaneSet;
  readonly clocks: PeerClocks;
  readonly open: OpenChain;
  readonly instances: Instances;
  readonly requests: Requests;
  readonly archive: Archive;
  readonly serving: Serving;
  readonly fetching: SnapshotFetch;
  readonly delivery: Delivery;
  readonly views: Views;
  readonly voting: Voting;
  readonly complaints: Complaints;
  readonly resend: Resend;
  readonly epochs: Epochs;
  leaveView(why: string): void;
}

/** What a replica does upon each message: most are for one of its parts, the others are answered here. */
export class Inbox {
  private readonly parts: InboxParts;

  constructor(parts: InboxParts) {
    this.parts = parts;
  }

  private get state(): ReplicaState {
    return this.parts.state;
  }

  /** P-6: messages of another epoch, a lower view or a final height mean that their sender is behind. */
  receive(from: PeerKey, message: Verified): void {
    // P-6: one's own messages come back once they are durable, and are sent again as long as they matter.
    if (this.state.isSelf(from)) this.parts.resend.note(message);
    switch (message.kind) {
      case "batch":
        this.onBatch(from, message.batch);
        break;
      case "preprepare":
        if (this.isCurrent(from, message.epoch, message.cut.height, message.view))
          this.parts.voting.onPreprepare(message);
        break;
      case "prepare":
        if (this.isCurrent(from, message.epoch, message.height, message.view))
          this.parts.voting.onVote(message);
        break;
      case "commit":
        // P-6: what q committed in a view that was left here is committed all the same; the others, who have
        // delivered it, may wait for nothing but this replica's FINAL, and then no view of theirs ends.
        this.isCurrent(from, message.epoch, message.height, message.view);
        if (message.epoch === this.state.committee.epoch) this.parts.voting.onVote(message);
        break;
      case "final":
        if (this.isCurrent(from, message.epoch, message.height, undefined))
          this.parts.delivery.onFinal(message);
        this.parts.delivery.compare(message);
        break;
      case "viewChange":
        this.onViewChange(from, message);
        break;
      case "newView":
        if (message.epoch === this.state.committee.epoch)
          this.parts.views.onNewView(message, this.parts.voting);
        break;
      case "complaint":
        if (message.epoch === this.state.committee.epoch && this.parts.complaints.onComplaint(message)) {
          this.parts.leaveView("P-8 COMPLAINTS");
        }
        break;
      case "evidence":
        this.onEvidence(message);
        break;
      default:
        this.receiveSync(from, message);
    }
  }

  /** What is asked, offered and answered beside the protocol's own messages. */
  private receiveSync(from: PeerKey, message: Message): void {
    const { committee } = this.state;
    const { serving, fetching } = this.parts;
    switch (message.kind) {
      case "offer":
        // V-2: only of validators, of whom f + 1 contain a correct one.
        if (committee.indexOf(from) !== undefined) this.parts.requests.offered(message.batches, from);
        break;
      case "askBatches":
        this.serveBatches(from, message);
        break;
      case "askCut":
        this.serveCut(from, message);
        break;
      case "cut":
        this.onCut(message);
        break;
      case "askBlock":
        serving.onAskBlock(from, message);
        break;
      case "askSnapshot":
        if (message.height < this.state.finalHeight) this.answer(from, message.epoch);
        serving.onAskSnapshot(from, message);
        break;
      case "snapshot":
        fetching.onSnapshot(from, message);
        break;
      case "askPieces":
        serving.onAskPieces(from, message);
        break;
      case "piece":
        fetching.onPiece(from, message);
        break;
      case "block":
        this.onBlock(message);
        break;
      case "finality":
        this.onFinality(from, message.finality);
        break;
      case "ping":
        this.pong(from, message.nonce);
        if (this.parts.resend.isBehind(message)) this.answer(from, message.epoch);
        fetching.heardOf(message.height);
        break;
      case "pong":
        // S-7: a pong doesn't name whom it answers, so it counts only from its own maker.
        if (message.epoch === committee.epoch && committee.indexOf(from) === message.validator) {
          this.parts.clocks.answered(
            committee.keyOf(message.validator),
            message.nonce,
            message.time,
            this.state.now,
          );
        }
        break;
      default:
        break;
    }
  }

  private isCurrent(from: PeerKey, epoch: number, height: number, view: number | undefined): boolean {
    const { state } = this;
    if (epoch > state.committee.epoch) return false;
    const isBehind =
      epoch < state.committee.epoch ||
      height <= state.finalHeight ||
      (view !== undefined && view < state.view);
    if (!isBehind) return true;
    this.answer(from, epoch);
    return false;
  }

  /** With what its sender can check: the end of the epoch that it is in. */
  private answer(from: PeerKey, epoch: number): void {
    const isPast = epoch < this.state.committee.epoch && this.state.rules.agreement.answersPastEpochs;
    const end = isPast ? this.parts.epochs.endOf(epoch) : undefined;
    this.parts.resend.answer(from, epoch, end);
  }

  private onBatch(from: PeerKey, batch: LaneBatch): void {
    const { epoch } = this.state.committee;
    const added = this.parts.lanes.add(batch, epoch, this.state.now, this.state.isSelf(batch.lane));
    if (added.kind === "unlinked") {
      // S-3: the batch before it is fetched from whoever sent this one, unless it is only late.
      this.parts.requests.gap(added.lane, [from]);
    } else if (added.kind === "invalid") {
      this.state.out.observe({ kind: "ignored", message: "batch", why: added.why });
    }
  }

  private onViewChange(from: PeerKey, message: MessageOf<"viewChange">): void {
    const { state } = this;
    if (message.epoch > state.committee.epoch) return;
    const isBehind =
      message.epoch < state.committee.epoch ||
      (state.viewActive && message.view <= state.view) ||
      message.view < state.view;
    if (isBehind) this.answer(from, message.epoch);
    if (message.epoch === state.committee.epoch) this.parts.views.onViewChange(message, this.parts.voting);
  }

  private onEvidence(message: MessageOf<"evidence">): void {
    this.parts.lanes.accuse(message);
  }

  /** S-3: a gap is served as a run, mostly oldest first, so that it closes in a few round trips. */
  private serveBatches(from: PeerKey, ask: MessageOf<"askBatches">): void {
    let left = SERVED_BATCHES_MAX;
    // Names of one gap lead to the same batches: each goes out once.
    const served = new Set<string>();
    const gone = ask.batches.filter(({ name }) => this.isSettledAndGone(name));
    if (gone.length > 0) this.parts.serving.handOn(from, { kind: "askBatches", batches: gone });
    for (const { above, name } of ask.batches) {
      const run: LaneBatch[] = [];
      let key = bytesToKey(name.digest);
      for (let seq = name.seq; seq > above && run.length < SERVED_WALK_MAX; seq = Seq.of(seq - 1)) {
        const batch = this.parts.lanes.get(name.lane)?.find(key)?.batch ?? this.parts.archive.findBatch(key);
        if (batch === undefined || served.has(key)) break;
        served.add(key);
        run.push(batch);
        key = bytesToKey(batch.prev);
      }
      // S-5: of a forked lane the newest first, since each makes the one before it needed where there is no room.
      const isForked = this.parts.lanes.get(name.lane)?.forked === true;
      for (const batch of isForked ? run : run.reverse()) {
        if (left <= 0 || !this.parts.serving.sendBatch(from, batch)) return;
        left -= 1 + Math.floor(batch.sightings.length / SERVED_SIGHTINGS);
      }
    }
  }

  private isSettledAndGone({ lane: key, seq, digest }: BatchName): boolean {
    const lane = this.parts.lanes.get(key);
    return lane !== undefined && seq <= lane.settled.seq && !this.parts.archive.holds(digest);
  }

  private serveCut(from: PeerKey, ask: MessageOf<"askCut">): void {
    const { epoch } = this.state.committee;
    const open = this.parts.open.find(ask.digest)?.cut;
    const kept = this.parts.archive.findCut(ask.height, ask.digest);
    if (open !== undefined) this.state.out.send(from, { kind: "cut", epoch, cut: open });
    else if (kept !== undefined) this.state.out.send(from, kept);
    else if (ask.height <= this.state.finalHeight) this.parts.serving.handOn(from, ask);
  }

  private onCut(message: MessageOf<"cut">): void {
    const { state } = this;
    const { height } = message.cut;
    if (message.epoch !== state.committee.epoch || height <= state.delivered.height) return;
    // Only what a certificate names was asked for; anything else is not kept.
    const instance = this.parts.instances.find(height);
    const digest = this.parts.open.digestOf(message.cut);
    const isDecided = [instance?.decided, instance?.finality?.digest, instance?.implied].some(
      (it) => it !== undefined && equalBytes(it, digest),
    );
    if (!isDecided && instance?.certificates.names(digest) !== true) return;
    this.parts.open.add(message.cut, digest);
    this.parts.requests.gotCut(digest);
  }

  private onFinality(from: PeerKey, finality: FinalityCertificate): void {
    // P-6: who sends an old certificate as its newest is behind, and may not know it.
    if (finality.height < this.state.finalHeight) {
      // E-1: with an epoch's last certificate in hand it is in the next epoch already.
      const isEnd = this.parts.epochs.endOf(finality.epoch)?.height === finality.height;
      this.answer(from, isEnd ? finality.epoch + 1 : finality.epoch);
    }
    this.parts.delivery.adoptFinality(finality);
  }

  /** Y-1: a final block and all it takes to compute its order. */
  private onBlock(message: MessageOf<"block">): void {
    const { state } = this;
    const { height } = message.cut;
    const isWanted = height > state.delivered.height && height <= state.delivered.height + BLOCKS_TAKEN_AHEAD;
    if (!isWanted || message.finality.epoch !== state.committee.epoch) return;
    this.parts.open.add(message.cut, message.finality.digest);
    for (const batch of message.batches) this.onBatch(batch.lane, batch);
    this.parts.delivery.adoptFinality(message.finality);
  }

  private pong(from: PeerKey, nonce: Nanos): void {
    const { state } = this;
    if (state.self === undefined || state.isSelf(from)) return;
    const { epoch } = state.committee;
    const time = state.now;
    const signature = state.signer.sign(pongDigest(state.chain, { epoch, nonce, time }));
    state.out.send(from, { kind: "pong", nonce, time, validator: state.self, epoch, signature });
  }
}
