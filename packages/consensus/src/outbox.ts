import type { Txid } from "@touchmark/core";
import type { Effect } from "./effect.ts";
import type { Fact } from "./facts.ts";
import type { PeerKey } from "./input.ts";
import { Journal } from "./journal.ts";
import type { Message } from "./messages.ts";
import type { DurableRecord, SignedOnce } from "./recovery.ts";

/** The effects of one step, in the order in which they must happen. */
export class Outbox {
  readonly journal = new Journal();
  private effects: Effect[] = [];

  take(): readonly Effect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  push(effect: Effect): void {
    this.effects.push(effect);
  }

  persist(record: DurableRecord): void {
    this.journal.note(record);
    this.effects.push({ kind: "persist", record });
  }

  /** P-7: a message that is signed once is durable before it leaves, so that a restart sends the same. */
  signedOnce(message: SignedOnce): void {
    this.persist({ kind: "sent", message });
    this.broadcast(message);
  }

  broadcast(message: Message): void {
    this.effects.push({ kind: "broadcast", message });
  }

  send(to: PeerKey, message: Message): void {
    this.effects.push({ kind: "send", to, message });
  }

  fetch(txids: readonly Txid[], from: readonly PeerKey[]): void {
    this.effects.push({ kind: "fetch", txids, from });
  }

  observe(fact: Fact): void {
    this.effects.push({ kind: "observe", fact });
  }

  halt(diagnosis: string): void {
    this.effects.push({ kind: "halt", diagnosis });
  }
}
