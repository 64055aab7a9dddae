import { bytesToHex, bytesToKey, type Txid } from "@touchmark/core";
import type { Cut } from "../../messages.ts";
import type { RunEventKind, RunListener } from "../event-log.ts";
import type { RunEvent } from "../run-event.ts";

/** What one machine was seen to do. */
export class Seen {
  readonly blocks = new Map<number, string>();
  /** The order of the chain, as far as this machine has delivered it. */
  readonly order: string[] = [];
  height = 0;
  final = 0;
  epoch = 0;
  view = 0;
  viewChanges = 0;
  complaints = 0;
  readonly accused = new Set<number>();
}

/** What a scenario's expectations, and its scripted proposals, ask about. */
export class Watcher implements RunListener {
  readonly kinds: ReadonlySet<RunEventKind> = new Set(["sent", "delivered", "final", "fact"]);
  private readonly machines = new Map<number, Seen>();
  private readonly proposed = new Map<string, Cut>();
  /** Rises with everything that an expectation could depend on. */
  version = 0;

  at(machine: number): Seen {
    const seen = this.machines.get(machine) ?? new Seen();
    this.machines.set(machine, seen);
    return seen;
  }

  /** The first cut that was proposed there, whoever heard of it. */
  cutOf(height: number, view: number): Cut | undefined {
    return this.proposed.get(`${view}/${height}`);
  }

  /** The height at which two machines have different blocks. */
  get forkedAt(): number | undefined {
    const blocks = new Map<number, string>();
    for (const seen of this.machines.values()) {
      for (const [height, hash] of seen.blocks) {
        if ((blocks.get(height) ?? hash) !== hash) return height;
        blocks.set(height, hash);
      }
    }
    return undefined;
  }

  observe(event: RunEvent): void {
    const { machine } = event;
    switch (event.kind) {
      case "sent": {
        const { message } = event;
        const name = message.kind === "preprepare" ? `${message.view}/${message.cut.height}` : "";
        if (message.kind === "preprepare" && !this.proposed.has(name)) this.proposed.set(name, message.cut);
        return;
      }
      case "delivered":
        this.delivered(this.at(machine), event);
        break;
      case "final":
        this.at(machine).final = Math.max(this.at(machine).final, event.finality.height);
        break;
      case "fact":
        this.fact(this.at(machine), event);
        break;
      default:
        return;
    }
    this.version += 1;
  }

  private delivered(seen: Seen, { block }: Extract<RunEvent, { readonly kind: "delivered" }>): void {
    const { height, epoch, blockHash, transactions } = block;
    const known = seen.blocks.get(height);
    const hash = bytesToHex(blockHash);
    if (known !== undefined) {
      // A restart delivers the log's blocks again.
      if (known !== hash) seen.blocks.set(height, `${known} and ${hash}`);
      return;
    }
    seen.blocks.set(height, hash);
    seen.height = Math.max(seen.height, height);
    seen.epoch = epoch;
    seen.order.push(...transactions.map((it) => keyOf(it.txid)));
  }

  private fact(seen: Seen, { fact }: Extract<RunEvent, { readonly kind: "fact" }>): void {
    if (fact.kind === "newView") seen.view = fact.view;
    else if (fact.kind === "viewChange") seen.viewChanges += 1;
    else if (fact.kind === "complained") seen.complaints += 1;
    else if (fact.kind === "equivocation" && fact.lane !== undefined) seen.accused.add(fact.lane);
  }
}

function keyOf(txid: Txid): string {
  return bytesToKey(txid);
}
