import { bytesToKey, type Digest, Epoch, equalBytes, Height, type Nanos, View } from "@touchmark/core";
import { Committee, type ValidatorIndex, type ValidatorKey } from "./committee.ts";
import type { ReplicaConfig } from "./config.ts";
import type { Executed } from "./input.ts";
import type { LaneSet } from "./lanes/lane-set.ts";
import type { PeerClocks } from "./lanes/peer-clocks.ts";
import type { FinalityCertificate, JoinersFrom } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import type { Params } from "./params.ts";
import type { Checkpoint } from "./recovery.ts";
import { RULES, type Rules } from "./rules.ts";
import type { Chain, DigestSigner } from "./signing.ts";
import { TransactionTable } from "./transactions.ts";

/** A height that can't be changed any more, and what the next one hangs on. */
export interface Delivered {
  readonly height: Height;
  readonly digest: Digest;
  readonly blockHash: Digest;
  readonly horizon: Nanos;
}

/**
 * Where the replica stands, as all its parts see it. Each field has one owner that writes it: the replica
 * itself `now`; `Delivery` what is delivered, executed and final, and the epoch; `Views` the view.
 */
export class ReplicaState {
  readonly config: ReplicaConfig;
  readonly params: Params;
  readonly rules: Rules;
  readonly chain: Chain;
  readonly signer: DigestSigner;
  readonly out = new Outbox();
  readonly table = new TransactionTable();

  now: Nanos;
  /** P-7, S-3: follows and signs nothing. */
  observing = false;
  halted = false;

  private members: Committee;
  private selfIndex: ValidatorIndex | undefined;
  private readonly selfKey: string;
  /** E-1: lanes that run in the cuts from a height on, and don't count before the next epoch. */
  private joiners: readonly JoinersFrom[] = [];
  /** E-1: the last height of this epoch, as far as it is known. */
  epochEnd: Height;

  delivered: Delivered;
  /** What the state machine has answered, by height, from the last final height on. */
  readonly executed = new Map<number, Executed>();
  executedHeight: Height;
  finalHeight: Height;
  finality: FinalityCertificate | undefined;

  view: View = View.of(0);
  /** False from the own VIEW-CHANGE until the NEW-VIEW of that view. */
  viewActive = true;

  constructor(config: ReplicaConfig, rules: Rules = RULES) {
    const { genesis, params } = config;
    this.config = config;
    this.params = params;
    this.rules = rules;
    this.chain = config.chain;
    this.signer = config.signer;
    this.now = genesis.time;
    this.selfKey = bytesToKey(config.signer.publicKey);
    this.members = new Committee(Epoch.of(0), genesis.validators);
    this.selfIndex = this.members.indexOf(config.signer.publicKey);
    this.epochEnd = Height.of(params.epochHeights);
    this.delivered = {
      height: Height.of(0),
      digest: genesis.digest,
      blockHash: genesis.digest,
      horizon: genesis.time,
    };
    this.executedHeight = Height.of(0);
    this.finalHeight = Height.of(0);
  }

  /** Y-1: begins behind a checkpoint, whose state is the first answer to come. */
  beginAt({ memory, finality }: Pick<Checkpoint, "memory" | "finality">): void {
    const { epoch, height, digest, blockHash, horizon } = memory.order;
    this.members = new Committee(epoch, memory.validators);
    this.selfIndex = this.members.indexOf(this.signer.publicKey);
    this.epochEnd = memory.epochEnd;
    this.joiners = memory.joiners;
    this.delivered = { height, digest, blockHash, horizon };
    this.executedHeight = Height.of(height - 1);
    this.finalHeight = height;
    this.finality = finality;
  }

  /** The validators of the present epoch. */
  get committee(): Committee {
    return this.members;
  }

  /** The own place in the set; none where this replica only follows. */
  get self(): ValidatorIndex | undefined {
    return this.observing ? undefined : this.selfIndex;
  }

  /** E-1: a member has a lane, and so has an admitted joiner before it votes; a follower has none. */
  get runsLane(): boolean {
    return this.self !== undefined || (!this.observing && this.roster.some((key) => this.isSelf(key)));
  }

  get isLeader(): boolean {
    return this.self !== undefined && this.self === this.committee.leaderOf(this.view);
  }

  /** The digest of the last final height's cut. */
  get finalDigest(): Digest {
    return this.finality?.digest ?? this.config.genesis.digest;
  }

  /**
   * The lanes that run in the cut of a height, in the order of its tips: the set, then who was admitted W
   * heights before. Whoever votes at the height has executed that one (P-2), so all know the same.
   */
  rosterAt(height: number): readonly ValidatorKey[] {
    const admitted = this.joiners.findLast((it) => it.from <= height)?.keys ?? [];
    return admitted.length === 0 ? this.committee.keys : [...this.committee.keys, ...admitted];
  }

  /** The lanes of the next height. */
  get roster(): readonly ValidatorKey[] {
    return this.rosterAt(this.delivered.height + 1);
  }

  admitJoiners(height: number, keys: readonly ValidatorKey[]): void {
    const outside = keys.filter((key) => this.committee.indexOf(key) === undefined);
    const from = Height.of(height + this.params.window);
    const last = this.joiners[this.joiners.length - 1]?.keys ?? [];
    if (last.length === outside.length && outside.every((key, i) => equalBytes(last[i] ?? key, key))) return;
    // The newest entry at or below the final height is in force; older ones aren't asked about any more.
    const inForce = this.joiners.findLast((it) => it.from <= this.finalHeight + 1)?.from ?? 0;
    this.joiners = [...this.joiners.filter((it) => it.from >= inForce), { from, keys: outside }];
  }

  /** Y-1: whose lanes run beside the set's in the heights behind this one, by what was executed up to it. */
  joinersBehind(height: number): readonly JoinersFrom[] {
    const first = Height.of(height + 1);
    const inForce = this.joiners.findLast((it) => it.from <= first)?.keys ?? [];
    const later = this.joiners.filter((it) => it.from > first);
    return inForce.length === 0 ? later : [{ from: first, keys: inForce }, ...later];
  }

  /** E-1: the next set takes over behind the last final height of the epoch. */
  startEpoch(keys: readonly ValidatorKey[]): void {
    this.members = new Committee(Epoch.of(this.committee.epoch + 1), keys);
    this.selfIndex = this.members.indexOf(this.signer.publicKey);
    this.epochEnd = Height.of(this.finalHeight + this.params.epochHeights);
    // Who joins across the end of an epoch keeps its lane, without a gap.
    const admitted =
      this.joiners.at(-1)?.keys.filter((key) => this.committee.indexOf(key) === undefined) ?? [];
    this.joiners = admitted.length === 0 ? [] : [{ from: Height.of(0), keys: admitted }];
  }

  /** When the earliest timer is due in the state after this height; height 0 is genesis. */
  timerDueAt(height: number): Nanos | undefined {
    const ofGenesis = height === 0 ? this.config.genesis.nextTimerDue : undefined;
    return this.executed.get(height)?.nextTimerDue ?? ofGenesis;
  }

  /** V-3: the same for each state that is still asked about, by height. */
  get timersDue(): readonly { readonly height: number; readonly due: Nanos }[] {
    const heights = this.finalHeight === 0 ? new Set([0, ...this.executed.keys()]) : this.executed.keys();
    return [...heights].flatMap((height) => {
      const due = this.timerDueAt(height);
      return due === undefined ? [] : [{ height, due }];
    });
  }

  /** P-2: whether this height may be voted on, as far as the last final height and the own execution go. */
  windowOpen(height: number): boolean {
    const { window } = this.params;
    // Y-1: behind a checkpoint nothing is voted on before its state is there.
    if (this.executedHeight < this.finalHeight) return false;
    return (
      height <= this.finalHeight + window && height <= this.epochEnd && this.executedHeight >= height - window
    );
  }

  isSelf(key: Uint8Array): boolean {
    return key === this.signer.publicKey || bytesToKey(key) === this.selfKey;
  }
}

/** What the parts of a replica share beside its state. */
export interface Shared {
  readonly state: ReplicaState;
  readonly lanes: LaneSet;
  readonly clocks: PeerClocks;
}
