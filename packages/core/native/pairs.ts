import { hash } from "node:crypto";
import { assert, DIGEST_BYTES, equalBytes, type Hasher, portableHasher, roomForPairs } from "@touchmark/core";

/**
 * Whole levels of a tree, a pair a digest. hashtree hashes many pairs side by side, each as SHA-256 of its 64
 * bytes, padding included; where it has no build for the machine, OpenSSL hashes them one by one, which
 * gives the same digests at a twentieth of the speed.
 */
export type PairHash = Hasher["sha256Pairs"];

/** What is used of hashtree. */
export interface Hashtree {
  hashInto(level: Uint8Array, digests: Uint8Array): void;
}

const PAIR_BYTES = 2 * DIGEST_BYTES;

function opensslPairs(level: Uint8Array, room?: Uint8Array): Uint8Array {
  const digests = roomForPairs(level, room);
  for (let at = 0; at < level.length; at += PAIR_BYTES) {
    digests.set(hash("sha256", level.subarray(at, at + PAIR_BYTES), "buffer"), at / 2);
  }
  return digests;
}

function hashtreePairs({ hashInto }: Hashtree): PairHash {
  return (level, room) => {
    const digests = roomForPairs(level, room);
    // An empty level has nothing to point at.
    if (level.length > 0) hashInto(level, digests);
    return digests;
  };
}

/** Around the widths at which a vector of lanes is full or not. */
const TRIED_PAIRS = [1, 2, 3, 4, 7, 8, 9, 16, 31, 33, 65] as const;

/** W-29: a library that hashes otherwise than the portable code must never make a root. */
function assertPairs(hashPairs: PairHash): void {
  for (const pairs of TRIED_PAIRS) {
    const level = Uint8Array.from({ length: pairs * PAIR_BYTES }, (_, at) => (at * 29 + pairs) & 0xff);
    const isEqual = equalBytes(hashPairs(level), portableHasher.sha256Pairs(level));
    assert(isEqual, `native self-test: hashtree hashes a level of ${pairs} pairs wrongly`);
  }
}

/** hashtree if this machine has a build of it, and OpenSSL else. A build that hashes wrongly throws. */
export async function loadPairHash(load: () => Promise<Hashtree>): Promise<PairHash> {
  const hashtree = await load().catch(() => undefined);
  const hashPairs = hashtree === undefined ? opensslPairs : hashtreePairs(hashtree);
  assertPairs(hashPairs);
  return hashPairs;
}

export const sha256Pairs: PairHash = await loadPairHash(() => import("@chainsafe/hashtree"));
