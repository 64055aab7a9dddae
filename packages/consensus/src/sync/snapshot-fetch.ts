import { bytesToKey, type Digest, equalBytes, must } from "@touchmark/core";
import type { Delivery } from "../agreement/delivery.ts";
import type { PeerKey } from "../input.ts";
import {
  type FinalityCertificate,
  type MessageOf,
  PIECES_ASKED_MAX,
  type Piece,
  type SetChange,
} from "../messages.ts";
import type { ChainMemory } from "../recovery.ts";
import type { Shared } from "../replica-state.ts";
import { pieceDigest } from "../signing.ts";
import { memoryOf, pieceDigests } from "./snapshot.ts";

/** Without progress for so long a replica asks whether others are further; doubled once all were asked in vain. */
const PATIENCE = 5_000_000_000n;
const PATIENCE_MAX = 60_000_000_000n;
/** How long a peer has for what it was asked. */
const ANSWER_WITHIN = 1_000_000_000n;
/** So many peers in a row gave nothing: the snapshot is no longer served anywhere. */
const FRUITLESS_MAX = 4;

/** What a replica can begin behind. */
export interface Fetched {
  readonly finality: FinalityCertificate;
  readonly memory: ChainMemory;
  readonly changes: readonly SetChange[];
}

interface Fetch {
  readonly contents: MessageOf<"snapshot">;
  readonly digests: readonly Digest[];
  /** By digest; what an earlier snapshot had too is here already. */
  readonly pieces: Map<string, Piece>;
  /** The numbers of those that aren't, ascending. */
  readonly missing: Set<number>;
  peer: PeerKey;
  /** What the peer was asked for and hasn't sent yet. */
  asked: Set<number>;
  askedAt: bigint;
  fruitless: number;
}

/**
 * Y-1: the way back for a replica that blocks don't help: it is too far behind, or has got no further for long,
 * or begins with nothing. What it takes is signed by q validators of a set that it knows, or that those name
 * one after another; and each piece is checked when it comes in, so a liar costs one question.
 */
export class SnapshotFetch {
  private readonly shared: Shared;
  private readonly delivery: Pick<Delivery, "highestKnown">;
  private readonly done: (fetched: Fetched) => void;
  private height: number;
  private progressAt: bigint;
  private askedAt: bigint | undefined;
  private patience = PATIENCE;
  /** Peers that are still to be asked before patience is due again. */
  private toAsk = 0;
  /** The highest height that anybody says is final; nobody has to prove it, for all that it does is to make us ask. */
  private claimed = 0;
  private turn = 0;
  private fetch: Fetch | undefined;
  /** What came of a snapshot that nobody serves any more: the next one has most of it. */
  private leftover: ReadonlyMap<string, Piece> = new Map();

  constructor(shared: Shared, delivery: Pick<Delivery, "highestKnown">, done: (fetched: Fetched) => void) {
    this.shared = shared;
    this.delivery = delivery;
    this.done = done;
    this.height = shared.state.delivered.height;
    this.progressAt = 0n;
  }

  tick(): void {
    const { state } = this.shared;
    // Its own time begins with the first input.
    if (this.progressAt === 0n || state.delivered.height > this.height) this.progressed();
    if (this.fetch !== undefined) {
      this.askPieces(this.fetch);
      return;
    }
    if (!this.isBehind || state.now < this.askAt) return;
    if (this.toAsk === 0) this.beginRound();
    const peer = this.nextPeer();
    this.toAsk--;
    this.askedAt = state.now;
    if (peer === undefined) return;
    const { epoch } = state.committee;
    state.out.send(peer, { kind: "askSnapshot", epoch, height: state.delivered.height });
  }

  private beginRound(): void {
    this.toAsk = Math.max(this.others.length, 1);
    if (this.askedAt === undefined || this.askedAt < this.progressAt) return;
    const doubled = this.patience * 2n;
    this.patience = doubled < PATIENCE_MAX ? doubled : PATIENCE_MAX;
  }

  private progressed(): void {
    const { state } = this.shared;
    this.toAsk = 0;
    this.height = state.delivered.height;
    this.progressAt = state.now;
    this.patience = PATIENCE;
    if (this.fetch !== undefined && this.fetch.contents.manifest.height <= this.height)
      this.fetch = undefined;
  }

  /** P-6: a peer says in its pings how far it is. */
  heardOf(height: number): void {
    this.claimed = Math.max(this.claimed, height);
  }

  /** Where everybody is in step, nobody asks for anything. */
  private get isBehind(): boolean {
    const known = this.delivery.highestKnown?.height ?? 0;
    return Math.max(known, this.claimed) > this.shared.state.delivered.height;
  }

  /** When to ask whether there is a snapshot. */
  private get askAt(): bigint {
    const known = this.delivery.highestKnown?.height ?? 0;
    const since = this.askedAt ?? 0n;
    if (this.isTooFar(known) || this.toAsk > 0) return since + ANSWER_WITHIN;
    return (since > this.progressAt ? since : this.progressAt) + this.patience;
  }

  /** Nobody is bound to hold the blocks that it takes to get there. */
  private isTooFar(height: number): boolean {
    const { delivered, params } = this.shared.state;
    return height > delivered.height + params.keptHeights;
  }

  private get others(): readonly PeerKey[] {
    const { state } = this.shared;
    return state.roster.filter((key) => !state.isSelf(key));
  }

  private nextPeer(): PeerKey | undefined {
    const { others } = this;
    return others[this.turn++ % Math.max(others.length, 1)];
  }

  onSnapshot(from: PeerKey, message: MessageOf<"snapshot">): void {
    const { state } = this.shared;
    const { height } = message.manifest;
    if (this.askedAt === undefined || this.fetch !== undefined || height <= state.delivered.height) return;
    // Y-1: a set that is in force no more may have lost its keys since; what is known of the newest one counts.
    if (message.knownEpoch !== state.committee.epoch) return;
    // Blocks are the way for whoever gets on with them.
    if (!this.isTooFar(height) && state.now < this.progressAt + PATIENCE) return;
    const digests = pieceDigests(message.manifest);
    const pieces = new Map<string, Piece>();
    const missing = new Set<number>();
    digests.forEach((digest, index) => {
      const key = bytesToKey(digest);
      const known = this.leftover.get(key);
      if (known === undefined) missing.add(index);
      else pieces.set(key, known);
    });
    this.leftover = new Map();
    const asked = new Set<number>();
    const begun = { contents: message, digests, pieces, missing, asked };
    this.fetch = { ...begun, peer: from, askedAt: state.now, fruitless: 0 };
    this.askPieces(this.fetch);
  }

  private askPieces(fetch: Fetch): void {
    const { state } = this.shared;
    if (fetch.missing.size === 0) {
      this.complete(fetch);
      return;
    }
    if (fetch.asked.size > 0) {
      if (state.now < fetch.askedAt + ANSWER_WITHIN) return;
      this.turnAway(fetch);
      if (this.fetch !== fetch) return;
    }
    const indexes = [...fetch.missing].slice(0, PIECES_ASKED_MAX);
    fetch.asked = new Set(indexes);
    fetch.askedAt = state.now;
    state.out.send(fetch.peer, { kind: "askPieces", height: fetch.contents.manifest.height, indexes });
  }

  /** The peer lied, or has nothing: the next one is asked; after some, for another snapshot. */
  private turnAway(fetch: Fetch): void {
    fetch.peer = this.nextPeer() ?? fetch.peer;
    fetch.asked.clear();
    if (++fetch.fruitless < FRUITLESS_MAX) return;
    this.fetch = undefined;
    this.leftover = fetch.pieces;
    this.patience = PATIENCE;
  }

  onPiece(from: PeerKey, { height, index, entries }: MessageOf<"piece">): void {
    const { fetch } = this;
    const { state } = this.shared;
    if (fetch === undefined || fetch.contents.manifest.height !== height || !fetch.asked.has(index)) return;
    if (bytesToKey(from) !== bytesToKey(fetch.peer)) return;
    const digest = fetch.digests[index];
    if (digest === undefined || !equalBytes(digest, pieceDigest(state.chain, entries))) {
      state.out.observe({ kind: "ignored", message: "piece", why: "Y-1 DIGEST" });
      this.turnAway(fetch);
      return;
    }
    fetch.pieces.set(bytesToKey(digest), entries);
    fetch.missing.delete(index);
    fetch.asked.delete(index);
    fetch.fruitless = 0;
  }

  private complete({ contents, digests, pieces }: Fetch): void {
    this.fetch = undefined;
    const { finality, manifest, changes } = contents;
    const inOrder = digests.map((digest) => must(pieces.get(bytesToKey(digest)), "piece"));
    this.done({ finality, changes, memory: memoryOf(manifest, inOrder) });
  }
}
