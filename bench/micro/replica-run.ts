import {
  defaultParams,
  type Effect,
  type Executed,
  type Input,
  isValidatorKey,
  type Message,
  ownMessage,
  Replica,
  type ReplicaConfig,
  type ValidatorKey,
} from "@touchmark/consensus";
import { assert, compareBytes, Height, must, Nanos, type Prng, toDigest, toTxid } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";

/**
 * A cluster of replicas without signatures, network or disk, run once to record what one of them is given;
 * a bench plays that to fresh replicas, which must come as far as the recorded one did.
 *
 * Time goes in steps of a millisecond, which is also what a message takes. Signatures are 64 bytes that
 * nobody looks at; digests are real.
 */
export interface Load {
  readonly validators: number;
  /** So many transactions arrive at every validator, every so many steps. */
  readonly transactions: number;
  readonly every: number;
  readonly steps: number;
}

/** What is told apart: the rest is proposals, ticks, executions, pings and batches of the recorded one itself. */
export type InputKind = "arrival" | "sighting" | "vote" | "rest";

export interface Recorded {
  readonly input: Input;
  readonly kind: InputKind;
  /** How many things of its kind the input brings. */
  readonly things: number;
}

export interface Recording {
  readonly config: ReplicaConfig;
  readonly inputs: readonly Recorded[];
  /** What was delivered. */
  readonly height: number;
}

const GENESIS = 1_790_000_000_000_000_000n;
const STEP = 1_000_000n;
const VALID_FOR = 60_000_000_000n;
const TRANSACTION_BYTES = 300;
const SIGNATURE = new Uint8Array(64).fill(7);
/** A validator that doesn't lead. */
const RECORDED = 1;

type Body = Input extends infer I ? (I extends unknown ? Omit<I, "now"> : never) : never;

interface Seat {
  readonly key: ValidatorKey;
  readonly config: ReplicaConfig;
  readonly replica: Replica;
  wakeAt: bigint | undefined;
  height: number;
  inbox: Body[];
}

function createConfigs(
  prng: Prng,
  validators: number,
): readonly { key: ValidatorKey; config: ReplicaConfig }[] {
  const keys = Array.from({ length: validators }, () => prng.bytes(32)).filter(isValidatorKey);
  keys.sort(compareBytes);
  const chain = { chainId: "bench", hasher: nativeHasher };
  const [digest, stateRoot] = [toDigest(prng.bytes(32)), toDigest(prng.bytes(32))];
  const genesis = { digest, time: Nanos.of(GENESIS), stateRoot, validators: keys };
  const params = defaultParams(validators);
  return keys.map((key) => {
    const signer = { algorithm: "ed25519" as const, publicKey: key, sign: () => SIGNATURE };
    return { key, config: { chain, params, genesis, signer } };
  });
}

function isOf(kind: Message["kind"]): InputKind {
  return kind === "prepare" || kind === "commit" || kind === "final" ? "vote" : "rest";
}

class RecordingCluster {
  private readonly seats: readonly Seat[];
  private readonly prng: Prng;
  private readonly recorded: Recorded[] = [];
  private now: bigint = GENESIS;
  private refs = 0;

  constructor(prng: Prng, validators: number) {
    this.prng = prng;
    const recovered = { records: [], stateHeight: Height.of(0), observeOnly: false };
    const start: Body = { kind: "start", recovered };
    this.seats = createConfigs(prng, validators).map(({ key, config }) => {
      const replica = new Replica(config);
      return { key, config, replica, wakeAt: undefined, height: 0, inbox: [start] };
    });
  }

  run({ transactions, every, steps }: Load): Recording {
    for (let step = 0; step < steps; step++) {
      this.now += STEP;
      const due = this.seats.map((seat) => seat.inbox.splice(0));
      const isLoaded = step % every === 0;
      if (isLoaded) for (let i = 0; i < transactions; i++) this.arrive(due);
      this.seats.forEach((seat, at) => {
        for (const body of must(due[at], "a validator's inputs")) this.give(seat, body);
        if (seat.wakeAt !== undefined && seat.wakeAt <= this.now) this.give(seat, { kind: "tick" });
      });
    }
    const { config, height } = must(this.seats[RECORDED], "the recorded validator");
    return { config, inputs: this.recorded, height };
  }

  /** A transaction is whole, and checked, everywhere within one step. */
  private arrive(due: readonly Body[][]): void {
    const txid = toTxid(this.prng.bytes(32));
    const validUntil = Nanos.of(this.now + VALID_FOR);
    const transaction = { txid, sender: this.prng.bytes(4), validUntil, bytes: TRANSACTION_BYTES };
    for (const inputs of due) {
      this.refs += 1;
      const ref = this.refs;
      inputs.push({ kind: "arrived", ref, bytes: TRANSACTION_BYTES }, { kind: "checked", ref, transaction });
    }
  }

  private give(seat: Seat, body: Body): void {
    // biome-ignore lint/nursery/noUnsafeTypeAssertion: a body is an input without its time
    const input = { now: Nanos.of(this.now), ...body } as Input;
    if (seat === this.seats[RECORDED]) this.recorded.push(this.label(seat, input));
    if (body.kind === "tick") seat.wakeAt = undefined;
    for (const effect of seat.replica.step(input)) this.perform(seat, effect);
  }

  private label({ key }: Seat, input: Input): Recorded {
    if (input.kind === "arrived") return { input, kind: "arrival", things: 0 };
    if (input.kind === "checked") return { input, kind: "arrival", things: 1 };
    if (input.kind !== "message") return { input, kind: "rest", things: 1 };
    const { from, message } = input;
    const isSighting = message.kind === "batch" && from !== key && message.batch.sightings.length > 0;
    if (isSighting) return { input, kind: "sighting", things: message.batch.sightings.length };
    return { input, kind: isOf(message.kind), things: 1 };
  }

  private perform(seat: Seat, effect: Effect): void {
    if (effect.kind === "broadcast") for (const to of this.seats) this.post(seat, to, effect.message);
    else if (effect.kind === "send") {
      for (const to of this.seats) if (to.key === effect.to) this.post(seat, to, effect.message);
    } else if (effect.kind === "wake") seat.wakeAt = effect.at;
    else if (effect.kind === "deliver") {
      const { height, blockHash } = effect.block;
      seat.height = height;
      seat.inbox.push({ kind: "executed", executed: executedOf(height, blockHash) });
    } else
      assert(effect.kind !== "halt" && effect.kind !== "fetch", "nothing is missing and nobody is wrong");
  }

  private post(from: Seat, to: Seat, message: Message): void {
    to.inbox.push({ kind: "message", from: from.key, message: ownMessage(message) });
  }
}

function executedOf(height: Executed["height"], stateRoot: Executed["stateRoot"]): Executed {
  const nothing = {
    nextTimerDue: undefined,
    nextValidators: undefined,
    joiners: [],
    suspends: false,
    suspended: [],
  };
  return { height, stateRoot, ...nothing, admission: { accepts: () => true } };
}

export function recordRun(prng: Prng, load: Load): Recording {
  const recording = new RecordingCluster(prng, load.validators).run(load);
  assert(recording.height > 1, "a recorded run delivers blocks");
  return recording;
}
