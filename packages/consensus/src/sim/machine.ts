import { assertNever, equalBytes, isRejection, type Nanos, type Prng } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { ReplicaConfig } from "../config.ts";
import { readerLimits } from "../content/fair-reader.ts";
import type { Effect } from "../effect.ts";
import type { Input, StateMachine } from "../input.ts";
import type { FinalityCertificate, Message } from "../messages.ts";
import { startingPoint } from "../recovery.ts";
import { RULES } from "../rules.ts";
import { answerFrom } from "../sync/archive-answers.ts";
import { ownMessage } from "../verify.ts";
import type { Adversary, HostileWorld } from "./adversary.ts";
import { type ShellFlaws, SOUND_SHELL } from "./broken.ts";
import { Clock } from "./clock.ts";
import { CommitteeBook } from "./committee-book.ts";
import { type ContentOrigin, type ContentPorts, type ContentSource, ContentStore } from "./content-store.ts";
import { Disk } from "./disk.ts";
import { Executor } from "./executor.ts";
import type { MachineSetup, StartKind } from "./machine-setup.ts";
import type { ModelState } from "./model-state.ts";
import { Shelf } from "./shelf.ts";
import { acceptsSender, type SimTransaction } from "./transaction-pool.ts";
import { type TrueTime, toNanos, toTrueTime } from "./true-time.ts";
import { Truncation } from "./truncation.ts";
import { WakeTimer } from "./wake-timer.ts";
import type { Endpoint, World } from "./world.ts";

export type { CreateReplica, MachineTraits } from "./machine-setup.ts";

/** One machine: the shell around a replica, with its own clock, disk, content and state machine. */
export class Machine implements Endpoint {
  readonly number: number;
  readonly key: ValidatorKey;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly executor: Executor;
  readonly content: ContentStore;
  readonly shelf: Shelf;
  readonly isCorrect: boolean;
  private readonly world: World;
  private readonly setup: MachineSetup;
  private readonly recoverLog: ShellFlaws["recover"];
  private readonly prng: Prng;
  private readonly wake: WakeTimer;
  private readonly truncation: Truncation;
  private readonly book: CommitteeBook;
  private replica: StateMachine<Input, Effect> | undefined;
  private adversary: Adversary | undefined;
  private condition: "down" | "up" | "halted" = "down";
  /** What was set in motion in an earlier life ends in nothing. */
  private life = 0;
  /** S-3: its log was lost once; until it is registered anew it signs nothing. */
  private lostLog = false;
  private delivered = 0;
  private final = 0;

  constructor(world: World, number: number, setup: MachineSetup) {
    const { traits, flaw } = setup;
    const shell = { ...SOUND_SHELL, ...flaw?.shell };
    const { scheduler } = world;
    this.world = world;
    this.number = number;
    this.setup = setup;
    this.recoverLog = shell.recover;
    this.key = world.keyAt(traits.key);
    this.isCorrect = setup.createAdversary === undefined;
    this.prng = world.prng.fork(`machine ${number}`);
    this.clock = new Clock(traits.clock.offset, traits.clock.driftPpm);
    this.disk = new Disk(scheduler, this.prng.fork("disk"), traits.disk, shell.waitsForDisk);
    this.executor = new Executor(world.ledger, scheduler, this.prng.fork("executor"), traits.execution, {
      answer: (state) => this.executed(state),
      refuse: (diagnosis) => this.fail("delivery", diagnosis),
    });
    this.content = new ContentStore(
      this.contentPorts(),
      traits.content,
      readerLimits(world.params),
      shell.stampsArrival,
    );
    this.shelf = new Shelf(world.chain);
    this.truncation = new Truncation(this.disk, this.executor, this.prng, (delay, run) =>
      this.after(delay, run),
    );
    this.wake = new WakeTimer(scheduler, this.clock, () => this.step({ kind: "tick", now: this.time }));
    this.book = new CommitteeBook(world, this.key);
  }

  get isUp(): boolean {
    return this.condition === "up";
  }

  get hasLostLog(): boolean {
    return this.lostLog;
  }

  get deliveredHeight(): number {
    return this.delivered;
  }

  get finalHeight(): number {
    return this.final;
  }

  private get time(): Nanos {
    return this.clock.read(this.world.scheduler.now);
  }

  start(how: StartKind): void {
    if (this.condition !== "down") return;
    this.condition = "up";
    const { chain, params, genesis, events } = this.world;
    const records = this.recoverLog(this.disk.read());
    const stateHeight = this.executor.newest.height;
    const recovered = { records, stateHeight, observeOnly: this.lostLog };
    this.content.restore(startingPoint(recovered).records);
    const own = { chain, params, genesis, signer: this.world.signerOf(this.key) };
    const config: ReplicaConfig = this.setup.traits.archives === true ? { ...own, archives: true } : own;
    this.replica = this.setup.createReplica(config, this.setup.flaw?.rules ?? RULES);
    this.adversary = this.setup.createAdversary?.(this.hostileWorld());
    const who = { at: events.at, machine: this.number, key: this.key, correct: this.isCorrect };
    events.emit({ ...who, kind: "started", how });
    this.step({ kind: "start", now: this.time, recovered });
  }

  /** Everything that was not on the disk is gone, and part of what was only nearly there. */
  crash(): void {
    if (this.condition !== "up") return;
    this.stop("down");
    const { events } = this.world;
    events.emit({ at: events.at, machine: this.number, kind: "crashed" });
    this.disk.crash();
    this.content.crash();
    this.executor.crash();
  }

  /** The disk of a machine that is down is replaced: by an empty one, or by an old copy. */
  loseLog(keptRecords: number): void {
    if (this.condition !== "down") return;
    this.lostLog = true;
    this.disk.wipe(keptRecords);
    this.content.wipe();
    this.executor.wipe();
  }

  jumpClock(by: number): void {
    const { events } = this.world;
    events.emit({ at: events.at, machine: this.number, kind: "clockSet", clock: this.time });
    this.clock.jump(this.world.scheduler.now, by);
    this.wake.clockJumped();
  }

  receive(from: Endpoint, message: Message): void {
    if (!this.isUp) return;
    const { events, verification } = this.world;
    if (events.wants("received")) {
      events.emit({ at: events.at, machine: this.number, kind: "received", message, from: from.number });
    }
    const verified = from === this ? ownMessage(message) : verification.judge(message, this.book.known);
    if (!isRejection(verified))
      this.step({ kind: "message", now: this.time, from: from.key, message: verified });
  }

  receiveContent(transaction: SimTransaction, origin: ContentOrigin, source?: ContentSource): void {
    if (this.isUp) this.content.arrive(transaction, origin, source);
  }

  askedForContent(by: Endpoint, transaction: SimTransaction): void {
    if (!this.isUp || !this.content.serves(transaction)) return;
    if (this.adversary?.gives?.(transaction, by.key) === false) return;
    this.world.sendContent(this, by, transaction, "fetched");
  }

  private step(input: Input): void {
    const { replica, adversary } = this;
    if (!this.isUp || replica === undefined) return;
    try {
      const effects = replica.step(input);
      for (const effect of adversary?.turn(input, effects) ?? effects) this.perform(effect);
    } catch (thrown) {
      this.fail("assertion", String(thrown), thrown);
    }
  }

  private perform(effect: Effect): void {
    const { disk } = this;
    switch (effect.kind) {
      case "persist":
        disk.append(effect.record);
        if (effect.record.kind === "checkpoint") this.truncation.behind(effect.record.checkpoint);
        break;
      case "adopt":
        this.book.learnSet(effect.finality.epoch, effect.validators);
        disk.whenDurable(() => this.adopt(effect.finality));
        break;
      case "send":
        disk.whenDurable(() => this.send(effect.to, effect.message));
        break;
      case "broadcast":
        disk.whenDurable(() => this.broadcast(effect.message));
        break;
      case "wake":
        this.wake.set(effect.at);
        break;
      case "fetch":
        this.content.fetch(effect.txids, effect.from);
        break;
      case "release":
        // Before that is durable which makes the content needless, a restart would still look for it.
        disk.whenDurable(() => this.content.release(effect.txids));
        break;
      case "dropped":
        for (const { facts } of this.content.drop(effect.refs))
          this.observe({ kind: "observe", fact: { kind: "declined", txid: facts.txid, why: "OVERDUE" } });
        break;
      case "deliver":
        this.content.delivered(effect.block.transactions.map(({ txid }) => txid));
        disk.whenDurable(() => this.deliver(effect));
        break;
      case "final":
        disk.whenDurable(() => this.finalAt(effect));
        break;
      case "archive":
        disk.whenDurable(() => this.shelf.keep(effect.block));
        break;
      case "serve":
        for (const message of answerFrom(this.shelf, effect.ask)) this.send(effect.to, message);
        break;
      case "evidence":
        this.after(0, () => this.accuse(effect.against));
        break;
      case "observe":
        this.observe(effect);
        break;
      case "halt":
        this.fail("halt", effect.diagnosis);
        break;
      default:
        assertNever(effect);
    }
  }

  private adopt(finality: FinalityCertificate): void {
    const { events } = this.world;
    const { height } = finality;
    this.delivered = Math.max(this.delivered, height);
    this.final = Math.max(this.final, height);
    events.emit({ at: events.at, machine: this.number, kind: "adopted", height });
    this.executor.adopt(finality);
  }

  /** S-5: the proof is brought to the chain until it is there, or its owner is nobody any more. */
  private accuse(against: ValidatorKey): void {
    const { world, executor } = this;
    const { validators, joiners, suspended } = executor.newest;
    const accused = world.keys.find((key) => equalBytes(key, against));
    const signers = [...validators, ...joiners.map((it) => it.key)];
    if (accused === undefined || !signers.includes(accused) || suspended.includes(accused)) return;
    world.accuse(this.number, accused);
    this.after(toTrueTime(world.params.ttl), () => this.accuse(accused));
  }

  private send(to: ValidatorKey, message: Message): void {
    for (const endpoint of this.world.endpointsOf(to)) {
      // What a machine sends to its own key stays with it, even where another runs the same key.
      if (endpoint === this || endpoint.key !== this.key) this.world.transmit(this, endpoint, message);
    }
  }

  private broadcast(message: Message): void {
    for (const key of this.book.others) this.send(key, message);
    this.world.transmit(this, this, message);
  }

  private deliver({ block }: Extract<Effect, { readonly kind: "deliver" }>): void {
    const { events } = this.world;
    this.delivered = Math.max(this.delivered, block.height);
    events.emit({ at: events.at, machine: this.number, kind: "delivered", block });
    this.executor.deliver(block);
  }

  private finalAt({ height, finality }: Extract<Effect, { readonly kind: "final" }>): void {
    const { events } = this.world;
    this.final = Math.max(this.final, height);
    events.emit({ at: events.at, machine: this.number, kind: "final", finality });
  }

  private observe({ fact }: Extract<Effect, { readonly kind: "observe" }>): void {
    const { events } = this.world;
    if (events.wants("fact")) events.emit({ at: events.at, machine: this.number, kind: "fact", fact });
  }

  private executed(state: ModelState): void {
    const { events } = this.world;
    const { executed } = state;
    this.book.learn(state);
    events.emit({ at: events.at, machine: this.number, kind: "executed", executed });
    this.step({ kind: "executed", now: this.time, executed });
  }

  /** A correct machine did what none may do, and stops. A hostile one merely stops. */
  private fail(property: string, detail: string, cause?: unknown): void {
    if (this.isCorrect) this.world.failures.push({ machine: this.number, property, detail, cause });
    const { events } = this.world;
    this.stop("halted");
    events.emit({ at: events.at, machine: this.number, kind: "halted", diagnosis: detail });
  }

  private stop(condition: "down" | "halted"): void {
    this.condition = condition;
    this.life += 1;
    this.replica = undefined;
    this.wake.cancel();
  }

  private after(delay: TrueTime, run: () => void): void {
    const { life } = this;
    this.world.scheduler.after(delay, () => {
      if (life === this.life) run();
    });
  }

  private get otherEndpoints(): readonly Endpoint[] {
    return this.book.others.flatMap((key) => this.world.endpointsOf(key));
  }

  private contentPorts(): ContentPorts {
    const { world } = this;
    const { events } = world;
    return {
      pool: world.pool,
      prng: this.prng.fork("content"),
      after: (delay, run) => this.after(delay, run),
      input: (input) => this.step({ ...input, now: this.time }),
      arrived: ({ facts }) => {
        const clock = this.time;
        events.emit({ at: events.at, machine: this.number, kind: "arrived", txid: facts.txid, clock });
      },
      peers: () => this.otherEndpoints.map((it) => it.number),
      machinesOf: (key) => world.endpointsOf(key).map((it) => it.number),
      now: () => toNanos(world.scheduler.now),
      isKnown: ({ facts }) => acceptsSender(facts.sender, this.executor.newest.height),
      send: (to, transaction, introducer) =>
        this.introduce(world.endpoint(to), transaction, introducer < 0 ? this.number : introducer),
      ask: (of, transaction) => world.askForContent(this, world.endpoint(of), transaction),
    };
  }

  private introduce(to: Endpoint, transaction: SimTransaction, introducer: number): void {
    if (this.adversary?.gives?.(transaction, to.key) === false) return;
    this.world.sendContent(this, to, transaction, "bundle", introducer);
  }

  private hostileWorld(): HostileWorld {
    const { world, book } = this;
    const { events } = world;
    return {
      chain: world.chain,
      params: world.params,
      genesis: world.genesis,
      key: this.key,
      signer: world.signerOf(this.key),
      prng: this.prng.fork("adversary"),
      pool: world.pool,
      place: this.setup.traits.place,
      shared: world.sharedBy(this.key),
      committee: () => book.committee,
      peers: () => book.others,
      act: (act) => {
        const adversary = this.setup.traits.adversary ?? "";
        events.emit({ at: events.at, machine: this.number, kind: "hostile", adversary, act });
      },
      later: (delay, effects) => {
        this.after(delay, () => {
          for (const effect of effects) this.perform(effect);
        });
      },
      spread: (transaction, to) => {
        for (const key of to) {
          for (const endpoint of world.endpointsOf(key))
            world.sendContent(this, endpoint, transaction, "bundle");
        }
      },
    };
  }
}
