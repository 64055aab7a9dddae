import {
  addNanos,
  bytesToKey,
  compareBytes,
  type Digest,
  Epoch,
  Height,
  type Nanos,
  type Txid,
  u64ToBytes,
} from "@touchmark/core";
import type { Block } from "../block.ts";
import type { ValidatorKey } from "../committee.ts";
import type { Genesis } from "../config.ts";
import type { Executed } from "../input.ts";
import { Mixer } from "./sim-hasher.ts";
import { acceptsSender } from "./transaction-pool.ts";
import { MILLIS, toDuration } from "./true-time.ts";

/** When the model state machine wants another set of validators (E-1, E-2). */
export interface SetChange {
  /** The block that makes it due. */
  readonly height: number;
  /** Admitted at that height; it may say that it is ready one TTL of horizon later. */
  readonly joiner: ValidatorKey | undefined;
  readonly leaver: ValidatorKey | undefined;
  /** That block suspends a validator: the epoch ends W heights later. */
  readonly suspends: boolean;
}

interface Timer {
  readonly due: Nanos;
  readonly cause: Txid;
}

interface Admitted {
  readonly key: ValidatorKey;
  readonly horizon: Nanos;
}

/** The state after a height. States are immutable and shared: one block on one state is executed once. */
export interface ModelState {
  readonly height: Height;
  readonly epoch: Epoch;
  readonly root: Digest;
  readonly blockHash: Digest;
  /** Ascending by due time, then cause. */
  readonly timers: readonly Timer[];
  /** The set of this height's epoch. */
  readonly validators: readonly ValidatorKey[];
  /** The set that the next epoch would have if it began now. */
  readonly wanted: readonly ValidatorKey[];
  readonly joiners: readonly Admitted[];
  /** E-2: joiners that have said that they are ready. */
  readonly ready: readonly ValidatorKey[];
  /** S-5: whose evidence is on the chain. */
  readonly suspended: readonly ValidatorKey[];
  readonly executed: Executed;
}

/** One in so many transactions sets a timer. */
const TIMER_SHARE = 8;
const TIMER_STEP = 20 * MILLIS;

function compareTimers(a: Timer, b: Timer): number {
  if (a.due !== b.due) return a.due < b.due ? -1 : 1;
  return compareBytes(a.cause, b.cause);
}

/** O-4: what the block's transactions and timers leave behind, with the mixer told of all that ran. */
function runTimers(parent: ModelState, block: Block, mixer: Mixer): readonly Timer[] {
  const timers = [...parent.timers];
  for (const { txid, time, expired } of block.transactions) {
    mixer.absorb(txid);
    if (expired || (txid[0] ?? 0) % TIMER_SHARE !== 0) continue;
    const delay = toDuration(1 + (txid[1] ?? 0) * TIMER_STEP);
    timers.push({ due: addNanos(time, delay), cause: txid });
  }
  timers.sort(compareTimers);
  const open = timers.findIndex((it) => it.due > block.timersUntil);
  const ran = open < 0 ? timers.length : open;
  for (const timer of timers.slice(0, ran)) mixer.absorb(timer.cause).absorb(u64ToBytes(timer.due));
  return timers.slice(ran);
}

/** What the model reads in a transaction. */
export interface ModelTransactions {
  /** E-2: the joiner that declares itself ready by it. */
  readyBy(txid: Txid): ValidatorKey | undefined;
  /** S-5: the validator that it proves faulty. */
  accusedBy(txid: Txid): ValidatorKey | undefined;
}

/** The model state machine of a run: what every machine's executor computes. */
export class ModelLedger {
  readonly genesis: ModelState;
  private readonly changes: readonly SetChange[];
  private readonly ttl: Nanos;
  private readonly transactions: ModelTransactions;
  private readonly byRoot = new Map<string, ModelState>();
  private readonly known = new WeakMap<ModelState, Map<string, ModelState>>();
  private readonly mixer = new Mixer();

  constructor(genesis: Genesis, changes: readonly SetChange[], ttl: Nanos, transactions: ModelTransactions) {
    this.changes = changes;
    this.ttl = ttl;
    this.transactions = transactions;
    const { digest, stateRoot, validators } = genesis;
    const set = { validators, wanted: validators, joiners: [], ready: [], suspended: [] };
    const state = {
      height: Height.of(0),
      epoch: Epoch.of(0),
      root: stateRoot,
      blockHash: digest,
      timers: [],
      ...set,
    };
    this.genesis = { ...state, executed: toExecuted(state, false) };
  }

  apply(parent: ModelState, block: Block): ModelState {
    const key = bytesToKey(block.blockHash);
    const children = this.known.get(parent) ?? new Map<string, ModelState>();
    this.known.set(parent, children);
    const known = children.get(key);
    if (known !== undefined) return known;
    const state = this.execute(parent, block);
    children.set(key, state);
    this.byRoot.set(bytesToKey(state.root), state);
    return state;
  }

  /** Y-1: the state with this root, as some machine has computed it. */
  stateOf(root: Digest): ModelState | undefined {
    return this.byRoot.get(bytesToKey(root));
  }

  private execute(parent: ModelState, block: Block): ModelState {
    const { mixer } = this;
    mixer.reset().absorb(parent.root).absorb(block.blockHash);
    const timers = runTimers(parent, block, mixer);
    const validators = block.epoch === parent.epoch ? parent.validators : parent.wanted;
    const changes = this.changes.filter((it) => it.height <= block.height);
    const suspended = this.suspendedAfter(parent, block, validators);
    const isPlanned = changes.some((it) => it.suspends && it.height === block.height);
    const suspends = isPlanned || suspended.length > parent.suspended.length;
    const joiners = this.joinersAfter(parent, block, changes, validators);
    const said = block.transactions.flatMap(({ txid }) => this.transactions.readyBy(txid) ?? []);
    const ready = joiners
      .filter((it) => parent.ready.includes(it.key) || said.includes(it.key))
      .filter((it) => block.horizon >= it.horizon + this.ttl)
      .map((it) => it.key);
    // Who is replaced stays until the one who comes instead is ready.
    const present = [...validators, ...ready];
    const leavers = changes
      .filter((it) => it.joiner === undefined || present.includes(it.joiner))
      .flatMap((it) => (it.leaver === undefined ? [] : [it.leaver]));
    const state = {
      height: block.height,
      epoch: block.epoch,
      root: mixer.digest(),
      blockHash: block.blockHash,
      timers,
      validators,
      wanted: wantedSet(validators, ready, leavers),
      joiners,
      ready,
      suspended,
    };
    return { ...state, executed: toExecuted(state, suspends) };
  }

  /** S-5: a proof against one who signs batches suspends it once; it stays in the set until it is replaced. */
  private suspendedAfter(
    parent: ModelState,
    block: Block,
    validators: readonly ValidatorKey[],
  ): readonly ValidatorKey[] {
    const signers = [...validators, ...parent.joiners.map((it) => it.key)];
    const suspended = [...parent.suspended];
    for (const { txid, expired } of block.transactions) {
      const accused = expired ? undefined : this.transactions.accusedBy(txid);
      if (accused !== undefined && signers.includes(accused) && !suspended.includes(accused))
        suspended.push(accused);
    }
    return suspended;
  }

  private joinersAfter(
    parent: ModelState,
    block: Block,
    changes: readonly SetChange[],
    validators: readonly ValidatorKey[],
  ): readonly Admitted[] {
    const admitted = [...parent.joiners];
    for (const { height, joiner } of changes) {
      if (joiner !== undefined && height === block.height)
        admitted.push({ key: joiner, horizon: block.horizon });
    }
    return admitted.filter((it) => !validators.includes(it.key));
  }
}

function wantedSet(
  validators: readonly ValidatorKey[],
  ready: readonly ValidatorKey[],
  leavers: readonly ValidatorKey[],
): readonly ValidatorKey[] {
  const staying = validators.filter((key) => !leavers.includes(key));
  if (ready.length === 0 && staying.length === validators.length) return validators;
  return [...staying, ...ready].sort(compareBytes);
}

function toExecuted(state: Omit<ModelState, "executed">, suspends: boolean): Executed {
  return {
    height: state.height,
    stateRoot: state.root,
    nextTimerDue: state.timers[0]?.due,
    nextValidators: state.wanted === state.validators ? undefined : state.wanted,
    joiners: state.joiners.map((it) => it.key),
    suspends,
    suspended: state.suspended,
    admission: { accepts: (sender) => acceptsSender(sender, state.height) },
  };
}
