import { encode, isRejection, Prng } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import { ChangeList, StateTree, stateProof, toKeyHash, toValueHash, verifyProof } from "@touchmark/state";
import { describe, expect, test } from "vitest";
import { chosenHasher, keyWithHash, toHex } from "./world.ts";

const KEYS = 10_000_000;
const BATCH = 100_000;

/** Key hashes that nobody chose: of rows that hold a number. */
function keyHashes(first: number): Uint8Array {
  const rows = new DataView(new ArrayBuffer(BATCH * 64));
  for (let i = 0; i < BATCH; i++) rows.setUint32(i * 64, first + i);
  return nativeHasher.sha256Pairs(new Uint8Array(rows.buffer));
}

describe("ten million keys", () => {
  test("T-7 T-8 proofs take less than 2 KB, of presence and of absence, and verify", () => {
    const value = new Uint8Array(100).fill(7);
    const valueHash = toValueHash(nativeHasher.sha256(value));
    const list = new ChangeList();
    for (let first = 0; first < KEYS; first += BATCH) {
      const hashes = keyHashes(first);
      for (let at = 0; at < hashes.length; at += 32)
        list.put(toKeyHash(hashes.subarray(at, at + 32)), valueHash);
    }
    const tree = StateTree.fromLeaves(nativeHasher, list);
    expect(tree.size).toBe(KEYS);
    const prng = new Prng(1);
    const there = keyHashes(prng.below(KEYS / BATCH) * BATCH);
    const sizes: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      const isThere = i % 2 === 0;
      const at = 32 * prng.below(BATCH);
      const keyHash = toKeyHash(isThere ? there.slice(at, at + 32) : prng.bytes(32));
      const proof = tree.prove(keyHash);
      sizes.push(encode(stateProof, proof).length);
      const claim = { key: keyWithHash(toHex(keyHash)), value: isThere ? value : undefined };
      expect(isRejection(verifyProof(chosenHasher, tree.root, claim, proof))).toBe(false);
    }
    const largest = Math.max(...sizes);
    console.log(`largest of ${sizes.length} proofs: ${largest} bytes; ${tree.bytesHeld / KEYS} bytes a key`);
    expect(largest).toBeLessThan(2_048);
  });
});
