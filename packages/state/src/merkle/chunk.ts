import {
  type Brand,
  binary,
  byteAt,
  compareBytes,
  copyBytes,
  type Digest,
  equalBytes,
  type Hasher,
  integer,
  isRejection,
  type Result,
  reject,
  tuple,
  type ValueOf,
} from "@touchmark/core";
import {
  bitAt,
  DEPTH_MAX,
  EMPTY,
  isLeafDigest,
  type Leaf,
  leafDigest,
  nodeDigest,
  type StateRoot,
} from "./digest.ts";
import { climb, judgePath, lastSibling, pathFields } from "./path.ts";

/**
 * T-9: a part of a snapshot that is judged alone: all leaves whose key hashes begin with the same bits. Since
 * these are a whole subtree, its digest is computed from the leaves, and one way leads from it to the root:
 * nothing can be left out, and nothing has to be said about neighbours. Chunks need not be equally deep: an
 * exporter goes down until a subtree has few enough leaves. In the order of their first bits they cover
 * every key, once, if each begins where the one before it ends.
 */
export const CHUNK_LEAVES_MAX = 65_536;

/** The first bits that the chunk's key hashes share: `depth` of them, in as few bytes, the rest zero. */
export interface Prefix {
  readonly depth: number;
  readonly bits: Uint8Array;
}

export const chunkProof = tuple({
  depth: integer(0, DEPTH_MAX),
  bits: binary(0, DEPTH_MAX / 8),
  ...pathFields,
});

export type ChunkProof = ValueOf<typeof chunkProof>;

export interface Chunk {
  readonly proof: ChunkProof;
  /** In the order of their key hashes. */
  readonly leaves: readonly Leaf[];
}

export type ProvenChunk = Brand<Chunk, "ProvenChunk">;

export type ChunkCode =
  | "CHUNK_FORM"
  | "CHUNK_TOO_MANY"
  /** A leaf's key hash has other first bits. */
  | "CHUNK_PREFIX"
  /** Key hashes don't rise. */
  | "CHUNK_ORDER"
  /** No tree has such a node above the chunk. */
  | "CHUNK_COLLAPSED"
  | "CHUNK_ROOT"
  /** The chunk doesn't begin where the one before it ends. */
  | "CHUNK_GAP";

function bytesFor(depth: number): number {
  return (depth + 7) >> 3;
}

/** The first bits of a key hash, as a chunk names them. */
export function toPrefix(keyHash: Uint8Array, depth: number): Prefix {
  const bits = copyBytes(keyHash, 0, bytesFor(depth));
  const last = bits.length - 1;
  if (last >= 0) bits[last] = byteAt(bits, last) & (0xff << (8 * bits.length - depth));
  return { depth, bits };
}

function isPrefix(prefix: Prefix): boolean {
  const { depth, bits } = prefix;
  const isRange = Number.isInteger(depth) && depth >= 0 && depth <= DEPTH_MAX;
  return isRange && bits.length === bytesFor(depth) && equalBytes(toPrefix(bits, depth).bits, bits);
}

/**
 * The digest of all these leaves at this depth; the canonical tree has no choice (T-3). Whoever takes a chunk
 * in has hashed its keys himself, so they part early; were they handed in as hashes, some made to share all
 * bits but the last could cost 256 digests each, and no more.
 */
function subtreeDigest(
  hasher: Hasher,
  leaves: readonly Leaf[],
  from: number,
  end: number,
  depth: number,
): Digest {
  const first = leaves[from];
  if (first === undefined || from === end) return EMPTY;
  if (end - from === 1) return leafDigest(hasher, first);
  let middle = from;
  while (middle < end && bitAt(leaves[middle]?.keyHash ?? EMPTY, depth) === 0) middle++;
  return nodeDigest(
    hasher,
    subtreeDigest(hasher, leaves, from, middle, depth + 1),
    subtreeDigest(hasher, leaves, middle, end, depth + 1),
  );
}

function judgeLeaves(prefix: Prefix, leaves: readonly Leaf[]): Result<true, ChunkCode> {
  if (leaves.length > CHUNK_LEAVES_MAX) return reject("CHUNK_TOO_MANY", { leaves: leaves.length });
  for (const [at, { keyHash }] of leaves.entries()) {
    const before = leaves[at - 1];
    if (before !== undefined && compareBytes(before.keyHash, keyHash) >= 0)
      return reject("CHUNK_ORDER", { at });
    if (!equalBytes(toPrefix(keyHash, prefix.depth).bits, prefix.bits)) return reject("CHUNK_PREFIX", { at });
  }
  return true;
}

/** T-3: above less than two leaves there is a node only where its other side makes up for it. */
function isCollapsed(proof: ChunkProof, siblingDepth: number, leaves: number): boolean {
  if (proof.depth === 0 || leaves > 1) return false;
  if (siblingDepth < proof.depth) return true;
  return leaves === 0 && isLeafDigest(lastSibling(proof));
}

/** T-9: the chunk as a proven one: exactly these leaves have these first bits under this root. */
export function verifyChunk(hasher: Hasher, root: StateRoot, chunk: Chunk): Result<ProvenChunk, ChunkCode> {
  const { proof, leaves } = chunk;
  const siblingDepth = judgePath(proof);
  if (isRejection(siblingDepth) || !isPrefix(proof) || siblingDepth > proof.depth) {
    return reject("CHUNK_FORM", { depth: proof.depth });
  }
  const judged = judgeLeaves(proof, leaves);
  if (isRejection(judged)) return judged;
  if (isCollapsed(proof, siblingDepth, leaves.length))
    return reject("CHUNK_COLLAPSED", { depth: proof.depth });
  const digest = subtreeDigest(hasher, leaves, 0, leaves.length, proof.depth);
  const isShown = equalBytes(climb(hasher, proof.bits, proof.depth, digest, proof), root);
  if (!isShown) return reject("CHUNK_ROOT", { leaves: leaves.length });
  // biome-ignore lint/nursery/noUnsafeTypeAssertion: all that ProvenChunk stands for was checked above
  return chunk as ProvenChunk;
}

/** The first key hash behind the prefix's, or nothing where these are the last ones. */
function behind({ depth, bits }: Prefix): Uint8Array | undefined {
  const next = new Uint8Array(DEPTH_MAX / 8);
  next.set(bits);
  for (let at = depth - 1; at >= 0; at--) {
    const mask = 0x80 >> (at & 7);
    const byte = byteAt(next, at >> 3);
    next[at >> 3] = byte ^ mask;
    if ((byte & mask) === 0) return next;
  }
  return undefined;
}

/** T-9: takes a snapshot's chunks in their order, and says when they are all there. */
export class ChunkSequence {
  readonly #hasher: Hasher;
  readonly #root: StateRoot;
  #next: Uint8Array | undefined = new Uint8Array(DEPTH_MAX / 8);

  constructor(hasher: Hasher, root: StateRoot) {
    this.#hasher = hasher;
    this.#root = root;
  }

  get isComplete(): boolean {
    return this.#next === undefined;
  }

  /** A refused chunk changes nothing: another one can be tried in its place. */
  accept(chunk: Chunk): Result<ProvenChunk, ChunkCode> {
    const proven = verifyChunk(this.#hasher, this.#root, chunk);
    if (isRejection(proven)) return proven;
    const { depth, bits } = chunk.proof;
    const first = new Uint8Array(DEPTH_MAX / 8);
    first.set(bits);
    if (this.#next === undefined || !equalBytes(first, this.#next)) return reject("CHUNK_GAP", { depth });
    this.#next = behind(chunk.proof);
    return proven;
  }
}
