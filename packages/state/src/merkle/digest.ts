import {
  assert,
  type Brand,
  binary,
  byteAt,
  concatBytes,
  DIGEST_BYTES,
  type Digest,
  type Hasher,
  isDigest,
  refine,
  type Schema,
  ZERO_DIGEST,
} from "@touchmark/core";

/**
 * What the tree's digests are made of. A leaf and a node are both SHA-256 of 64 bytes, so that leaves and
 * nodes alike are hashed in bulk, and the digest itself says which of the two it is of (T-2).
 */

/** The SHA-256 of a key: where its leaf stands, and in which order leaves come. */
export type KeyHash = Brand<Digest, "KeyHash">;
/** The SHA-256 of a value's bytes. */
export type ValueHash = Brand<Digest, "ValueHash">;
/** The digest that stands for the whole state. */
export type StateRoot = Brand<Digest, "StateRoot">;

export interface Leaf {
  readonly keyHash: KeyHash;
  readonly valueHash: ValueHash;
}

function isKeyHash(bytes: Uint8Array): bytes is KeyHash {
  return isDigest(bytes);
}

function isValueHash(bytes: Uint8Array): bytes is ValueHash {
  return isDigest(bytes);
}

function isStateRoot(bytes: Uint8Array): bytes is StateRoot {
  return isDigest(bytes);
}

export const keyHashSchema: Schema<KeyHash> = refine(binary(DIGEST_BYTES), isKeyHash);
export const valueHashSchema: Schema<ValueHash> = refine(binary(DIGEST_BYTES), isValueHash);
export const stateRootSchema: Schema<StateRoot> = refine(binary(DIGEST_BYTES), isStateRoot);

export function toKeyHash(bytes: Uint8Array): KeyHash {
  assert(isKeyHash(bytes), `a key hash is ${DIGEST_BYTES} bytes`);
  return bytes;
}

export function toValueHash(bytes: Uint8Array): ValueHash {
  assert(isValueHash(bytes), `a value hash is ${DIGEST_BYTES} bytes`);
  return bytes;
}

export function toStateRoot(bytes: Uint8Array): StateRoot {
  assert(isStateRoot(bytes), `a state root is ${DIGEST_BYTES} bytes`);
  return bytes;
}

/** T-1: a key is its keyspace's number and what the keyspace says, all of it hashed. */
export function keyHashOf(hasher: Hasher, key: Uint8Array): KeyHash {
  return toKeyHash(hasher.sha256(key));
}

export function valueHashOf(hasher: Hasher, value: Uint8Array): ValueHash {
  return toValueHash(hasher.sha256(value));
}

/** T-1: a bit of the key hash for each level, the highest of the first byte first. */
export const DEPTH_MAX = 8 * DIGEST_BYTES;

/** Which way a key goes at a depth: 0 is left. `at` is where its hash starts. */
export function bitAt(bytes: Uint8Array, depth: number, at = 0): number {
  return (byteAt(bytes, at + (depth >> 3)) >> (7 - (depth & 7))) & 1;
}

/** T-3: an empty subtree, and the root of an empty tree. */
export const EMPTY: Digest = ZERO_DIGEST;
export const EMPTY_ROOT: StateRoot = toStateRoot(EMPTY);

/** T-2: the highest bit of the first byte: set in a leaf's digest, clear in a node's. */
export const KIND_BIT = 0x80;
export const NOT_KIND_BIT = 0x7f;

export function isEmpty(digest: Uint8Array): boolean {
  return digest.every((byte) => byte === 0);
}

/** T-2: told by the digest alone, whoever hands it in. */
export function isLeafDigest(digest: Uint8Array): boolean {
  return (byteAt(digest, 0) & KIND_BIT) !== 0;
}

/** A leaf's preimage: the key hash, then the value hash. */
export const LEAF_BYTES: number = 2 * DIGEST_BYTES;

export function leafDigest(hasher: Hasher, { keyHash, valueHash }: Leaf): Digest {
  const digest = hasher.sha256(concatBytes(keyHash, valueHash));
  digest[0] = byteAt(digest, 0) | KIND_BIT;
  return digest;
}

export function nodeDigest(hasher: Hasher, left: Uint8Array, right: Uint8Array): Digest {
  const digest = hasher.sha256(concatBytes(left, right));
  digest[0] = byteAt(digest, 0) & NOT_KIND_BIT;
  return digest;
}
