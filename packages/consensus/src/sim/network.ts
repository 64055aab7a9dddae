import type { Prng } from "@touchmark/core";
import type { Message } from "../messages.ts";
import type { Scheduler } from "./scheduler.ts";
import type { TrueTime } from "./true-time.ts";

/** What travels: the kinds of the replicas' messages, and the shells' own traffic in content. */
export type Traffic = string;

/** Something on its way; content has no message. */
export interface Parcel {
  readonly from: number;
  readonly to: number;
  readonly traffic: Traffic;
  readonly message: Message | undefined;
}

/** Stands before the links: lets a parcel go on now, later or never. */
export type Gate = (parcel: Parcel, goOn: () => void) => void;

/** How a whole class of messages fares worse than others: uniform schedules miss the deep bugs. */
export interface Bias {
  readonly traffic: ReadonlySet<Traffic> | undefined;
  readonly from: ReadonlySet<number> | undefined;
  readonly to: ReadonlySet<number> | undefined;
  /** Delays are multiplied by this. */
  readonly factor: number;
  /** The part of such messages that is lost. */
  readonly loss: number;
}

/** What the links are like while nothing special happens to them. */
export interface LinkQuality {
  /** The least delay of each link, by sender, then receiver: links need not be alike in both directions. */
  readonly least: readonly (readonly TrueTime[])[];
  /** Most messages take little more than the least; some take up to this much more. */
  readonly spread: TrueTime;
  readonly loss: number;
  readonly duplication: number;
  /** Whether a later message of a link may overtake an earlier one. */
  readonly reorders: boolean;
}

/** Machines are numbers here. What was sent before a link broke still arrives. */
export class Network {
  private readonly scheduler: Scheduler;
  private readonly prng: Prng;
  private readonly quality: LinkQuality;
  private readonly machines: number;
  /** How many partitions cut the link from one machine to another. */
  private readonly cuts: Int32Array;
  /** Of one machine to another, when the last message arrives. */
  private readonly latest: Float64Array;
  private readonly slowness: Float64Array;
  private biases: readonly Bias[] = [];
  private isCalm = false;
  /** Only scenarios have one. */
  gate: Gate | undefined;

  constructor(scheduler: Scheduler, prng: Prng, machines: number, quality: LinkQuality) {
    this.scheduler = scheduler;
    this.prng = prng;
    this.quality = quality;
    this.machines = machines;
    this.cuts = new Int32Array(machines * machines);
    this.latest = new Float64Array(machines * machines);
    this.slowness = new Float64Array(machines).fill(1);
  }

  /** Cuts links in one direction; to cut both, call twice. Partitions that overlap are counted. */
  cut(from: readonly number[], to: readonly number[]): void {
    this.count(from, to, 1);
  }

  mend(from: readonly number[], to: readonly number[]): void {
    this.count(from, to, -1);
  }

  isCut(from: number, to: number): boolean {
    return (this.cuts[this.link(from, to)] ?? 0) > 0;
  }

  /** Everything that this machine sends or receives takes so many times as long. */
  slow(machine: number, factor: number): void {
    this.slowness[machine] = factor;
  }

  bias(bias: Bias): void {
    this.biases = [...this.biases, bias];
  }

  unbias(bias: Bias): void {
    this.biases = this.biases.filter((it) => it !== bias);
  }

  /** The network heals for good: from here on every message arrives, once, and in good time. */
  calm(): void {
    this.cuts.fill(0);
    this.slowness.fill(1);
    this.biases = [];
    // What slow links still carry comes when it comes; what is sent from now on doesn't queue behind it.
    this.latest.fill(0);
    this.isCalm = true;
  }

  /** Delivers the message later, once, twice or never. */
  send(from: number, to: number, traffic: Traffic, deliver: () => void, message?: Message): void {
    if (from === to) this.scheduler.after(0, deliver);
    else if (this.gate === undefined) this.carry(from, to, traffic, deliver);
    else this.gate({ from, to, traffic, message }, () => this.carry(from, to, traffic, deliver));
  }

  private carry(from: number, to: number, traffic: Traffic, deliver: () => void): void {
    const link = this.link(from, to);
    if ((this.cuts[link] ?? 0) > 0) return;
    const { loss, factor } = this.fateOf(from, to, traffic);
    if (loss > 0 && this.prng.chance(loss)) return;
    this.deliverOnce(from, to, factor, deliver);
    const isTwice =
      !this.isCalm && this.quality.duplication > 0 && this.prng.chance(this.quality.duplication);
    if (isTwice) this.deliverOnce(from, to, factor, deliver);
  }

  private fateOf(
    from: number,
    to: number,
    traffic: Traffic,
  ): { readonly loss: number; readonly factor: number } {
    let loss = this.isCalm ? 0 : this.quality.loss;
    let factor = (this.slowness[from] ?? 1) * (this.slowness[to] ?? 1);
    for (const bias of this.biases) {
      const isMeant =
        bias.traffic?.has(traffic) !== false && bias.from?.has(from) !== false && bias.to?.has(to) !== false;
      if (!isMeant) continue;
      loss = Math.max(loss, bias.loss);
      factor *= bias.factor;
    }
    return { loss, factor };
  }

  private deliverOnce(from: number, to: number, factor: number, deliver: () => void): void {
    const link = this.link(from, to);
    const drawn = this.prng.fraction();
    // The fourth power: the median is a sixteenth of the spread, and there is a long tail.
    const extra = this.quality.spread * drawn * drawn * drawn * drawn;
    const delay = Math.ceil(((this.quality.least[from]?.[to] ?? 0) + extra) * factor);
    let at = this.scheduler.now + delay;
    if (!this.quality.reorders) at = Math.max(at, (this.latest[link] ?? 0) + 1);
    this.latest[link] = at;
    this.scheduler.at(at, deliver);
  }

  private count(from: readonly number[], to: readonly number[], by: number): void {
    for (const sender of from) {
      for (const receiver of to) {
        if (sender === receiver) continue;
        const link = this.link(sender, receiver);
        // A calm network has forgotten its partitions; mending one of them afterwards changes nothing.
        this.cuts[link] = Math.max(0, (this.cuts[link] ?? 0) + by);
      }
    }
  }

  private link(from: number, to: number): number {
    return from * this.machines + to;
  }
}
