import { equalBytes, must, type Prng } from "@touchmark/core";
import type { Block } from "../block.ts";
import type { FinalityCertificate } from "../messages.ts";
import type { ModelLedger, ModelState } from "./model-state.ts";
import type { Scheduler } from "./scheduler.ts";
import type { TrueTime } from "./true-time.ts";

export interface ExecutionSpeed {
  readonly least: TrueTime;
  readonly spread: TrueTime;
  readonly perTransaction: TrueTime;
}

export interface ExecutorPorts {
  /** The state after a delivered block. */
  readonly answer: (state: ModelState) => void;
  /** The replica delivered what no correct replica delivers. */
  readonly refuse: (diagnosis: string) => void;
}

/** A state that is fetched takes so many times a block's time. */
const INSTALLING = 20;

type Task =
  | { readonly kind: "block"; readonly block: Block }
  /** Y-1: go on behind this height. */
  | { readonly kind: "adopt"; readonly finality: FinalityCertificate };

/**
 * The state machine of one machine: it takes delivered blocks in order, and answers after a while. Its
 * states reach the disk later than the replica's log, so a restart may find it behind. A replica that starts
 * delivers again what its log holds; heights whose state is there are answered from memory.
 */
export class Executor {
  private readonly ledger: ModelLedger;
  private readonly scheduler: Scheduler;
  private readonly prng: Prng;
  private readonly speed: ExecutionSpeed;
  private readonly ports: ExecutorPorts;
  private readonly states = new Map<number, ModelState>();
  private newestState: ModelState;
  /** The state of this height is on the disk, and what was delivered before it may be gone there. */
  private floor = 0;
  private queue: Task[] = [];
  /** Executions of a machine that has crashed since end in nothing. */
  private life = 0;
  private factor = 1;

  constructor(
    ledger: ModelLedger,
    scheduler: Scheduler,
    prng: Prng,
    speed: ExecutionSpeed,
    ports: ExecutorPorts,
  ) {
    this.ledger = ledger;
    this.scheduler = scheduler;
    this.prng = prng;
    this.speed = speed;
    this.ports = ports;
    this.newestState = ledger.genesis;
    this.states.set(0, ledger.genesis);
  }

  get newest(): ModelState {
    return this.newestState;
  }

  slow(factor: number): void {
    this.factor = factor;
  }

  deliver(block: Block): void {
    this.put({ kind: "block", block });
  }

  /** Y-1: what was delivered before is done elsewhere, and needn't be done here. */
  adopt(finality: FinalityCertificate): void {
    this.life += 1;
    this.queue = [];
    this.put({ kind: "adopt", finality });
  }

  /** Runs once the state of that height is on the disk, unless the machine crashes before. */
  whenDurable(height: number, run: () => void): void {
    const { life } = this;
    const least = this.speed.least + this.prng.below(this.speed.least + this.speed.spread + 1);
    this.scheduler.after(least * this.factor, () => {
      if (life !== this.life || !this.states.has(height)) return;
      this.floor = Math.max(this.floor, height);
      run();
    });
  }

  /** Falls back to some state that had reached the disk. */
  crash(): void {
    const heights = [...this.states.keys()].filter((height) => height >= this.floor);
    this.fallBack(this.prng.pick(heights));
  }

  wipe(): void {
    this.floor = 0;
    this.states.set(0, this.ledger.genesis);
    this.fallBack(0);
  }

  private fallBack(newest: number): void {
    this.life += 1;
    this.queue = [];
    for (const height of this.states.keys()) if (height > newest) this.states.delete(height);
    this.newestState = must(this.states.get(newest), "a state that was kept");
  }

  private put(task: Task): void {
    this.queue.push(task);
    if (this.queue.length === 1) this.begin();
  }

  private begin(): void {
    const [task] = this.queue;
    if (task === undefined) return;
    const { life } = this;
    this.scheduler.after(Math.ceil(this.timeFor(task) * this.factor), () => {
      if (life !== this.life) return;
      this.queue.shift();
      this.begin();
      if (task.kind === "block") this.execute(task.block);
      else this.install(task.finality);
    });
  }

  private timeFor(task: Task): number {
    const drawn = this.prng.fraction();
    const { least, perTransaction, spread } = this.speed;
    const chance = spread * drawn * drawn * drawn;
    if (task.kind === "block") return least + perTransaction * task.block.transactions.length + chance;
    return this.states.has(task.finality.height) ? least : INSTALLING * (least + chance);
  }

  /** Y-1: checked against the root that q validators signed; it is on the disk before the answer. */
  private install({ height, stateRoot }: FinalityCertificate): void {
    const state = this.states.get(height) ?? this.ledger.stateOf(stateRoot);
    if (state === undefined || state.height !== height || !equalBytes(state.root, stateRoot)) {
      this.ports.refuse(`no state after height ${height} has the root that is signed`);
      return;
    }
    this.keep(state);
    this.floor = Math.max(this.floor, height);
    this.ports.answer(state);
  }

  private keep(state: ModelState): void {
    this.states.set(state.height, state);
    if (state.height > this.newestState.height) this.newestState = state;
  }

  private execute(block: Block): void {
    const known = this.states.get(block.height);
    if (known !== undefined) {
      if (equalBytes(known.blockHash, block.blockHash)) this.ports.answer(known);
      else this.ports.refuse(`two blocks delivered at height ${block.height}`);
      return;
    }
    const parent = this.states.get(block.height - 1);
    if (parent === undefined || !equalBytes(parent.blockHash, block.parentBlockHash)) {
      this.ports.refuse(`the block delivered at height ${block.height} does not follow the one before`);
      return;
    }
    const state = this.ledger.apply(parent, block);
    this.keep(state);
    this.ports.answer(state);
  }
}
