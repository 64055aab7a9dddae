import { readFileSync } from "node:fs";
import { decode, encode, isRejection, portableHasher, utf8ToBytes } from "@touchmark/core";
import {
  ChangeList,
  chunkProof,
  keyHashOf,
  StateTree,
  stateProof,
  toStateRoot,
  valueHashOf,
  verifyProof,
} from "@touchmark/state";
import { describe, expect, test } from "vitest";
import { bytesOf, type Change, keyOf, toHex, treeOf } from "./world.ts";

interface GoldenTree {
  readonly root: string;
  /** By key. */
  readonly proofs: Readonly<Record<string, string>>;
}

interface Golden {
  readonly keyHash0: string;
  readonly valueHash0: string;
  readonly trees: Readonly<Record<string, GoldenTree>>;
  readonly lastBit: { readonly leaves: readonly Change[]; readonly root: string; readonly proof: string };
  readonly chunk: { readonly keys: number; readonly leavesMax: number; readonly proofs: readonly string[] };
}

const GOLDEN = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8")) as Golden;

const keyOfNumber = (i: number): Uint8Array => Uint8Array.of(0, 7, 0, 0, i >> 8, i & 255);
const valueOfNumber = (i: number): Uint8Array => utf8ToBytes(`value ${i}`);

function treeOfKeys(count: number): StateTree {
  const list = new ChangeList();
  for (let i = 0; i < count; i++) {
    const [key, value] = [keyOfNumber(i), valueOfNumber(i)];
    list.put(keyHashOf(portableHasher, key), valueHashOf(portableHasher, value));
  }
  return StateTree.fromLeaves(portableHasher, list);
}

describe("golden vectors", () => {
  test("T-1 the hashes of a key and of a value are what they were", () => {
    expect(toHex(keyHashOf(portableHasher, keyOfNumber(0)))).toBe(GOLDEN.keyHash0);
    expect(toHex(valueHashOf(portableHasher, valueOfNumber(0)))).toBe(GOLDEN.valueHash0);
  });

  test("T-2 T-3 the roots of trees of 0, 1, 2, 5 and 100 keys are what they were", () => {
    expect(Object.keys(GOLDEN.trees)).toEqual(["0 keys", "1 keys", "2 keys", "5 keys", "100 keys"]);
    for (const [name, { root }] of Object.entries(GOLDEN.trees)) {
      expect(toHex(treeOfKeys(Number.parseInt(name, 10)).root)).toBe(root);
    }
  });

  test("T-7 T-8 the bytes of proofs of presence and of absence are what they were, and verify", () => {
    const kinds = new Set<string>();
    for (const [name, { root, proofs }] of Object.entries(GOLDEN.trees)) {
      const count = Number.parseInt(name, 10);
      const tree = treeOfKeys(count);
      for (const [key, bytes] of Object.entries(proofs)) {
        const proof = tree.prove(keyHashOf(portableHasher, bytesOf(key)));
        expect(toHex(encode(stateProof, proof))).toBe(bytes);
        const i = Number.parseInt(key.slice(4), 16);
        const claim = { key: bytesOf(key), value: i < count ? valueOfNumber(i) : undefined };
        const decoded = decode(stateProof, bytesOf(bytes));
        if (isRejection(decoded)) throw new Error("a golden proof is decoded");
        expect(verifyProof(portableHasher, toStateRoot(bytesOf(root)), claim, decoded)).toBe(claim);
        kinds.add(decoded.kind);
      }
    }
    expect([...kinds].sort()).toEqual(["occupied", "present", "vacant"]);
  });

  test("T-3 T-7 two keys that part at their last bit have the root and the proof that they had", () => {
    const tree = treeOf(GOLDEN.lastBit.leaves);
    expect(toHex(tree.root)).toBe(GOLDEN.lastBit.root);
    const [first] = GOLDEN.lastBit.leaves;
    expect(toHex(encode(stateProof, tree.prove(keyOf(first?.[0] ?? ""))))).toBe(GOLDEN.lastBit.proof);
  });

  test("T-9 the bytes of a snapshot's chunk proofs are what they were", () => {
    const { keys, leavesMax, proofs } = GOLDEN.chunk;
    const chunks = [...treeOfKeys(keys).chunks(leavesMax)];
    expect(chunks.map((chunk) => toHex(encode(chunkProof, chunk.proof)))).toEqual(proofs);
  });
});
