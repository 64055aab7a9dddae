import * as core from "@touchmark/core";
import { nativeHasher, nativeSigner, nativeVerifier } from "@touchmark/core/native";
import * as consensus from "../../src/index.ts";
import { EventQueue } from "./event-queue.ts";
import { CHAIN, createNode, executedOf, type SmallNode } from "./small-node.ts";

export const T0 = core.Nanos.of(1_780_000_000_000_000_000n);
type Body = consensus.Input extends infer I ? (I extends unknown ? Omit<I, "now"> : never) : never;
type Event = { readonly to: SmallNode; readonly life: number | undefined } & (
  | { readonly input: Body; readonly wakeFor?: bigint }
  | { readonly message: consensus.Message; readonly from: consensus.ValidatorKey }
);

export interface Options {
  readonly params?: Partial<consensus.Params>;
  /** One message delay, and how long a block takes to execute. */
  readonly delay?: bigint;
  readonly execution?: bigint;
  /** Y-1: these keep all blocks. */
  readonly archives?: readonly number[];
}

/** Real replicas on a perfect network in virtual time: no loss, no chance, one delay. */
export class SmallCluster {
  readonly nodes: readonly SmallNode[];
  readonly config: Omit<consensus.ReplicaConfig, "signer">;
  now: bigint = T0;
  /** What a test takes out of the network's hands. */
  drops: (from: SmallNode, to: SmallNode, message: consensus.Message) => boolean = () => false;
  /** A block's execution takes this long on that node; never, if undefined. */
  execution: (node: SmallNode, height: number) => bigint | undefined;
  private readonly queue = new EventQueue<Event>();
  private readonly verifier: consensus.MessageVerifier;
  /** A message is one object wherever it goes, and is judged once. */
  private readonly verified = new WeakMap<consensus.Message, consensus.Verified>();
  readonly contents = new Map<string, consensus.TransactionFacts>();
  private readonly delay: bigint;
  private refs = 0;

  constructor(n: number, options: Options = {}) {
    const seeds = Array.from({ length: n }, (_, i) => new Uint8Array(32).fill(i + 1));
    const signers = seeds.map((seed) => nativeSigner(core.secretKeyFromSeed("ed25519", seed)));
    signers.sort((a, b) => core.compareBytes(a.publicKey, b.publicKey));
    const keys = signers.map((signer) => signer.publicKey).filter(consensus.isValidatorKey);
    const digest = nativeHasher.sha256(core.utf8ToBytes("genesis"));
    const genesis = { digest, time: T0, stateRoot: core.ZERO_DIGEST, validators: keys };
    const params = { ...consensus.defaultParams(n), ...options.params };
    this.config = { chain: CHAIN, params, genesis };
    this.delay = options.delay ?? core.MILLISECOND;
    this.execution = () => options.execution ?? 0n;
    const committeeOf = (epoch: core.Epoch) => new consensus.Committee(epoch, keys);
    this.verifier = new consensus.MessageVerifier(CHAIN, committeeOf, nativeVerifier);
    this.nodes = signers.map((signer, index) =>
      createNode(index, core.must(keys[index], "key"), {
        ...this.config,
        signer,
        ...(options.archives?.includes(index) === true ? { archives: true } : {}),
      }),
    );
    for (const node of this.nodes) this.start(node);
  }

  private start(node: SmallNode, observeOnly = false): void {
    // Its state machine forgets nothing.
    const stateHeight = core.Height.of(Math.max(0, ...node.executed.keys()));
    const recovered = { records: [...node.records], stateHeight, observeOnly };
    this.put(this.now, node, { kind: "start", recovered });
  }

  at(index: number): SmallNode {
    return core.must(this.nodes[index], "node");
  }

  crash(node: SmallNode): void {
    node.isDown = true;
    node.life++;
  }

  /** From the log alone, as after a crash: `blocks` is what the new life delivers. */
  restart(node: SmallNode, observeOnly = false): void {
    this.crash(node);
    node.isDown = false;
    node.blocks.clear();
    node.replica = new consensus.Replica(node.config);
    this.start(node, observeOnly);
  }

  private put(at: bigint, to: SmallNode, input: Body): void {
    this.queue.put(at, { to, life: to.life, input });
  }

  /** A client gives a node a transaction; the others get its content one delay later. */
  submit(at: bigint, name: string, entry = 0, validFor: bigint = core.MINUTE): core.Txid {
    const txid = core.toTxid(CHAIN.hasher.sha256(core.utf8ToBytes(name)));
    const validUntil = core.Nanos.of(at + validFor);
    this.contents.set(core.bytesToKey(txid), { txid, sender: new Uint8Array(32), validUntil, bytes: 200 });
    for (const node of this.nodes) this.arrive(node.index === entry ? at : at + this.delay, node, txid);
    return txid;
  }

  private arrive(at: bigint, node: SmallNode, txid: core.Txid): void {
    const transaction = core.must(this.contents.get(core.bytesToKey(txid)), "content");
    const ref = this.refs++;
    // Clients and their bundles know nothing of a restart: what comes later comes to the later life.
    this.queue.put(at, {
      to: node,
      life: undefined,
      input: { kind: "arrived", ref, bytes: transaction.bytes },
    });
    this.queue.put(at, { to: node, life: undefined, input: { kind: "checked", ref, transaction } });
  }

  /** Something that no correct replica would send. */
  inject(from: SmallNode, to: SmallNode, message: consensus.Message): void {
    this.queue.put(this.now, { to, life: to.life, message, from: from.key });
  }

  /** Runs everything up to and with this moment. */
  run(until: bigint): void {
    for (let at = this.queue.nextAt; at !== undefined && at <= until; at = this.queue.nextAt) {
      this.now = at;
      this.handle(this.queue.take());
    }
    this.now = until;
  }

  private handle(event: Event): void {
    const { to } = event;
    if (to.isDown || (event.life ?? to.life) !== to.life) return;
    const now = core.Nanos.of(this.now);
    if ("message" in event) {
      const message = this.judge(event.message);
      this.perform(to, to.replica.step({ now, kind: "message", from: event.from, message }));
    } else if (event.wakeFor === undefined || event.wakeFor === to.wakeAt) {
      this.perform(to, to.replica.step({ now, ...event.input } as consensus.Input));
    }
    to.steps++;
  }

  private judge(message: consensus.Message): consensus.Verified {
    const known = this.verified.get(message) ?? this.verifier.verify(message);
    if (core.isRejection(known)) throw new Error(`a correct ${message.kind} is refused: ${String(known)}`);
    this.verified.set(message, known);
    return known;
  }

  private post(from: SmallNode, to: SmallNode, message: consensus.Message): void {
    if (this.drops(from, to, message)) return;
    const at = from === to ? this.now : this.now + this.delay;
    this.queue.put(at, { to, life: to.life, message, from: from.key });
  }

  private reply(from: SmallNode, key: consensus.ValidatorKey, message: consensus.Message): void {
    for (const to of this.nodes) if (core.equalBytes(to.key, key)) this.post(from, to, message);
  }

  private perform(node: SmallNode, effects: readonly consensus.Effect[]): void {
    for (const effect of effects) if (!node.isDown) this.performOne(node, effect);
  }

  private performOne(node: SmallNode, effect: consensus.Effect): void {
    const at = this.now;
    if (effect.kind === "send" || effect.kind === "broadcast")
      node.sent.push({ at, message: effect.message });
    switch (effect.kind) {
      case "persist":
        node.records.push(effect.record);
        if (node.records.length === node.crashAt) this.crash(node);
        break;
      case "send":
        this.reply(node, effect.to, effect.message);
        break;
      case "broadcast":
        for (const to of this.nodes) this.post(node, to, effect.message);
        break;
      case "wake":
        node.wakeAt = effect.at;
        this.queue.put(effect.at, { to: node, life: node.life, input: { kind: "tick" }, wakeFor: effect.at });
        break;
      case "fetch":
        for (const txid of effect.txids) this.arrive(at + 2n * this.delay, node, txid);
        break;
      case "deliver":
        this.deliver(node, effect.block);
        break;
      case "adopt":
        this.adopt(node, effect.finality.height);
        break;
      case "final":
        if (!node.finalAt.has(effect.height)) node.finalAt.set(effect.height, at);
        break;
      case "halt":
        node.halted = effect.diagnosis;
        break;
      case "observe":
        node.facts.push({ at, fact: effect.fact });
        break;
      case "archive":
        node.shelf.keep(effect.block);
        break;
      case "serve":
        for (const message of consensus.answerFrom(node.shelf, effect.ask))
          this.reply(node, effect.to, message);
        break;
      case "release":
      case "dropped":
      case "evidence":
        break;
    }
  }

  /** A state that isn't there is taken from whoever has executed the height. */
  private adopt(node: SmallNode, height: number): void {
    const known = this.nodes.map((it) => it.executed.get(height)).find((it) => it !== undefined);
    const executed = node.executed.get(height) ?? core.must(known, "the state of a final height");
    node.adopted.push(height);
    node.executed.set(height, executed);
    node.installsUntil = this.now + this.delay;
    this.put(node.installsUntil, node, { kind: "executed", executed });
  }

  private deliver(node: SmallNode, block: consensus.Block): void {
    const { height } = block;
    node.blocks.set(height, block);
    if (!node.deliveredAt.has(height)) node.deliveredAt.set(height, this.now);
    const takes = this.execution(node, height);
    if (takes === undefined) return;
    const executed = executedOf(block);
    node.executed.set(height, executed);
    const at = this.now + takes;
    this.put(at > node.installsUntil ? at : node.installsUntil, node, { kind: "executed", executed });
  }
}
