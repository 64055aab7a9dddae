import { assert, type Nanos, SECOND } from "@touchmark/core";
import { LANES_MAX } from "../messages.ts";
import type { Params } from "../params.ts";

/** S-2 (c): content that somebody sent and nobody has looked at yet. It is stamped when it is read (S-1). */
export interface Unread<T> {
  readonly item: T;
  readonly bytes: number;
  /** The peer of the transport that sent it. */
  readonly peer: string;
  /** The node that brought it in, and signed the bundle that it came in; maybe far behind the peer. */
  readonly introducer: string;
  /** S-2 (b): the last final state accepts its sender. */
  readonly isKnown: boolean;
}

export interface ReaderLimits {
  /** S-1: of one peer, unread and unchecked together; beyond that nothing more is read from its stream. */
  readonly peerBytesMax: number;
  /** Of all peers, read and unchecked: the checks take what is theirs within the hold of S-1. */
  readonly checkingBytesMax: number;
  /** Whoever signs bundles: the set and the joiners, and one name for the own clients. */
  readonly introducersMax: number;
  /** S-2 (c): transactions of unknown senders, for each introducer. */
  readonly unknownPerSecond: number;
  readonly unknownWaitingMax: number;
  /** No transaction is larger. */
  readonly transactionBytesMax: number;
}

const MIB = 1_024 * 1_024;
/** The own clients, and what this node itself has asked for, take turns like introducers. */
const OWN_QUEUES = 2;

export function readerLimits({ transactionBytesMax }: Params): ReaderLimits {
  return {
    peerBytesMax: MIB,
    checkingBytesMax: 8 * MIB,
    introducersMax: LANES_MAX + OWN_QUEUES,
    unknownPerSecond: 10,
    unknownWaitingMax: 64,
    transactionBytesMax,
  };
}

/** What each introducer has waiting. */
class Queue<T> {
  readonly known: Unread<T>[] = [];
  readonly unknown: Unread<T>[] = [];
  /** How many bytes it may still have read in this round. */
  credit = 0;
  /** When its next transaction of an unknown sender may be read. */
  unknownAt = 0n;

  get isEmpty(): boolean {
    return this.known.length === 0 && this.unknown.length === 0;
  }
}

/**
 * S-2 (c), S-1: who is read next. The problem: reading is where stamps come from, so whoever can make others
 * read only its own content delays everybody else's. First come, first read would let one introducer do that
 * with valid transactions, and a share for each peer would let it do so by way of many peers.
 *
 * The answer: each introducer has a queue, and these take turns by bytes: in each round every one may have one
 * transaction's worth read, and keeps what it didn't use. What waits costs nothing but room, and room is bounded
 * for each peer, whose stream is simply read no further. Content of senders that the state doesn't know, which
 * cost nothing to invent, trickles through beside the rest.
 */
export class FairReader<T> {
  private readonly limits: ReaderLimits;
  private readonly queues = new Map<string, Queue<T>>();
  /** Introducers with something waiting, in the order of their turns. */
  private turns: string[] = [];
  /** Unread and unchecked bytes of each peer. */
  private readonly byPeer = new Map<string, number>();
  private checkingBytes = 0;

  constructor(limits: ReaderLimits) {
    assert(limits.peerBytesMax >= limits.transactionBytesMax, "S-1: a peer may send any transaction");
    assert(limits.checkingBytesMax >= limits.transactionBytesMax, "S-1: any transaction can be checked");
    assert(limits.unknownPerSecond > 0, "S-2: unknown senders come through");
    this.limits = limits;
  }

  /** S-1: whether the stream of this peer may be read on. */
  mayRead(peer: string): boolean {
    return (this.byPeer.get(peer) ?? 0) + this.limits.transactionBytesMax <= this.limits.peerBytesMax;
  }

  /** False if it isn't taken: nobody's turn would ever come to it, or its peer was read too far. */
  put(unread: Unread<T>): boolean {
    const { peer, introducer, bytes, isKnown } = unread;
    const held = (this.byPeer.get(peer) ?? 0) + bytes;
    if (held > this.limits.peerBytesMax || bytes > this.limits.transactionBytesMax) return false;
    const queue = this.queues.get(introducer) ?? new Queue<T>();
    if (!this.queues.has(introducer) && this.queues.size >= this.limits.introducersMax) return false;
    if (!isKnown && queue.unknown.length >= this.limits.unknownWaitingMax) return false;
    if (queue.isEmpty) this.turns.push(introducer);
    this.queues.set(introducer, queue);
    (isKnown ? queue.known : queue.unknown).push(unread);
    this.byPeer.set(peer, held);
    return true;
  }

  /** What is to be read now, if anything: it is stamped, and checked until `checked` is told of it. */
  take(now: Nanos): Unread<T> | undefined {
    // Credit grows by a whole transaction in each round, so two rounds find whatever can be read.
    for (let turn = 2 * this.turns.length; turn > 0; turn--) {
      const introducer = this.turns[0];
      const queue = introducer === undefined ? undefined : this.queues.get(introducer);
      if (introducer === undefined || queue === undefined) return undefined;
      const next = this.nextOf(queue, now);
      if (next !== undefined && this.checkingBytes + next.bytes > this.limits.checkingBytesMax)
        return undefined;
      if (next !== undefined && next.bytes <= queue.credit) {
        this.read(introducer, queue, next, now);
        return next;
      }
      if (next !== undefined) queue.credit += this.limits.transactionBytesMax;
      this.turns.push(...this.turns.splice(0, 1));
    }
    return undefined;
  }

  private nextOf(queue: Queue<T>, now: Nanos): Unread<T> | undefined {
    const [unknown] = queue.unknown;
    // Its time has come, so it goes first: behind a full queue of known ones it would wait for ever.
    if (unknown !== undefined && now >= queue.unknownAt) return unknown;
    return queue.known[0];
  }

  private read(introducer: string, queue: Queue<T>, next: Unread<T>, now: Nanos): void {
    (next.isKnown ? queue.known : queue.unknown).shift();
    queue.credit -= next.bytes;
    if (!next.isKnown) queue.unknownAt = now + SECOND / BigInt(this.limits.unknownPerSecond);
    this.checkingBytes += next.bytes;
    if (!queue.isEmpty) return;
    // Credit isn't saved up: who had nothing waiting has missed nothing.
    queue.credit = 0;
    this.turns = this.turns.filter((it) => it !== introducer);
  }

  /** The verdict is there, whichever it is, or the hold has run out: the room is free again. */
  checked({ peer, bytes }: Unread<T>): void {
    this.checkingBytes -= bytes;
    const left = (this.byPeer.get(peer) ?? 0) - bytes;
    assert(left >= 0 && this.checkingBytes >= 0, "what is checked was read before");
    if (left === 0) this.byPeer.delete(peer);
    else this.byPeer.set(peer, left);
  }

  /** When to try again where only the pace of unknown senders stands in the way. */
  get nextAt(): bigint | undefined {
    let next: bigint | undefined;
    for (const { unknown, unknownAt } of this.queues.values()) {
      if (unknown.length > 0 && (next === undefined || unknownAt < next)) next = unknownAt;
    }
    return next;
  }

  /** E-1: who signs bundles no more has no queue; what it has waiting is read nonetheless. */
  retain(isIntroducer: (introducer: string) => boolean): void {
    for (const [introducer, queue] of this.queues) {
      if (queue.isEmpty && !isIntroducer(introducer)) this.queues.delete(introducer);
    }
  }
}
