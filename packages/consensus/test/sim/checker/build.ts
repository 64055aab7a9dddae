import { bytesToKey, Epoch, Height, Nanos, View } from "@touchmark/core";
import type { Block } from "../../../src/block.ts";
import type { ValidatorIndex, ValidatorKey } from "../../../src/committee.ts";
import type { Fact } from "../../../src/facts.ts";
import type { Executed } from "../../../src/input.ts";
import type { Cut, FinalityCertificate, Message, Vote } from "../../../src/messages.ts";
import { defaultParams, type Params } from "../../../src/params.ts";
import { blockHash, cutDigest } from "../../../src/signing.ts";
import { Checker } from "../../../src/sim/checker/checker.ts";
import type { ProgressBound, PropertyName, RunSetup, Violation } from "../../../src/sim/checker/setup.ts";
import type { RunEvent } from "../../../src/sim/run-event.ts";
import { type BatchOptions, LaneWriter } from "./lane-writer.ts";
import { chain, digest, keyOf, laterOf, ms, sign, txid } from "./names.ts";

/** Distributes over the union, so that each kind keeps its own fields. */
type Bare<Event> = Event extends RunEvent ? Omit<Event, "at" | "machine"> : never;

export interface BuildOptions {
  readonly n?: number;
  /** Machines whose keys are not correct. */
  readonly hostile?: readonly number[];
  /** Machines with keys outside the first set, behind the others. */
  readonly joiners?: number;
  readonly params?: Partial<Params>;
  readonly healedAt?: Nanos;
  readonly clockErrorMax?: Nanos;
  readonly progress?: ProgressBound;
}

/** One transaction of a block: its name, its time, and whether it is marked expired. */
export type Place = readonly [name: string, time: Nanos, expired?: boolean];

export interface BlockOptions {
  readonly horizon: Nanos;
  readonly order?: readonly Place[];
  /** How far each lane counts, by number; all that was sent where it is left out. */
  readonly tips?: readonly number[];
  readonly joinerTips?: readonly number[];
  readonly epoch?: number;
  readonly timersUntil?: Nanos;
  /** Whose deliveries are written down; all correct machines' where it is left out. */
  readonly by?: readonly number[];
  readonly at?: Nanos;
}

/** Writes an event stream by hand: machines are validators in key order, clocks show true time. */
export class RunBuilder {
  readonly setup: RunSetup;
  readonly events: RunEvent[] = [];
  readonly keys: readonly ValidatorKey[];
  readonly correct: readonly number[];
  readonly lanes: LaneWriter;
  private readonly heights: Block[] = [];
  private set: readonly number[];
  private ended: Nanos = ms(0);

  constructor(options: BuildOptions = {}) {
    const { n = 4, hostile = [], joiners = 0, params = {}, healedAt, clockErrorMax = Nanos.of(0n) } = options;
    const machines = Array.from({ length: n + joiners }, (_, i) => i);
    this.keys = machines.map(keyOf);
    this.correct = machines.filter((i) => !hostile.includes(i));
    this.lanes = new LaneWriter(this.keys);
    this.set = machines.slice(0, n);
    this.setup = {
      chain,
      params: { ...defaultParams(n), ...params },
      genesis: {
        digest: digest("genesis"),
        time: ms(0),
        stateRoot: digest("state"),
        validators: this.keys.slice(0, n),
      },
      validators: machines.map((i) => ({ key: keyOf(i), correct: !hostile.includes(i) })),
      verifier: {
        verify: ({ publicKey, message, signature }) =>
          bytesToKey(signature) === bytesToKey(sign(publicKey, message)),
        verifyBatch: () => new Uint8Array(0),
      },
      healedAt,
      clockErrorMax,
      ...(options.progress === undefined ? {} : { progress: options.progress }),
    };
    for (const i of machines) this.start(i, i < n ? "genesis" : "joiner");
  }

  get blocks(): readonly Block[] {
    return this.heights;
  }

  private push(at: Nanos, machine: number, event: Bare<RunEvent>): this {
    if (at > this.ended) this.ended = at;
    // Every kind is complete without the two fields that all have in common.
    this.events.push({ at, machine, ...event } as RunEvent);
    return this;
  }

  start(machine: number, how: "genesis" | "restart" | "wiped" | "joiner", at = ms(0)): this {
    const correct = this.correct.includes(machine);
    return this.push(at, machine, { kind: "started", key: keyOf(machine), correct, how });
  }

  crash(machine: number, at: Nanos): this {
    return this.push(at, machine, { kind: "crashed" });
  }

  halt(machine: number): this {
    return this.push(this.ended, machine, { kind: "halted", diagnosis: "its log contradicts the others" });
  }

  submit(name: string, options: { validUntil?: Nanos; bytes?: number } = {}): this {
    const { validUntil = ms(60_000), bytes = 200 } = options;
    return this.push(ms(0), -1, { kind: "submitted", txid: txid(name), validUntil, bytes });
  }

  arrive(machine: number, name: string, clock: Nanos, at = clock): this {
    return this.push(at, machine, { kind: "arrived", txid: txid(name), clock });
  }

  fact(machine: number, fact: Fact, at = this.ended): this {
    return this.push(at, machine, { kind: "fact", fact });
  }

  send(machine: number, message: Message, at = this.ended): this {
    for (const to of this.keys.keys()) this.push(at, machine, { kind: "sent", message, to });
    return this;
  }

  receive(machine: number, message: Message, at = this.ended): this {
    return this.push(at, machine, { kind: "received", message, from: 0 });
  }

  /** Content arrives with each stamp, then the batch goes to everyone. */
  batch(
    lane: number,
    head: Nanos,
    sightings: Readonly<Record<string, Nanos>> = {},
    options: BatchOptions = {},
  ): this {
    if (options.arrives !== false) {
      for (const [name, stamp] of Object.entries(sightings)) this.arrive(lane, name, stamp);
    }
    const batch = this.lanes.make(lane, head, sightings, options);
    return this.send(lane, { kind: "batch", batch }, options.at ?? head);
  }

  /** The same sightings by every lane, each lane's a millisecond after the lane's before. */
  batches(head: number, sightings: Readonly<Record<string, number>> = {}): this {
    for (const lane of this.set) {
      const stamps = Object.entries(sightings).map(([name, stamp]) => [name, ms(stamp + lane)]);
      this.batch(lane, ms(head + lane), Object.fromEntries(stamps));
    }
    return this;
  }

  /** The next block on the last one, delivered or not. */
  makeBlock(options: BlockOptions): Block {
    const before = this.heights.at(-1);
    const epoch = Epoch.of(options.epoch ?? before?.epoch ?? 0);
    const { genesis } = this.setup;
    const { horizon, order = [], tips = [], joinerTips = [] } = options;
    const joiners = joinerTips.map((seq, i) =>
      this.lanes.tipOf(this.keys.length - joinerTips.length + i, seq),
    );
    const cut: Cut = {
      height: Height.of(this.heights.length + 1),
      parent: before?.digest ?? genesis.digest,
      horizon,
      tips: [...this.set.map((lane, i) => this.lanes.tipOf(lane, tips[i])), ...joiners],
    };
    const transactions = order.map(([name, time, expired = false]) => ({ txid: txid(name), time, expired }));
    const named = cutDigest(chain, epoch, cut);
    const parentBlockHash = before?.blockHash ?? genesis.digest;
    const last = transactions.at(-1)?.time ?? horizon;
    return {
      epoch,
      height: cut.height,
      cut,
      digest: named,
      parentBlockHash,
      blockHash: blockHash(chain, epoch, named, parentBlockHash, transactions),
      horizon,
      timersUntil: options.timersUntil ?? laterOf(last, horizon),
      transactions,
    };
  }

  deliver(block: Block, machine: number, at = block.horizon): this {
    return this.push(at, machine, { kind: "delivered", block });
  }

  /** Makes the next block, and has it delivered. */
  block(options: BlockOptions): this {
    const block = this.makeBlock(options);
    this.heights.push(block);
    for (const machine of options.by ?? this.correct)
      this.deliver(block, machine, options.at ?? laterOf(block.horizon, this.ended));
    return this;
  }

  /** What the state after the last height answers, at every correct machine. */
  executed(answer: Partial<Executed>): this {
    const executed: Executed = {
      height: Height.of(this.heights.length),
      stateRoot: digest("state"),
      nextTimerDue: undefined,
      nextValidators: undefined,
      joiners: [],
      suspends: false,
      suspended: [],
      admission: { accepts: () => true },
      ...answer,
    };
    for (const machine of this.correct) this.push(this.ended, machine, { kind: "executed", executed });
    return this;
  }

  /** The machines of the next epoch's set. */
  changeSet(machines: readonly number[]): this {
    this.set = machines;
    return this;
  }

  finality(block: Block, change: Partial<FinalityCertificate> = {}): FinalityCertificate {
    const { epoch, height, digest: named, blockHash: hash } = block;
    const roots = { stateRoot: digest("state"), nextValidatorsHash: digest("set"), liveHash: undefined };
    return { epoch, height, digest: named, blockHash: hash, ...roots, signers: [], ...change };
  }

  final(machine: number, finality: FinalityCertificate): this {
    return this.push(this.ended, machine, { kind: "final", finality });
  }

  vote(kind: Vote["kind"], machine: number, content: string, height = 1, view = 0): Message {
    return {
      kind,
      ...this.at(view),
      height: Height.of(height),
      digest: digest(content),
      ...this.by(machine),
    };
  }

  at(view: number, epoch = 0): { readonly epoch: Epoch; readonly view: View } {
    return { epoch: Epoch.of(epoch), view: View.of(view) };
  }

  by(machine: number): { readonly validator: ValidatorIndex; readonly signature: Uint8Array } {
    return { validator: machine as ValidatorIndex, signature: new Uint8Array(64) };
  }

  checker(names?: readonly PropertyName[]): Checker {
    return new Checker(this.setup, names);
  }

  violations(names?: readonly PropertyName[], at = this.ended): readonly Violation[] {
    const checker = this.checker(names);
    for (const event of this.events) checker.observe(event);
    return checker.finish({ at });
  }

  /** The properties that the whole checker finds broken, each once. */
  broken(at = this.ended): readonly string[] {
    return [...new Set(this.violations(undefined, at).map((it) => it.property))];
  }
}

/** Four correct validators, and A and B in one block: what every rule is kept in. */
export function goodRun(options: BuildOptions = {}): RunBuilder {
  return new RunBuilder(options)
    .submit("A")
    .submit("B")
    .batches(30, { A: 10, B: 20 })
    .block({
      horizon: ms(31),
      order: [
        ["A", ms(11)],
        ["B", ms(21)],
      ],
    });
}
