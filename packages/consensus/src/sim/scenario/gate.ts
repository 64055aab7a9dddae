import type { Message } from "../../messages.ts";
import type { Network, Parcel } from "../network.ts";
import type { Scheduler } from "../scheduler.ts";
import type { TrafficFilter, TrafficRule } from "./steps.ts";

function heightOf(message: Message | undefined): number | undefined {
  if (message === undefined) return undefined;
  if ("cut" in message) return message.cut.height;
  if ("finality" in message) return message.finality?.height;
  return "height" in message ? message.height : undefined;
}

function viewOf(message: Message | undefined): number | undefined {
  return message !== undefined && "view" in message ? message.view : undefined;
}

function fits({ kinds, from, to, height, view }: TrafficFilter, parcel: Parcel): boolean {
  return (
    kinds?.has(parcel.traffic) !== false &&
    from?.has(parcel.from) !== false &&
    to?.has(parcel.to) !== false &&
    (height === undefined || height === heightOf(parcel.message)) &&
    (view === undefined || view === viewOf(parcel.message))
  );
}

/** The lines about traffic that are in force, and what they hold back. */
export class ScriptedGate {
  private readonly scheduler: Scheduler;
  private rules: readonly TrafficRule[] = [];
  private held: { readonly parcel: Parcel; readonly goOn: () => void }[] = [];

  constructor(scheduler: Scheduler, network: Network) {
    this.scheduler = scheduler;
    network.gate = (parcel, goOn) => this.decide(parcel, goOn);
  }

  add(rule: TrafficRule): void {
    this.rules = [...this.rules, rule];
  }

  private decide(parcel: Parcel, goOn: () => void): void {
    const fate = this.rules.findLast(({ filter }) => fits(filter, parcel))?.fate ?? "pass";
    if (fate === "pass") goOn();
    else if (fate === "hold") this.held.push({ parcel, goOn });
    else if (fate !== "drop") this.scheduler.after(fate.delay, goOn);
  }

  /** What was held and fits goes on its way; without a filter everything does, and no more is held. */
  release(filter?: TrafficFilter): void {
    const { held } = this;
    const goes = ({ parcel }: { readonly parcel: Parcel }) => filter === undefined || fits(filter, parcel);
    this.held = held.filter((it) => !goes(it));
    if (filter === undefined) this.rules = this.rules.filter(({ fate }) => fate !== "hold");
    for (const it of held) if (goes(it)) it.goOn();
  }

  heal(): void {
    this.rules = [];
    this.release();
  }
}
