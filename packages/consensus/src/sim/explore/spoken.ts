import { bytesToHex, bytesToKey, isRejection } from "@touchmark/core";
import type { Message, Verified } from "../../messages.ts";
import type { SignedOnce } from "../../recovery.ts";
import { cutDigest } from "../../signing.ts";
import { keyOf, textOf } from "./fingerprint.ts";
import type { Setting } from "./setting.ts";

/** One message of one sender. Messages that differ only in who signed the certificates in them are one. */
export interface Spoken {
  readonly id: number;
  readonly sender: number;
  readonly message: SignedOnce;
  /** As the network gives it to others: its signatures and certificates are checked (M-2). */
  readonly verified: Verified;
  /** M-1: of one slot a correct replica signs one thing. */
  readonly slot: string;
  readonly signed: string;
  /** For people. */
  readonly text: string;
}

export function isSignedOnce(message: Message): message is SignedOnce {
  switch (message.kind) {
    case "preprepare":
    case "prepare":
    case "commit":
    case "final":
    case "viewChange":
    case "newView":
      return true;
    default:
      return false;
  }
}

/** M-1: a correct validator signs one thing of each name. */
export function slotOf(message: SignedOnce): string {
  switch (message.kind) {
    case "preprepare":
      return `preprepare ${message.cut.height}, view ${message.view}`;
    case "prepare":
    case "commit":
      return `${message.kind} ${message.height}, view ${message.view}`;
    case "final":
      return `final ${message.height}`;
    case "viewChange":
    case "newView":
      return `${message.kind}, view ${message.view}`;
  }
}

/** Every message that was ever spoken in one case. */
export class SpokenBook {
  private readonly setting: Setting;
  private readonly byText = new Map<string, Spoken>();

  constructor(setting: Setting) {
    this.setting = setting;
  }

  /** What is worth exploring of a message; nothing where it only asks, answers or tells of lanes. */
  find(sender: number, message: Message): Spoken | undefined {
    return isSignedOnce(message) ? this.take(sender, message) : undefined;
  }

  take(sender: number, message: SignedOnce): Spoken {
    const key = keyOf(`${sender}${textOf(message)}`);
    const known = this.byText.get(key);
    if (known !== undefined) return known;
    const verified = this.setting.verifier.verify(message);
    if (isRejection(verified)) throw new Error(`what ${sender} says is refused: ${verified.code}`);
    const slot = slotOf(message);
    const signed = bytesToKey(message.signature);
    const text = `${slot} by ${sender}: ${this.detailOf(message)}`;
    const spoken: Spoken = { id: this.byText.size, sender, message, verified, slot, signed, text };
    this.byText.set(key, spoken);
    return spoken;
  }

  private detailOf(message: SignedOnce): string {
    switch (message.kind) {
      case "preprepare":
        return `cut ${shortOf(cutDigest(this.setting.chain, message.epoch, message.cut))}`;
      case "prepare":
      case "commit":
      case "final":
        return `cut ${shortOf(message.digest)}`;
      case "viewChange": {
        const held = message.prepared.map(
          ({ certificate: it }) => `PC ${it.height} of view ${it.view} on ${shortOf(it.digest)}`,
        );
        const finality = message.finality === undefined ? [] : [`FC ${message.finality.height}`];
        return [...finality, ...held].join(", ") || "nothing held";
      }
      case "newView":
        return (
          message.chosen.map((it) => `${it.height} is ${shortOf(it.digest)}`).join(", ") || "nothing chosen"
        );
    }
  }
}

const NAME_LENGTH = 6;

function shortOf(digest: Uint8Array): string {
  return bytesToHex(digest).slice(0, NAME_LENGTH);
}
