import type { Fact } from "../../facts.ts";
import type { RunEvent } from "../run-event.ts";
import { Batches } from "./batches.ts";
import { Deliveries } from "./deliveries.ts";
import { Machines } from "./machines.ts";
import { ValidatorSets } from "./sets.ts";
import type { RunEventKind, RunEventOf, RunSetup } from "./setup.ts";
import { correctStamps, type StampOf } from "./stamps.ts";
import { Transactions } from "./transactions.ts";

type Deed = RunEventOf<"arrived" | "clockSet" | "delivered" | "adopted" | "executed" | "fact">;

const DEEDS: ReadonlySet<RunEventKind> = new Set([
  "arrived",
  "clockSet",
  "delivered",
  "adopted",
  "executed",
  "fact",
]);

function isDeed(event: RunEvent): event is Deed {
  const { kind } = event;
  return DEEDS.has(kind);
}

/** What several properties ask about the run, kept once. */
export class RunLog {
  static readonly kinds: readonly RunEventKind[] = [
    "started",
    "crashed",
    "halted",
    "submitted",
    "arrived",
    "clockSet",
    "sent",
    "delivered",
    "adopted",
    "executed",
    "fact",
  ];
  readonly setup: RunSetup;
  readonly machines = new Machines();
  readonly transactions = new Transactions();
  readonly batches: Batches;
  readonly deliveries = new Deliveries();
  /** How many events were seen: later events have higher numbers. */
  order = 0;
  private derived:
    | { readonly order: number; readonly sets: ValidatorSets; readonly stamps: StampOf }
    | undefined;

  constructor(setup: RunSetup) {
    this.setup = setup;
    this.batches = new Batches(setup.chain);
  }

  /** Of the run so far; computed once at its end. */
  private get summary(): { readonly sets: ValidatorSets; readonly stamps: StampOf } {
    if (this.derived?.order !== this.order) {
      const sets = new ValidatorSets(this.setup, this.deliveries);
      this.derived = { order: this.order, sets, stamps: correctStamps(this.batches) };
    }
    return this.derived;
  }

  get sets(): ValidatorSets {
    return this.summary.sets;
  }

  get stamps(): StampOf {
    return this.summary.stamps;
  }

  observe(event: RunEvent): void {
    this.order++;
    if (event.kind === "sent") this.sent(event);
    else if (event.kind === "started") this.machines.started(event, this.order);
    else if (event.kind === "crashed" || event.kind === "halted") this.machines.stopped(event.machine);
    else if (event.kind === "submitted") this.transactions.submitted(event, this.order);
    else if (isDeed(event)) this.byCorrect(event);
  }

  private sent({ machine: number, at, message }: RunEventOf<"sent">): void {
    if (message.kind !== "batch") {
      this.batches.addAll(message);
      return;
    }
    const seen = this.batches.add(message.batch);
    if (seen.own !== undefined) return;
    const machine = this.machines.correct(number);
    if (machine === undefined || machine.key !== seen.lane) return;
    const { life } = machine;
    const horizon = this.deliveries.horizonOf(number);
    const clockSeen = this.transactions.clockSeen(number);
    seen.own = { machine: number, life, at, order: this.order, horizon, clockSeen };
  }

  private byCorrect(event: Deed): void {
    const machine = this.machines.correct(event.machine);
    if (machine === undefined) return;
    if (event.kind === "arrived") this.transactions.arrived(event, machine.life, this.order);
    else if (event.kind === "clockSet") this.transactions.clockSet(event, machine.life, this.order);
    else if (event.kind === "delivered") this.deliveries.delivered(event, this.order);
    else if (event.kind === "adopted") this.deliveries.adopted(event);
    else if (event.kind === "executed") this.deliveries.executed(event);
    else this.said(event.machine, event.fact);
  }

  private said(machine: number, fact: Fact): void {
    if (fact.kind === "declined") this.transactions.declined(machine, fact.txid, this.order);
    else if (fact.kind === "clockAhead") this.transactions.clockStopped(machine, this.order);
  }
}
