import type { Height, Nanos, Txid } from "@touchmark/core";
import type { ArchivedBlock, Block } from "./block.ts";
import type { ValidatorKey } from "./committee.ts";
import type { Fact } from "./facts.ts";
import type { PeerKey } from "./input.ts";
import type { FinalityCertificate, Message, MessageOf } from "./messages.ts";
import type { DurableRecord } from "./recovery.ts";
import type { ArchiveAsk } from "./sync/archive-answers.ts";

/**
 * All that a replica ever does, in order. The order is a contract:
 *
 * - `persist` appends to one log. A `send`, `broadcast`, `adopt` or `deliver` leaves only when every record that
 *   was persisted before it, in this step or an earlier one, is durable.
 * - Every record in front of a `checkpoint` may be deleted, in any steps, once that checkpoint and the state after
 *   its height are durable (Y-1).
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
  /**
   * Y-1: the state goes on behind this final height, and nothing up to it is delivered any more. Where the shell
   * doesn't have the state after it, it fetches one with the certificate's root and makes it durable. The answer
   * is the input `executed` of that height, before that of any later one.
   */
  | {
      readonly kind: "adopt";
      readonly finality: FinalityCertificate;
      /** The set of the height's epoch. */
      readonly validators: readonly ValidatorKey[];
    }
  /** Ordered for good: execute it. The answer is the input `executed`. */
  | { readonly kind: "deliver"; readonly block: Block }
  /** The height is final, by its own certificate or by that of a later height, which no other parent could have. */
  | { readonly kind: "final"; readonly height: Height; readonly finality: FinalityCertificate }
  /**
   * Y-1: to be kept for ever, with the content of all that its batches name; only of a replica that `archives`.
   * No record in front of a checkpoint is deleted before the blocks up to its height are durable.
   */
  | { readonly kind: "archive"; readonly block: ArchivedBlock }
  /** Y-1: the replica has no more of what this peer asks for; the archive may. See `answerFrom`. */
  | { readonly kind: "serve"; readonly to: PeerKey; readonly ask: ArchiveAsk }
  | { readonly kind: "evidence"; readonly against: ValidatorKey; readonly evidence: MessageOf<"evidence"> }
  | { readonly kind: "observe"; readonly fact: Fact }
  /** The replica stops for good: its state or its log contradicts what q others signed. */
  | { readonly kind: "halt"; readonly diagnosis: string };
