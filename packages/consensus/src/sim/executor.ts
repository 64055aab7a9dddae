import { equalBytes, must, type Prng } from "@touchmark/core";
import type { Block } from "../block.ts";
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
  private readonly states: ModelState[];
  private queue: Block[] = [];
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
    this.states = [ledger.genesis];
  }

  get newest(): ModelState {
    return must(this.states.at(-1), "the newest state");
  }

  slow(factor: number): void {
    this.factor = factor;
  }

  deliver(block: Block): void {
    this.queue.push(block);
    if (this.queue.length === 1) this.begin();
  }

  /** Falls back to some state that had reached the disk. */
  crash(): void {
    this.fallBack(this.prng.below(this.newest.height + 1));
  }

  wipe(): void {
    this.fallBack(0);
  }

  private fallBack(height: number): void {
    this.life += 1;
    this.queue = [];
    this.states.length = height + 1;
  }

  private begin(): void {
    const [block] = this.queue;
    if (block === undefined) return;
    const { life } = this;
    const drawn = this.prng.fraction();
    const work = this.speed.least + this.speed.perTransaction * block.transactions.length;
    const delay = (work + this.speed.spread * drawn * drawn * drawn) * this.factor;
    this.scheduler.after(Math.ceil(delay), () => {
      if (life !== this.life) return;
      this.queue.shift();
      this.begin();
      this.execute(block);
    });
  }

  private execute(block: Block): void {
    const known = this.states[block.height];
    if (known !== undefined) {
      if (equalBytes(known.blockHash, block.blockHash)) this.ports.answer(known);
      else this.ports.refuse(`two blocks delivered at height ${block.height}`);
      return;
    }
    const parent = this.states[block.height - 1];
    if (parent === undefined || !equalBytes(parent.blockHash, block.parentBlockHash)) {
      this.ports.refuse(`the block delivered at height ${block.height} does not follow the one before`);
      return;
    }
    const state = this.ledger.apply(parent, block);
    this.states.push(state);
    this.ports.answer(state);
  }
}
