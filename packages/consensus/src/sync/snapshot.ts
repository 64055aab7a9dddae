import { type Digest, must } from "@touchmark/core";
import { type FinalityCertificate, type Manifest, PIECE_ENTRIES_MAX, type Piece } from "../messages.ts";
import type { ChainMemory, RememberedPiece } from "../recovery.ts";
import { type Chain, manifestDigest, pieceDigest } from "../signing.ts";

/** Y-1: a memory as it is signed, and as others may fetch it. */
export interface Snapshot {
  readonly memory: ChainMemory;
  readonly manifest: Manifest;
  /** The digest of the manifest, which FINAL signs. */
  readonly digest: Digest;
  /** In the order of the manifest's digests. */
  readonly pieces: readonly Piece[];
}

/** A snapshot whose height is final by a certificate of its own. */
export interface FinalSnapshot extends Snapshot {
  readonly finality: FinalityCertificate;
}

/** Makes snapshots. What is remembered of a block is hashed once, and stands in one snapshot after another. */
export class SnapshotMaker {
  private readonly chain: Chain;
  private readonly remembered = new WeakMap<RememberedPiece, { digest: Digest; piece: Piece }>();

  constructor(chain: Chain) {
    this.chain = chain;
  }

  make(memory: ChainMemory): Snapshot {
    const { order, validators, epochEnd, joiners, past } = memory;
    const { epoch, height, digest, blockHash, horizon, lastTime } = order;
    const pieces: Piece[] = [];
    const lanes = order.lanes.map(({ key, tip, head, dead, live }) => {
      const entries = live.map(({ txid, stamp }) => ({ txid, at: stamp }));
      const ofLane: Piece[] = [];
      for (let at = 0; at < entries.length; at += PIECE_ENTRIES_MAX) {
        ofLane.push(entries.slice(at, at + PIECE_ENTRIES_MAX));
      }
      pieces.push(...ofLane);
      return { key, tip, head, dead, pieces: ofLane.map((it) => pieceDigest(this.chain, it)) };
    });
    const remembered = order.remembered.map((it) => {
      const named = this.named(it);
      pieces.push(named.piece);
      return named.digest;
    });
    const names = { epoch, height, digest, blockHash, horizon, lastTime };
    const manifest: Manifest = { ...names, epochEnd, validators, joiners, lanes, past, remembered };
    return { memory, manifest, digest: manifestDigest(this.chain, manifest), pieces };
  }

  private named(remembered: RememberedPiece): { readonly digest: Digest; readonly piece: Piece } {
    const known = this.remembered.get(remembered);
    if (known !== undefined) return known;
    const piece = remembered.map(({ txid, validUntil }) => ({ txid, at: validUntil }));
    const named = { digest: pieceDigest(this.chain, piece), piece };
    this.remembered.set(remembered, named);
    return named;
  }
}

/** The digests of all pieces, by their numbers. */
export function pieceDigests(manifest: Manifest): readonly Digest[] {
  return [...manifest.lanes.flatMap((lane) => lane.pieces), ...manifest.remembered];
}

/** The memory that a manifest describes, from its pieces, each of which has the digest that stands there. */
export function memoryOf(manifest: Manifest, pieces: readonly Piece[]): ChainMemory {
  const { epoch, height, digest, blockHash, horizon, lastTime, validators, epochEnd, joiners, past } =
    manifest;
  let next = 0;
  const take = (): Piece => must(pieces[next++], "piece");
  const lanes = manifest.lanes.map(({ key, tip, head, dead, pieces: digests }) => {
    const live = digests.flatMap(() => take().map(({ txid, at }) => ({ txid, stamp: at })));
    return { key, tip, head, dead, live };
  });
  const remembered = manifest.remembered.map(() => take().map(({ txid, at }) => ({ txid, validUntil: at })));
  const order = { epoch, height, digest, blockHash, horizon, lastTime, lanes, remembered };
  return { order, validators, epochEnd, joiners, past };
}
