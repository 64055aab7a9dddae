import { bytesToHex, type Digest, equalBytes, Height } from "@touchmark/core";
import type { Block } from "../block.ts";
import type { Executed } from "../input.ts";
import { Lane } from "../lanes/lane.ts";
import type { FinalBody, FinalityCertificate, MessageOf } from "../messages.ts";
import type { OrderPoint } from "../order/order-point.ts";
import type { Shared } from "../replica-state.ts";
import { blockHash, finalDigest, validatorsHash } from "../signing.ts";
import type { Archive } from "../sync/archive.ts";
import type { Checkpoints } from "../sync/checkpoints.ts";
import type { Requests } from "../sync/requests.ts";
import type { FinalSnapshot } from "../sync/snapshot.ts";
import type { FinalBallot } from "./ballots.ts";
import type { Instance, Instances } from "./instance.ts";
import type { OpenChain, OpenCut } from "./open-chain.ts";
import { differingFields, SplitAlarm, splitDiagnosis } from "./state-split.ts";

/** Y-1: heights above the delivered one whose certificates are kept beside the highest. */
const CERTIFICATES_AHEAD = 64;

export interface DeliveryListener {
  delivered(height: Height, point: OrderPoint): void;
  /** A height was delivered, or became final: timers restart, votes may go on. */
  moved(): void;
  /** Y-1: a replica can start from here. */
  checkpoint(snapshot: FinalSnapshot): void;
}

/**
 * From committed cuts to final blocks. Delivery is in order of height; what was committed is executed; what
 * was executed is signed by FINAL; q equal FINALs make the height final. A wrong state can't fork the order,
 * since PREPARE and COMMIT never sign it (P-3).
 */
export class Delivery {
  private readonly shared: Shared;
  private readonly open: OpenChain;
  private readonly instances: Instances;
  private readonly requests: Requests;
  private readonly archive: Archive;
  private readonly checkpoints: Checkpoints;
  private readonly listener: DeliveryListener;
  private readonly splits: SplitAlarm;
  /** Blocks delivered and not yet final: FINAL needs what they were. */
  private readonly blocks = new Map<number, Block>();
  private highest: FinalityCertificate | undefined;

  constructor(
    shared: Shared,
    open: OpenChain,
    instances: Instances,
    sync: { readonly requests: Requests; readonly archive: Archive; readonly checkpoints: Checkpoints },
    listener: DeliveryListener,
  ) {
    this.shared = shared;
    this.open = open;
    this.instances = instances;
    this.requests = sync.requests;
    this.archive = sync.archive;
    this.checkpoints = sync.checkpoints;
    this.listener = listener;
    this.splits = new SplitAlarm(shared.state);
  }

  /** Delivers every height that is committed, or final elsewhere, and whose order can be computed. */
  deliverReady(): void {
    this.decideBelow();
    while (!this.shared.state.halted && this.deliverNext());
  }

  /**
   * Y-1: a certificate decides its height, and through the parents of its cut every height below. So a height
   * that has no certificate of its own, since another one overtook it, is found by the digests of its children.
   */
  private decideBelow(): void {
    const { state } = this.shared;
    let height = this.highest?.height ?? 0;
    let digest = this.highest?.digest;
    while (digest !== undefined && height > state.delivered.height + 1) {
      const cut = this.open.find(digest)?.cut;
      if (cut === undefined) {
        this.requests.cut(Height.of(height), digest, []);
        return;
      }
      height--;
      digest = cut.parent;
      const instance = this.instances.at(Height.of(height));
      instance.implied = digest;
    }
  }

  private deliverNext(): boolean {
    const { state } = this.shared;
    const height = Height.of(state.delivered.height + 1);
    const instance = this.instances.find(height);
    const digest = instance?.decided;
    if (instance === undefined || digest === undefined || height > state.epochEnd) return false;
    const open = this.open.find(digest);
    if (open === undefined) {
      this.requests.cut(height, digest, []);
      return false;
    }
    // P-1: a committed cut that doesn't extend the delivered parent can't be; if it is, more than f are faulty.
    if (!equalBytes(open.cut.parent, state.delivered.digest) || open.cut.height !== height) {
      return this.halt(`a committed cut at height ${height} does not extend the delivered parent`);
    }
    const evaluation = this.open.evaluate(open);
    if (evaluation.kind === "invalid")
      return this.halt(`the committed cut at ${height} breaks ${evaluation.why}`);
    if (evaluation.kind === "needsBatches") this.requests.batches(evaluation.names, []);
    if (evaluation.kind === "needsContent")
      for (const it of evaluation.records) this.requests.content(it, [], 0n);
    if (evaluation.kind !== "ready") return false;
    this.deliver(open, evaluation.point);
    return true;
  }

  private halt(diagnosis: string): false {
    this.shared.state.halted = true;
    this.shared.state.out.halt(diagnosis);
    return false;
  }

  private deliver(open: OpenCut, point: OrderPoint): void {
    const { state } = this.shared;
    const { epoch } = state.committee;
    const parentBlockHash = state.delivered.blockHash;
    const hash = blockHash(state.chain, epoch, open.digest, parentBlockHash, point.transactions);
    const { height, horizon } = open.cut;
    const block: Block = {
      epoch,
      height,
      cut: open.cut,
      digest: open.digest,
      parentBlockHash,
      blockHash: hash,
      horizon,
      timersUntil: point.timersUntil,
      transactions: point.transactions,
    };
    this.blocks.set(height, block);
    this.archive.add(open);
    this.open.settle(open, point);
    state.delivered = { height, digest: open.digest, blockHash: hash, horizon };
    this.checkpoints.delivered(state.delivered, this.open.order);
    state.out.push({ kind: "deliver", block });
    state.out.observe({ kind: "delivered", height, transactions: block.transactions.length });
    this.raiseFinal();
    this.listener.delivered(height, point);
  }

  blockAt(height: number): Block | undefined {
    return this.blocks.get(height);
  }

  /** The state machine's answer: the state after the height can be signed. */
  executed(executed: Executed): void {
    const { state } = this.shared;
    if (executed.height !== state.executedHeight + 1) return;
    state.executedHeight = executed.height;
    state.executed.set(executed.height, executed);
    this.setEpochEnd(executed);
    this.admitJoiners(executed);
    this.checkpoints.executed(executed.height);
    if (executed.height === state.finalHeight) this.checkBeginning(executed);
    const instance = this.instances.at(executed.height);
    const body = this.bodyOf(executed.height);
    if (body !== undefined) this.splits.note(body);
    this.checkFinality(instance);
    // What is final already needs no more signatures: a replica that catches up doesn't send old FINALs.
    if (instance.finality === undefined) this.signFinal(instance);
    this.countFinals(instance);
    this.raiseFinal();
  }

  /** Y-1: the state behind which this replica began is the one that was signed. */
  private checkBeginning({ height, stateRoot }: Executed): void {
    const { finality } = this.shared.state;
    if (finality !== undefined && !equalBytes(finality.stateRoot, stateRoot)) {
      this.haltOnState(height, stateRoot, finality.stateRoot);
    }
  }

  /** E-1: W heights after a change of the set is due, or at the fixed end; nobody votes beyond without knowing. */
  private setEpochEnd(executed: Executed): void {
    const { state } = this.shared;
    if (!executed.suspends && executed.nextValidators === undefined) return;
    const end = executed.height + state.params.window;
    if (end < state.epochEnd) state.epochEnd = Height.of(end);
  }

  /** E-1: a joiner's lane runs in the cuts from its admission, from its own beginning. */
  private admitJoiners(executed: Executed): void {
    const { state, lanes } = this.shared;
    for (const key of executed.joiners) lanes.admit(key, Lane.beginning(state.config.genesis.time));
    state.admitJoiners(executed.height, executed.joiners);
  }

  private bodyOf(height: Height): FinalBody | undefined {
    const { state } = this.shared;
    const block = this.blocks.get(height);
    const executed = state.executed.get(height);
    if (block === undefined || executed === undefined) return undefined;
    // Y-1: the set of the next height, so that any certificate tells whom to believe behind it.
    const isLast = height === state.epochEnd;
    const next = (isLast ? executed.nextValidators : undefined) ?? state.committee.keys;
    return {
      epoch: block.epoch,
      height,
      digest: block.digest,
      blockHash: block.blockHash,
      stateRoot: executed.stateRoot,
      nextValidatorsHash: validatorsHash(state.chain, block.epoch, next),
      liveHash: this.checkpoints.digestAt(height),
    };
  }

  private signFinal(instance: Instance): void {
    const { state } = this.shared;
    const body = this.bodyOf(instance.height);
    if (state.self === undefined || body === undefined || instance.finalSent !== undefined) return;
    const signature = state.signer.sign(finalDigest(state.chain, body));
    const message = { kind: "final" as const, ...body, validator: state.self, signature };
    instance.finalSent = message;
    state.out.signedOnce(message);
  }

  /** P-3: what somebody says of the state after a height, also of one that is final here. */
  compare(said: FinalBody): void {
    if (said.epoch === this.shared.state.committee.epoch) this.splits.note(said);
  }

  onFinal(message: MessageOf<"final">): void {
    const { finalHeight, params } = this.shared.state;
    // P-6: heights in (final, final + 2W] are kept.
    if (message.height > finalHeight + 2 * params.window) return;
    const instance = this.instances.at(message.height);
    if (instance.finals.add(message)) this.countFinals(instance);
  }

  private countFinals(instance: Instance): void {
    const { state } = this.shared;
    this.checkContradiction(instance.height, instance.finals);
    const certificate = instance.finals.certificate(state.committee.quorum);
    if (certificate !== undefined) this.adoptFinality(certificate);
  }

  /** P-3: a state that f+1 others contradict is wrong here, or there; either way this replica must not go on. */
  private checkContradiction(height: Height, finals: FinalBallot): void {
    const { state } = this.shared;
    const own = this.bodyOf(height);
    if (own === undefined) return;
    const other = finals.contradiction(own, state.committee.f + 1);
    if (other !== undefined) this.halt(splitDiagnosis(own, other));
  }

  private haltOnState(height: Height, ours: Digest, theirs: Digest): void {
    const [our, their] = [ours, theirs].map(bytesToHex);
    this.halt(`state differs after height ${height}: our root ${our}, theirs ${their}`);
  }

  /** P-6: any valid certificate forces state. */
  adoptFinality(finality: FinalityCertificate): void {
    const { state } = this.shared;
    if (finality.height <= state.finalHeight || finality.epoch !== state.committee.epoch) return;
    const instance = this.instances.at(finality.height);
    if (instance.finality === undefined) {
      this.splits.note(finality);
      instance.finality = finality;
      if (finality.height > (this.highest?.height ?? 0)) this.rise(finality);
      state.out.persist({ kind: "finality", finality });
      this.checkFinality(instance);
    }
    this.raiseFinal();
    this.deliverReady();
  }

  /** P-5: the others get on, whoever leads them. */
  private rise(finality: FinalityCertificate): void {
    this.highest = finality;
    // One that is far behind is told of height after height; those between lead nowhere that the highest doesn't.
    this.instances.forgetBetween(this.shared.state.delivered.height + CERTIFICATES_AHEAD, finality.height);
    this.listener.moved();
  }

  /** P-7: a certificate from the log. */
  restoreFinality(finality: FinalityCertificate): void {
    const { state } = this.shared;
    if (finality.height <= state.finalHeight || finality.epoch !== state.committee.epoch) return;
    this.instances.at(finality.height).finality = finality;
    if (finality.height > (this.highest?.height ?? 0)) this.highest = finality;
  }

  /** E-1: what was kept of the epoch that has ended. */
  epochStarted(): void {
    this.highest = undefined;
    this.blocks.clear();
  }

  private checkFinality(instance: Instance): void {
    const { state } = this.shared;
    const { finality, height } = instance;
    const body = this.bodyOf(height);
    if (finality === undefined || body === undefined) return;
    if (differingFields(body, finality).length > 0) this.halt(splitDiagnosis(body, finality));
    if (state.halted) instance.finality = undefined;
  }

  /** The last final height is the highest with a certificate that has been delivered and executed here. */
  private raiseFinal(): void {
    const { state } = this.shared;
    for (let height = state.executedHeight; height > state.finalHeight; height = Height.of(height - 1)) {
      const finality = this.instances.find(height)?.finality;
      if (finality === undefined) continue;
      const snapshots: FinalSnapshot[] = [];
      for (let h = state.finalHeight + 1; h <= height; h++) snapshots.push(...this.announce(h, finality));
      state.finalHeight = height;
      state.finality = finality;
      this.forgetFinal(height);
      for (const snapshot of snapshots) this.listener.checkpoint(snapshot);
      this.listener.moved();
      return;
    }
  }

  /** A certificate makes every height below it final too. */
  private announce(height: number, above: FinalityCertificate): readonly FinalSnapshot[] {
    const finality = this.instances.find(height)?.finality ?? above;
    this.archive.final(height, finality);
    this.shared.state.out.push({ kind: "final", height: Height.of(height), finality });
    return this.checkpoints.final(height, finality);
  }

  private forgetFinal(height: Height): void {
    const { state } = this.shared;
    this.instances.forgetThrough(height);
    for (const map of [this.blocks, state.executed]) {
      for (const known of map.keys()) if (known < height) map.delete(known);
    }
  }

  /**
   * P-1: where votes begin: the highest certificate held, delivered here or not. Below it everything is decided,
   * and whoever votes there again helps a leader that doesn't know it to a fork.
   */
  get base(): { readonly height: Height; readonly digest: Digest } {
    const { state } = this.shared;
    const finality = this.highest ?? state.finality;
    if (
      finality === undefined ||
      !state.rules.agreement.votesAboveHeld ||
      finality.height < state.finalHeight ||
      finality.epoch < state.committee.epoch
    ) {
      return { height: state.finalHeight, digest: state.finalDigest };
    }
    return finality;
  }

  /** Up to where everything is known to be final, delivered here or not. */
  get heightKnown(): number {
    return Math.max(this.shared.state.finalHeight, this.highest?.height ?? 0);
  }

  /** The highest certificate that is known, delivered here or not: how far the others are. */
  get highestKnown(): FinalityCertificate | undefined {
    return this.highest;
  }
}
