import type { Block } from "../../block.ts";
import type { Executed } from "../../input.ts";
import type { RunEventOf } from "./setup.ts";

/** The block of a height, as the first correct machine delivered it. */
export interface DeliveredBlock {
  readonly block: Block;
  readonly machine: number;
  readonly at: bigint;
  readonly order: number;
}

/** The chain as correct machines delivered it. That they agree on it is for `agreement` to judge. */
export class Deliveries {
  private readonly first = new Map<number, DeliveredBlock>();
  private readonly times = new Map<number, Map<number, bigint>>();
  private readonly adoptions = new Map<number, number>();
  private readonly horizons = new Map<number, bigint>();
  private readonly answers = new Map<number, Executed>();
  private highestHeight = 0;

  delivered(event: RunEventOf<"delivered">, order: number): void {
    const { machine, block, at } = event;
    if (!this.first.has(block.height)) this.first.set(block.height, { block, machine, at, order });
    if (block.height > this.highestHeight) this.highestHeight = block.height;
    if (block.horizon > this.horizonOf(machine)) this.horizons.set(machine, block.horizon);
    const times = this.times.get(machine) ?? new Map<number, bigint>();
    this.times.set(machine, times);
    if (!times.has(block.height)) times.set(block.height, at);
  }

  /** Y-1: the machine goes on behind this height, which some other one has delivered. */
  adopted({ machine, height }: RunEventOf<"adopted">): void {
    if (height > (this.adoptions.get(machine) ?? 0)) this.adoptions.set(machine, height);
    const horizon = this.first.get(height)?.block.horizon ?? 0n;
    if (horizon > this.horizonOf(machine)) this.horizons.set(machine, horizon);
  }

  /** The highest height behind which the machine has begun. */
  adoptedBy(machine: number): number {
    return this.adoptions.get(machine) ?? 0;
  }

  executed({ executed }: RunEventOf<"executed">): void {
    if (!this.answers.has(executed.height)) this.answers.set(executed.height, executed);
  }

  get highest(): number {
    return this.highestHeight;
  }

  at(height: number): DeliveredBlock | undefined {
    return this.first.get(height);
  }

  /** When this machine first delivered the height. */
  timeAt(machine: number, height: number): bigint | undefined {
    return this.times.get(machine)?.get(height);
  }

  horizonOf(machine: number): bigint {
    return this.horizons.get(machine) ?? 0n;
  }

  /** What the state after the height answered. */
  executedAt(height: number): Executed | undefined {
    return this.answers.get(height);
  }

  /** From height 1 up to the first gap; a gap is for `agreement` to report. */
  get chain(): readonly DeliveredBlock[] {
    const chain: DeliveredBlock[] = [];
    for (let height = 1; height <= this.highestHeight; height++) {
      const delivered = this.first.get(height);
      if (delivered === undefined) return chain;
      chain.push(delivered);
    }
    return chain;
  }
}
