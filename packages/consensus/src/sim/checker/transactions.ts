import { bytesToKey, type Txid } from "@touchmark/core";
import { latest } from "./bigints.ts";
import type { RunEventOf } from "./setup.ts";

/** Content that was whole at a correct machine. */
export interface Arrival {
  readonly at: bigint;
  readonly order: number;
  readonly life: number;
  readonly clock: bigint;
  /** S-1: the stamp that the rules give it, as far as arrivals tell: max(clock, last + 1). */
  readonly expected: bigint;
}

export interface SeenTransaction {
  readonly key: string;
  readonly txid: Txid;
  /** None until a client has made it. */
  submitted: { readonly validUntil: bigint; readonly bytes: number; readonly order: number } | undefined;
  /** By machine. */
  readonly arrivals: Map<number, Arrival[]>;
  firstArrival: number | undefined;
  /** Machines that said they hold it and don't sight it, with the events at which they did (S-2 b, S-6). */
  readonly declined: Map<number, number[]>;
}

/** More arrivals of one transaction at one machine than this are left out; `Arrivals` says what follows. */
export const ARRIVALS_KEPT_MAX = 16;

interface ArrivalClock {
  last: bigint;
  seen: bigint;
  /** What the clock had shown before it was set, and in which life of the machine. */
  stoodAt: { readonly clock: bigint; readonly life: number } | undefined;
  /** The events at which the clock was set. */
  readonly setAt: number[];
}

/** What clients made, and when it reached whom. */
export class Transactions {
  private readonly byKey = new Map<string, SeenTransaction>();
  private readonly clocks = new Map<number, ArrivalClock>();
  private readonly clockStops = new Map<number, number[]>();

  private seen(txid: Txid): SeenTransaction {
    const key = bytesToKey(txid);
    let known = this.byKey.get(key);
    if (known === undefined) {
      known = {
        key,
        txid,
        submitted: undefined,
        arrivals: new Map(),
        firstArrival: undefined,
        declined: new Map(),
      };
      this.byKey.set(key, known);
    }
    return known;
  }

  private clockOf(machine: number): ArrivalClock {
    let clock = this.clocks.get(machine);
    if (clock === undefined) {
      clock = { last: 0n, seen: 0n, stoodAt: undefined, setAt: [] };
      this.clocks.set(machine, clock);
    }
    return clock;
  }

  submitted(event: RunEventOf<"submitted">, order: number): void {
    const { txid, validUntil, bytes } = event;
    this.seen(txid).submitted ??= { validUntil, bytes, order };
  }

  /** At a correct machine. */
  arrived(event: RunEventOf<"arrived">, life: number, order: number): void {
    const { machine, at, clock } = event;
    const ticking = this.clockOf(machine);
    // For a replica a clock that was set back stands still, until it shows more than before or a new start.
    const stoodAt = ticking.stoodAt?.life === life ? ticking.stoodAt.clock : 0n;
    const expected = latest(clock, stoodAt, ticking.last + 1n);
    ticking.last = expected;
    if (clock > ticking.seen) ticking.seen = clock;
    const transaction = this.seen(event.txid);
    transaction.firstArrival ??= order;
    const arrivals = transaction.arrivals.get(machine) ?? [];
    if (arrivals.length === 0) transaction.arrivals.set(machine, arrivals);
    if (arrivals.length <= ARRIVALS_KEPT_MAX) arrivals.push({ at, order, life, clock, expected });
  }

  clockSet({ machine, clock }: RunEventOf<"clockSet">, life: number, order: number): void {
    const ticking = this.clockOf(machine);
    ticking.setAt.push(order);
    const stoodAt = ticking.stoodAt?.life === life ? ticking.stoodAt.clock : 0n;
    ticking.stoodAt = { clock: latest(clock, stoodAt), life };
  }

  /** After a restart content has its stamp by the clock of then, which may show less than upon its arrival. */
  clockSetBetween(machine: number, from: number, to: number): boolean {
    return this.clockOf(machine).setAt.some((order) => order > from && order < to);
  }

  /** The highest that the machine's clock was seen to show. */
  clockSeen(machine: number): bigint {
    return this.clockOf(machine).seen;
  }

  declined(machine: number, txid: Txid, order: number): void {
    const { declined } = this.seen(txid);
    const orders = declined.get(machine) ?? [];
    orders.push(order);
    declined.set(machine, orders);
  }

  /** S-7: the machine stopped its lane. */
  clockStopped(machine: number, order: number): void {
    const orders = this.clockStops.get(machine) ?? [];
    orders.push(order);
    this.clockStops.set(machine, orders);
  }

  clockStopsOf(machine: number): readonly number[] {
    return this.clockStops.get(machine) ?? [];
  }

  get(key: string): SeenTransaction | undefined {
    return this.byKey.get(key);
  }

  /** In the order in which the run first named them. */
  get all(): Iterable<SeenTransaction> {
    return this.byKey.values();
  }
}
