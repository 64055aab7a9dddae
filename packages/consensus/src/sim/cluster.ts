import { assert, must, type Prng } from "@touchmark/core";
import { ADVERSARIES } from "./adversaries/all.ts";
import type { CreateAdversary } from "./adversary.ts";
import { type Flaw, SOUND_SHELL } from "./broken.ts";
import { NO_MACHINE, type RunListener } from "./event-log.ts";
import { type Fault, networkFaultToText } from "./fault.ts";
import { type CreateReplica, Machine } from "./machine.ts";
import type { ModelState } from "./model-state.ts";
import type { Plan, Submission } from "./plan.ts";
import { createSender, type SenderKind, type SimTransaction } from "./transaction-pool.ts";
import { MILLIS, type TrueTime, toNanos, toTrueTime } from "./true-time.ts";
import { type Failure, World } from "./world.ts";

export interface ClusterSetup {
  readonly plan: Plan;
  readonly createReplica: CreateReplica;
  readonly flaw?: Flaw;
  /** Where the traits' adversaries are found by their names. */
  readonly adversaries?: ReadonlyMap<string, CreateAdversary>;
}

/** Heights of the model at which senders that are "known later" become known. */
const KNOWN_LATER_MIN = 3;
const KNOWN_LATER_MAX = 12;
/** While heights are missing after everything that was planned, a transaction comes this often. */
const TRICKLE = 100 * MILLIS;
/** While things still go wrong, joiners that are not heard say that they are ready this often. */
const DECLARES_EVERY = 10 * TRICKLE;
const TRICKLE_BYTES = 200;
/** So many may wait, or the trickle would become an overload where heights take long. */
const TRICKLE_MAX = 8;
/** A joiner must follow and be ready within so many times the heights that a run wants. */
const HEIGHTS_TO_JOIN = 5;
/** A run that needs more than this runs in circles. */
const ENTRIES_MAX = 2_000_000;

/** A whole cluster under a plan: the same plan and the same replica give the same run, event by event. */
export class Cluster {
  readonly plan: Plan;
  readonly world: World;
  readonly machines: readonly Machine[];
  private readonly prng: Prng;
  /** Transactions that some machine received, and that no machine has delivered. */
  private readonly outstanding = new Map<string, SimTransaction>();
  /** A run that wants heights wants one above it, or it could end on what it had before. */
  private heightAtHealing = 0;

  constructor(setup: ClusterSetup) {
    const { plan, flaw } = setup;
    this.plan = plan;
    const quorum = flaw?.shell?.quorum ?? SOUND_SHELL.quorum;
    this.world = new World({ ...plan, machines: plan.machines.length, quorum });
    this.prng = this.world.prng.fork("cluster");
    this.listen(this.deliveryListener());
    this.world.accuse = (by, accused) => this.submitExtra([by], "accuser", this.world.keys.indexOf(accused));
    const { createReplica, adversaries = ADVERSARIES } = setup;
    this.machines = plan.machines.map((traits, number) => {
      const createAdversary = traits.adversary === undefined ? undefined : adversaries.get(traits.adversary);
      assert(createAdversary !== undefined || traits.adversary === undefined, "adversaries have names");
      return new Machine(this.world, number, { traits, createReplica, createAdversary, flaw });
    });
    for (const machine of this.machines) this.world.register(machine);
    this.schedule();
  }

  get now(): TrueTime {
    return this.world.scheduler.now;
  }

  get failures(): readonly Failure[] {
    return this.world.failures;
  }

  /** To be called before anything has run. */
  listen(listener: RunListener): void {
    this.world.events.listen(listener);
  }

  /** Runs up to a moment, or until something holds. */
  run(until: TrueTime, done?: () => boolean): void {
    this.world.scheduler.run(until, done);
  }

  /** Runs until all that can be asked for has happened, or the deadline. */
  runToEnd(deadline: TrueTime = this.plan.deadline): void {
    const { healedAt } = this.plan;
    const healing = Math.min(healedAt, deadline);
    while (this.now < healing && !this.isRunaway) {
      if (this.plan.joiners > 0) this.declareReady();
      this.run(Math.min(this.now + DECLARES_EVERY, healing), () => this.isRunaway);
    }
    this.heightAtHealing = this.newestState.height;
    while (this.now < deadline && !this.isFinished && !this.isRunaway) {
      if (this.wantsMore && this.waitingCount < TRICKLE_MAX) this.trickle();
      this.declareReady();
      this.run(Math.min(this.now + TRICKLE, deadline), () => this.isRunaway);
    }
    this.judgeEnd(deadline);
  }

  /** What is outstanding and hasn't expired: the rest comes no more, and must not hold the trickle up. */
  private get waitingCount(): number {
    const shown = toNanos(this.now);
    return [...this.outstanding.values()].filter((it) => it.facts.validUntil >= shown).length;
  }

  /** Heights that are missing, or that joiners have to wait for. */
  private get wantsMore(): boolean {
    const { heightsWanted } = this.plan;
    if (this.lowestFinal < heightsWanted || this.hasStoodStill) return true;
    return !this.hasEveryJoiner && this.newestState.height < HEIGHTS_TO_JOIN * heightsWanted;
  }

  /** Judged when clients have done what they do: until then the next height is theirs to bring. */
  private get hasStoodStill(): boolean {
    const { heightsWanted, submissions } = this.plan;
    if (this.now < (submissions.at(-1)?.at ?? 0)) return false;
    return heightsWanted > 0 && this.newestState.height <= this.heightAtHealing;
  }

  private judgeEnd(deadline: TrueTime): void {
    this.judgeHeights(deadline);
    for (const { key } of this.newestState.joiners) {
      const machine = this.machines.find((it) => it.key === key);
      if (machine === undefined || !machine.isCorrect || machine.hasLostLog) continue;
      const detail = `an admitted joiner, at height ${machine.deliveredHeight}, never came into the set`;
      this.world.failures.push({ machine: machine.number, property: "progress", detail });
    }
    if (this.isRunaway) {
      const detail = `${ENTRIES_MAX} entries by ${this.now} ns of true time`;
      this.world.failures.push({ machine: NO_MACHINE, property: "runaway", detail });
    }
  }

  /** While heights are missing there is always a transaction for the next one: a run that had its time has them. */
  private judgeHeights(deadline: TrueTime): void {
    const { running, plan } = this;
    const { length } = this.newestState.validators;
    const canVote = running.length >= length - Math.floor((length - 1) / 3);
    const hadItsTime = this.now >= deadline && deadline > plan.healedAt;
    if (!hadItsTime || !canVote) return;
    const fail = (machine: number, detail: string): void => {
      this.world.failures.push({ machine, property: "progress", detail });
    };
    if (this.hasStoodStill) fail(NO_MACHINE, `no height above ${this.heightAtHealing} came after healing`);
    const behind = running.find((it) => it.finalHeight < plan.heightsWanted);
    if (behind === undefined) return;
    fail(behind.number, `its final height is ${behind.finalHeight}, where ${plan.heightsWanted} were wanted`);
  }

  private get isRunaway(): boolean {
    return this.world.scheduler.count > ENTRIES_MAX;
  }

  private get newestState(): ModelState {
    const states = this.machines.map((it) => it.executor.newest);
    return states.reduce((a, b) => (b.height > a.height ? b : a));
  }

  /** The machines that must get on: correct, in the newest set, and in possession of their log. */
  get reliable(): readonly Machine[] {
    const { validators } = this.newestState;
    return this.machines.filter((it) => it.isCorrect && !it.hasLostLog && validators.includes(it.key));
  }

  /** E-2: whoever was to join is in the set. */
  private get hasEveryJoiner(): boolean {
    const { validators } = this.newestState;
    const joiners = this.plan.setChanges.flatMap((it) => it.joiner ?? []);
    return joiners.every((number) => {
      // S-3: one that lost its log signs nothing any more.
      const isLost = this.machines[number]?.hasLostLog === true;
      return isLost || validators.includes(this.world.keyAt(number));
    });
  }

  private get running(): readonly Machine[] {
    return this.reliable.filter((it) => it.isUp);
  }

  get lowestFinal(): number {
    return Math.min(...this.reliable.map((it) => it.finalHeight));
  }

  private get isFinished(): boolean {
    const { plan } = this;
    const last = plan.submissions.at(-1)?.at ?? 0;
    if (this.now < last || this.lowestFinal < plan.heightsWanted || this.hasStoodStill) return false;
    if (!this.hasEveryJoiner) return false;
    const shown = toNanos(this.now);
    const { reliable } = this;
    for (const it of this.outstanding.values()) {
      // What went down with the only machine that had it is not waited for.
      const isHeld =
        it.facts.validUntil >= shown &&
        reliable.some(({ content }) => content.holds(it) || content.isJudging(it));
      if (isHeld) return false;
    }
    const highest = Math.max(...reliable.map((it) => it.deliveredHeight));
    return reliable.every((it) => it.finalHeight === highest && it.deliveredHeight === highest);
  }

  private schedule(): void {
    const { scheduler } = this.world;
    for (const [number, machine] of this.machines.entries()) {
      const isJoiner = number >= this.plan.validators && number < this.plan.validators + this.plan.joiners;
      scheduler.at(0, () => machine.start(isJoiner ? "joiner" : "genesis"));
    }
    for (const fault of this.plan.faults) scheduler.at(fault.at, () => this.apply(fault));
    for (const submission of this.plan.submissions)
      scheduler.at(submission.at, () => this.submit(submission));
  }

  /** One of a client's deeds, now. */
  submit(submission: Submission, detail?: number): SimTransaction {
    const { world, prng } = this;
    const { events } = world;
    const known = detail ?? prng.between(KNOWN_LATER_MIN, KNOWN_LATER_MAX);
    const sender = createSender(prng, submission.sender, known);
    const validUntil = toNanos(this.now + submission.validFor);
    const transaction = world.pool.create(prng, sender, validUntil, submission.bytes, submission.isJunk);
    if (!submission.isJunk) {
      const { txid, bytes } = transaction.facts;
      events.emit({ at: events.at, machine: NO_MACHINE, kind: "submitted", txid, validUntil, bytes });
    }
    const machines = submission.to.map((number) => this.machineAt(number)).filter((it) => it.isUp);
    const counts =
      !submission.isJunk && submission.sender !== "unknown" && machines.some((it) => it.isCorrect);
    if (counts) this.outstanding.set(transaction.key, transaction);
    for (const machine of machines) machine.receiveContent(transaction, "client");
    return transaction;
  }

  private trickle(): void {
    const { running } = this;
    if (running.length > 0) this.submitExtra([this.prng.pick(running).number], "known");
  }

  private submitExtra(to: readonly number[], sender: SenderKind, detail?: number): void {
    const validFor = Math.floor(toTrueTime(this.plan.params.ttl) / 2);
    this.submit({ at: this.now, to, validFor, bytes: TRICKLE_BYTES, sender, isJunk: false }, detail);
  }

  /** E-2: an admitted joiner that follows closely says so, until the state has heard it. */
  private declareReady(): void {
    const state = this.newestState;
    for (const { key } of state.joiners) {
      const machine = this.machines.find((it) => it.key === key);
      if (machine === undefined || state.ready.includes(key)) continue;
      // The newest state is that of whoever is furthest: a slow machine is never quite there.
      if (machine.deliveredHeight + 2 * this.plan.params.window < state.height) continue;
      this.submitExtra([machine.number], "joiner", this.world.keys.indexOf(key));
    }
  }

  apply(fault: Fault): void {
    const { events, network } = this.world;
    const what = networkFaultToText(fault);
    if (what !== undefined) {
      const change = changeOf(fault);
      events.emit({ at: events.at, machine: NO_MACHINE, kind: "network", change, what });
    }
    switch (fault.kind) {
      case "crash":
        this.each(fault.machines, (it) => it.crash());
        break;
      case "restart":
        this.each(fault.machines, (it) => it.start(it.hasLostLog ? "wiped" : "restart"));
        break;
      case "wipe":
        this.machineAt(fault.machine).loseLog(fault.keptRecords);
        break;
      case "cut":
        network.cut(fault.from, fault.to);
        break;
      case "mend":
        network.mend(fault.from, fault.to);
        break;
      case "slowLinks":
        network.slow(fault.machine, fault.factor);
        break;
      case "slowDisk":
        this.machineAt(fault.machine).disk.slow(fault.factor);
        break;
      case "slowExecution":
        this.machineAt(fault.machine).executor.slow(fault.factor);
        break;
      case "bias":
        network.bias(fault.bias);
        break;
      case "unbias":
        network.unbias(fault.bias);
        break;
      case "clockJump":
        this.machineAt(fault.machine).jumpClock(fault.by);
        break;
      case "heal":
        this.heal();
        break;
    }
  }

  private heal(): void {
    this.world.network.calm();
    for (const machine of this.machines) {
      machine.disk.slow(1);
      machine.executor.slow(1);
      machine.start(machine.hasLostLog ? "wiped" : "restart");
    }
  }

  private each(numbers: readonly number[], act: (machine: Machine) => void): void {
    for (const number of numbers) act(this.machineAt(number));
  }

  private machineAt(number: number): Machine {
    return must(this.machines[number], "a machine of this cluster");
  }

  private deliveryListener(): RunListener {
    return {
      kinds: new Set(["delivered"]),
      observe: (event) => {
        if (event.kind !== "delivered") return;
        for (const { txid } of event.block.transactions) {
          const transaction = this.world.pool.find(txid);
          if (transaction !== undefined) this.outstanding.delete(transaction.key);
        }
      },
    };
  }
}

function changeOf(fault: Fault): "partition" | "heal" | "slow" {
  if (fault.kind === "cut") return "partition";
  return fault.kind === "mend" || fault.kind === "heal" || fault.kind === "unbias" ? "heal" : "slow";
}
