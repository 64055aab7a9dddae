import { Height, must, type Nanos } from "@touchmark/core";
import type { Block } from "../../block.ts";
import type { Effect } from "../../effect.ts";
import type { Executed, Input } from "../../input.ts";
import type { Message } from "../../messages.ts";
import type { DurableRecord } from "../../recovery.ts";
import type { Replica } from "../../replica.ts";
import { ownMessage } from "../../verify.ts";
import { simHasher } from "../sim-hasher.ts";
import type { Setting } from "./setting.ts";

/** What others can see of a step, with how many records were in the log by then (P-7). */
export type Happening = { readonly records: number } & (
  | { readonly kind: "sent"; readonly message: Message; readonly to: Uint8Array | undefined }
  | { readonly kind: "delivered"; readonly block: Block }
  | { readonly kind: "halted"; readonly diagnosis: string }
);

/** One replica, its log and its state machine, without any time of their own: a block is executed at once. */
export class Body {
  readonly index: number;
  readonly setting: Setting;
  readonly records: DurableRecord[] = [];
  lives = 1;
  /** Batches that it made while nobody was shown any, itself included: a restart makes one. */
  readonly withheld: Message[] = [];
  /** Lanes stand still while phases are explored, or a restarted leader would propose what nobody holds. */
  showsBatches = true;
  wakeAt: Nanos | undefined;
  private replica: Replica;
  private halted = false;

  constructor(setting: Setting, index: number) {
    this.setting = setting;
    this.index = index;
    this.replica = setting.create(index);
  }

  get inside(): Replica {
    return this.replica;
  }

  /** The highest view that it has left for or entered. */
  get view(): number {
    let view = 0;
    for (const it of this.records) {
      if (it.kind === "acceptedView") view = Math.max(view, it.newView.view);
      else if (it.kind === "sent" && it.message.kind === "viewChange") view = Math.max(view, it.message.view);
    }
    return view;
  }

  /** What is given to it before the first phase. */
  open(): readonly Happening[] {
    const happenings = must(this.setting.openings[this.index], "an opening").flatMap((it) => this.take(it));
    this.showsBatches = false;
    return happenings;
  }

  /** P-7: what was not durable is gone; the rest is what a new life starts from. */
  restart(now: Nanos, kept: number): readonly Happening[] {
    this.records.length = kept;
    this.lives += 1;
    this.halted = false;
    this.replica = this.setting.create(this.index);
    const records = this.setting.shell.recover([...this.records]);
    return this.take({
      now,
      kind: "start",
      recovered: { records, observeOnly: false, stateHeight: Height.of(0) },
    });
  }

  /** The input, and whatever the replica's own messages and executed blocks bring about at once. */
  take(input: Input): readonly Happening[] {
    const happenings: Happening[] = [];
    const queue: Input[] = [input];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (this.halted) break;
      try {
        for (const effect of this.replica.step(next)) this.perform(effect, next.now, queue, happenings);
      } catch (thrown) {
        this.halt(`assertion: ${String(thrown)}`, happenings);
      }
    }
    return happenings;
  }

  private halt(diagnosis: string, happenings: Happening[]): void {
    this.halted = true;
    happenings.push({ kind: "halted", diagnosis, records: this.records.length });
  }

  private perform(effect: Effect, now: Nanos, queue: Input[], happenings: Happening[]): void {
    const records = this.records.length;
    switch (effect.kind) {
      case "persist":
        this.records.push(effect.record);
        break;
      case "broadcast":
        if (effect.message.kind === "batch" && !this.showsBatches) {
          this.withheld.push(effect.message);
          break;
        }
        happenings.push({ kind: "sent", message: effect.message, to: undefined, records });
        queue.push({
          now,
          kind: "message",
          from: this.setting.key(this.index),
          message: ownMessage(effect.message),
        });
        break;
      case "send":
        happenings.push({ kind: "sent", message: effect.message, to: effect.to, records });
        break;
      case "deliver":
        happenings.push({ kind: "delivered", block: effect.block, records });
        queue.push({ now, kind: "executed", executed: executedOf(effect.block) });
        break;
      case "wake":
        this.wakeAt = effect.at;
        break;
      case "halt":
        this.halt(effect.diagnosis, happenings);
        break;
      default:
        // What is left asks for content, which everybody holds, or tells facts.
        break;
    }
  }
}

function executedOf({ height, blockHash }: Block): Executed {
  return {
    height,
    stateRoot: simHasher.sha256(blockHash),
    nextTimerDue: undefined,
    nextValidators: undefined,
    joiners: [],
    suspends: false,
    suspended: [],
    admission: { accepts: () => true },
  };
}
