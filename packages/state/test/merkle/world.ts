import { bytesToHex, type Digest, type Hasher, hexToBytes, must, type Prng, toDigest } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import {
  ChangeList,
  type KeyHash,
  StateTree,
  toKeyHash,
  toValueHash,
  type ValueHash,
} from "@touchmark/state";

/** A change as the tests write it: hex, and no value for a removal. */
export type Change = readonly [key: string, value: string | undefined];

export function bytesOf(hex: string): Uint8Array {
  return must(hexToBytes(hex), "hex");
}

export function keyOf(hex: string): KeyHash {
  return toKeyHash(bytesOf(hex));
}

export function valueHashOfHex(hex: string): ValueHash {
  return toValueHash(bytesOf(hex));
}

export function changesOf(changes: Iterable<Change>): ChangeList {
  const list = new ChangeList();
  for (const [key, value] of changes) {
    if (value === undefined) list.remove(keyOf(key));
    else list.put(keyOf(key), valueHashOfHex(value));
  }
  return list;
}

export function treeOf(leaves: Iterable<Change>): StateTree {
  return StateTree.fromLeaves(nativeHasher, changesOf(leaves));
}

export const toHex = bytesToHex;

/** 32 bytes with this start, and the rest drawn. */
export function drawHash(prng: Prng, start = ""): string {
  return start + toHex(prng.bytes(32)).slice(start.length);
}

/** Key hashes of few different beginnings, so that paths run together for long and part at every depth. */
export function drawKey(prng: Prng, known: readonly string[]): string {
  if (known.length === 0 || prng.chance(0.3)) return drawHash(prng);
  const bytes = bytesOf(prng.pick(known));
  const depth = prng.chance(0.5) ? prng.below(16) : prng.below(256);
  bytes[depth >> 3] = (bytes[depth >> 3] ?? 0) ^ (0x80 >> (depth & 7));
  const key = toHex(bytes);
  return prng.chance(0.5) ? key : drawHash(prng, key.slice(0, (depth >> 2) + 1));
}

const KEY_MARK = 0xee;

/** A key whose hash is chosen, for `chosenHasher`. */
export function keyWithHash(hash: string): Uint8Array {
  return Uint8Array.of(KEY_MARK, ...bytesOf(hash));
}

/**
 * SHA-256, but a marked key is its own hash: as if its maker could find a preimage of whatever he wants, which
 * gives the attacks more power than anybody has.
 */
export const chosenHasher: Hasher = {
  sha256(bytes): Digest {
    const isMarked = bytes.length === 33 && bytes[0] === KEY_MARK;
    return isMarked ? toDigest(bytes.slice(1)) : nativeHasher.sha256(bytes);
  },
  sha256Pairs: (level, digests) => nativeHasher.sha256Pairs(level, digests),
};
