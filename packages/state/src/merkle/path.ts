import {
  binary,
  byteAt,
  concatBytes,
  copyBytes,
  DIGEST_BYTES,
  type Digest,
  type Hasher,
  type Result,
  reject,
} from "@touchmark/core";
import { bitAt, DEPTH_MAX, EMPTY, isEmpty, nodeDigest } from "./digest.ts";

/**
 * T-7: the siblings along a way down, from the root on. Empty ones are left out, and a bit for each depth says
 * which are there, the highest of the first byte for depth 0; zero bytes at its end are left out too. So for
 * one way there is one form.
 */
export interface Path {
  readonly filled: Uint8Array;
  readonly siblings: Uint8Array;
}

export const pathFields = {
  filled: binary(0, DEPTH_MAX / 8),
  siblings: binary(0, DEPTH_MAX * DIGEST_BYTES),
} as const;

export function toPath(siblings: readonly Uint8Array[]): Path {
  const filled = new Uint8Array(DEPTH_MAX / 8);
  let bytes = 0;
  siblings.forEach((sibling, depth) => {
    if (isEmpty(sibling)) return;
    filled[depth >> 3] = byteAt(filled, depth >> 3) | (0x80 >> (depth & 7));
    bytes = (depth >> 3) + 1;
  });
  const there = siblings.filter((sibling) => !isEmpty(sibling));
  return { filled: copyBytes(filled, 0, bytes), siblings: concatBytes(...there) };
}

/** How deep the way goes, as far as its siblings say: one below the deepest that is there. */
export function judgePath({ filled, siblings }: Path): Result<number, "PROOF_FORM"> {
  if (filled.length > DEPTH_MAX / 8) return reject("PROOF_FORM", { filledBytes: filled.length });
  if (filled.length > 0 && byteAt(filled, filled.length - 1) === 0) {
    return reject("PROOF_FORM", { filledBytes: filled.length });
  }
  let [depth, count] = [0, 0];
  for (let at = 0; at < 8 * filled.length; at++) {
    if (bitAt(filled, at) === 0) continue;
    depth = at + 1;
    count += 1;
  }
  if (siblings.length !== count * DIGEST_BYTES) {
    return reject("PROOF_FORM", { want: count * DIGEST_BYTES, got: siblings.length });
  }
  for (let at = 0; at < siblings.length; at += DIGEST_BYTES) {
    if (isEmpty(siblings.subarray(at, at + DIGEST_BYTES))) return reject("PROOF_FORM", { empty: at });
  }
  return depth;
}

/** The deepest sibling that is there. */
export function lastSibling({ siblings }: Path): Uint8Array {
  return siblings.subarray(siblings.length - DIGEST_BYTES);
}

/** The root, if what stands at the end of the way, so deep, has this digest. The path has been judged. */
export function climb(hasher: Hasher, way: Uint8Array, depth: number, end: Digest, path: Path): Digest {
  const { filled, siblings } = path;
  let digest = end;
  let behind = siblings.length;
  for (let at = depth - 1; at >= 0; at--) {
    const isThere = at < 8 * filled.length && bitAt(filled, at) === 1;
    const sibling = isThere ? siblings.subarray(behind - DIGEST_BYTES, behind) : EMPTY;
    if (isThere) behind -= DIGEST_BYTES;
    const isRight = bitAt(way, at) === 1;
    digest = isRight ? nodeDigest(hasher, sibling, digest) : nodeDigest(hasher, digest, sibling);
  }
  return digest;
}
