import { sha256 as portableSha256 } from "@noble/hashes/sha2.js";
import { assert } from "./assert.ts";
import type { Brand } from "./brand.ts";
import { concatBytes, u64ToBytes, utf8Length, utf8ToBytes } from "./bytes.ts";
import type { Epoch } from "./units.ts";

/**
 * SHA-256 with a domain: a digest of one type, of one chain, of one epoch is never a digest of another.
 * The function itself is a port: nodes use the machine's instructions, browsers the portable one.
 */
export const DIGEST_BYTES = 32;

export type Digest = Brand<Uint8Array, "Digest">;

export interface Hasher {
  /** SHA-256 of the bytes. */
  sha256(bytes: Uint8Array): Digest;
  /**
   * SHA-256 of each 64-byte pair of a level, one 32-byte digest after another: into `digests` where room of
   * half the level's length is given, so that a whole tree costs no garbage, and into a new array else.
   */
  sha256Pairs(level: Uint8Array, digests?: Uint8Array): Uint8Array;
}

/** Room for the digests of a level, of exactly their length. */
export function roomForPairs(
  level: Uint8Array,
  digests: Uint8Array = new Uint8Array(level.length / 2),
): Uint8Array {
  assert(level.length % (2 * DIGEST_BYTES) === 0, "a level is made of whole pairs");
  assert(digests.length === level.length / 2, "a level's digests take half of its length");
  return digests;
}

export function isDigest(bytes: Uint8Array): bytes is Digest {
  return bytes.length === DIGEST_BYTES;
}

export function toDigest(bytes: Uint8Array): Digest {
  assert(isDigest(bytes), `a digest is ${DIGEST_BYTES} bytes`);
  return bytes;
}

export const ZERO_DIGEST: Digest = toDigest(new Uint8Array(DIGEST_BYTES));

export const portableHasher: Hasher = {
  sha256: (bytes) => toDigest(portableSha256(bytes)),
  sha256Pairs(level, room) {
    const digests = roomForPairs(level, room);
    for (let at = 0; at < level.length; at += 2 * DIGEST_BYTES) {
      digests.set(portableSha256(level.subarray(at, at + 2 * DIGEST_BYTES)), at / 2);
    }
    return digests;
  },
};

/** W-9: every domain starts with the project, and the version of its byte formats. */
export const DOMAIN_PREFIX = "touchmark/v1/";

export interface Domain {
  /** What kind of thing is hashed, for example `cut`. */
  readonly type: string;
  readonly chainId: string;
  readonly epoch: Epoch;
}

const LENGTH_PREFIX_MAX = 255;

/** Text behind its length in one byte, so that it can stand in a preimage without an ambiguous end. */
export function lengthPrefixed(text: string): Uint8Array {
  const length = utf8Length(text);
  assert(length >= 0 && length <= LENGTH_PREFIX_MAX, "a domain's text is at most 255 bytes");
  return concatBytes(Uint8Array.of(length), utf8ToBytes(text));
}

/** W-9: tag and chain id with their lengths, then the epoch: no two domains can give the same prefix. */
export function domainPrefix(domain: Domain): Uint8Array {
  return concatBytes(
    lengthPrefixed(DOMAIN_PREFIX + domain.type),
    lengthPrefixed(domain.chainId),
    u64ToBytes(BigInt(domain.epoch)),
  );
}

/**
 * W-9: the digest that a signature of this domain covers. The fields come as one byte string, since only
 * their encoding can say where each ends: for one type, two different values never give the same bytes.
 */
export function domainDigest(hasher: Hasher, domain: Domain, fields: Uint8Array): Digest {
  return hasher.sha256(concatBytes(domainPrefix(domain), fields));
}
