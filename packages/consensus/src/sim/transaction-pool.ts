import { bytesToKey, type Nanos, type Prng, type Txid, toTxid } from "@touchmark/core";
import type { TransactionFacts } from "../input.ts";

/** A transaction of the model: consensus is handed its facts, and the model state machine its id. */
export interface SimTransaction {
  readonly facts: TransactionFacts;
  /** The txid as a Map's key. */
  readonly key: string;
  /** Its signature or format is wrong: whoever checks it refuses it. */
  readonly isJunk: boolean;
}

const TXID_BYTES = 32;
const SENDER_BYTES = 4;

/** Whom the model's state knows (S-2 b); the first byte of a sender says which. */
const SENDER_KINDS = ["known", "known later", "unknown", "joiner", "accuser"] as const;
export type SenderKind = (typeof SENDER_KINDS)[number];

/** The detail is the height from which it is "known later", or the number of the key that joins or is accused. */
export function createSender(prng: Prng, kind: SenderKind, detail: number): Uint8Array {
  const sender = prng.bytes(SENDER_BYTES);
  sender[0] = SENDER_KINDS.indexOf(kind);
  sender[1] = detail;
  return sender;
}

/** E-2: the number of the key that declares itself ready by this transaction. */
export function readyJoiner(sender: Uint8Array): number | undefined {
  return SENDER_KINDS[sender[0] ?? 0] === "joiner" ? sender[1] : undefined;
}

/** S-5: the number of the key whose owner this transaction proves faulty. */
export function accusedKey(sender: Uint8Array): number | undefined {
  return SENDER_KINDS[sender[0] ?? 0] === "accuser" ? sender[1] : undefined;
}

/** Whether the model's state after this height accepts a sender. */
export function acceptsSender(sender: Uint8Array, height: number): boolean {
  const kind = SENDER_KINDS[sender[0] ?? 0];
  if (kind === "known later") return height >= (sender[1] ?? 0);
  return kind !== "unknown";
}

/** Every transaction of a run. Content is immutable, so all machines share one object for it. */
export class TransactionPool {
  private readonly byKey = new Map<string, SimTransaction>();

  create(prng: Prng, sender: Uint8Array, validUntil: Nanos, bytes: number, isJunk: boolean): SimTransaction {
    const txid = toTxid(prng.bytes(TXID_BYTES));
    const transaction = { facts: { txid, sender, validUntil, bytes }, key: bytesToKey(txid), isJunk };
    this.byKey.set(transaction.key, transaction);
    return transaction;
  }

  find(txid: Txid): SimTransaction | undefined {
    return this.byKey.get(bytesToKey(txid));
  }

  get all(): readonly SimTransaction[] {
    return [...this.byKey.values()];
  }
}
