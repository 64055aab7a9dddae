import type { Height, Nanos, Txid } from "@touchmark/core";
import type { Block } from "./block.ts";
import type { ValidatorKey } from "./committee.ts";
import type { Fact } from "./facts.ts";
import type { PeerKey } from "./input.ts";
import type { FinalityCertificate, Message, MessageOf } from "./messages.ts";
import type { DurableRecord } from "./recovery.ts";

/**
 * All that a replica ever does, in order. The order is a contract:
 *
 * - `persist` appends to one log. A `send`, `broadcast` or `deliver` leaves only when every record that was
 *   persisted before it, in this step or an earlier one, is durable.
 * - `broadcast` goes to every validator of the set and every joiner, and comes back to the replica itself
 *   as a message from its own key, after the same wait. So one's own vote counts only once it is durable,
 *   by the same path as anybody's.
 * - `wake` asks for a tick at that time; a later `wake` replaces an earlier one.
 */
export type Effect =
  | { readonly kind: "persist"; readonly record: DurableRecord }
  | { readonly kind: "send"; readonly to: PeerKey; readonly message: Message }
  | { readonly kind: "broadcast"; readonly message: Message }
  | { readonly kind: "wake"; readonly at: Nanos }
  /** Fetch content from these peers, the likeliest first; what comes is given in as `arrived`. */
  | { readonly kind: "fetch"; readonly txids: readonly Txid[]; readonly from: readonly PeerKey[] }
  /** The content of these is needed no more: ordered and past its memory, or expired. */
  | { readonly kind: "release"; readonly txids: readonly Txid[] }
  /** S-1: this content was unverified for too long, and counts as never held: whoever brought it in hears "busy". */
  | { readonly kind: "dropped"; readonly refs: readonly number[] }
  /** Ordered for good: execute it. The answer is the input `executed`. */
  | { readonly kind: "deliver"; readonly block: Block }
  /** The height is final, by its own certificate or by that of a later height, which no other parent could have. */
  | { readonly kind: "final"; readonly height: Height; readonly finality: FinalityCertificate }
  | { readonly kind: "evidence"; readonly against: ValidatorKey; readonly evidence: MessageOf<"evidence"> }
  | { readonly kind: "observe"; readonly fact: Fact }
  /** The replica stops for good: its state or its log contradicts what q others signed. */
  | { readonly kind: "halt"; readonly diagnosis: string };
