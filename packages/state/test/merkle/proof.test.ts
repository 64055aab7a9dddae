import { concatBytes, decode, encode, isRejection, Prng, portableHasher } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import {
  ChangeList,
  type Claim,
  EMPTY_ROOT,
  keyHashOf,
  type StateProof,
  StateTree,
  stateProof,
  toKeyHash,
  toStateRoot,
  toValueHash,
  valueHashOf,
  verifyProof,
} from "@touchmark/state";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelProof, modelProofBytes } from "./model.ts";
import {
  bytesOf,
  type Change,
  chosenHasher,
  drawHash,
  drawKey,
  keyOf,
  keyWithHash,
  toHex,
  treeOf,
} from "./world.ts";

const value = (text: string): Uint8Array => new TextEncoder().encode(text);
const valueHash = (text: string): string => toHex(nativeHasher.sha256(value(text)));

/** A tree whose keys have these hashes, and whose values are the hashes' own texts. */
function chosenTree(keys: readonly string[]): StateTree {
  return treeOf(keys.map((key): Change => [key, valueHash(key)]));
}

function verdict(tree: StateTree, claim: Claim, proof: StateProof): string {
  const result = verifyProof(chosenHasher, tree.root, claim, proof);
  return isRejection(result) ? result.code : "proven";
}

const presence = (key: string): Claim => ({ key: keyWithHash(key), value: value(key) });
const absence = (key: string): Claim => ({ key: keyWithHash(key), value: undefined });

describe("proofs", () => {
  test("T-7 T-8 every key that is there and many that aren't: the model's proof, byte by byte, and it verifies", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (seed) => {
        const prng = new Prng(seed);
        const keys: string[] = [];
        for (let i = prng.below(40); i > 0; i--) keys.push(drawKey(prng, keys));
        const tree = chosenTree([...new Set(keys)]);
        const leaves = new Map(keys.map((key) => [key, valueHash(key)]));
        const absent = Array.from({ length: 20 }, () => drawKey(prng, keys)).filter(
          (key) => !leaves.has(key),
        );
        for (const key of [...leaves.keys(), ...absent]) {
          const proof = tree.prove(keyOf(key));
          const bytes = encode(stateProof, proof);
          expect(toHex(bytes)).toBe(modelProofBytes(leaves, key));
          expect(decode(stateProof, bytes)).toEqual(proof);
          const isThere = leaves.has(key);
          expect(proof.kind).toBe(modelProof(leaves, key).kind);
          expect(verdict(tree, isThere ? presence(key) : absence(key), proof)).toBe("proven");
          expect(verdict(tree, isThere ? absence(key) : presence(key), proof)).toBe("PROOF_OTHER_KIND");
        }
      }),
      { numRuns: 8 },
    );
  });

  test("T-1 keys and values are hashed by whoever verifies, with the portable hasher too", () => {
    const list = new ChangeList();
    const key = (i: number): Uint8Array => Uint8Array.of(0, 7, i);
    for (let i = 0; i < 100; i++) {
      list.put(keyHashOf(nativeHasher, key(i)), valueHashOf(nativeHasher, value(`value ${i}`)));
    }
    const tree = StateTree.fromLeaves(nativeHasher, list);
    for (let i = 0; i < 200; i++) {
      const claim = { key: key(i), value: i < 100 ? value(`value ${i}`) : undefined };
      const proof = tree.prove(keyHashOf(portableHasher, claim.key));
      expect(verifyProof(portableHasher, tree.root, claim, proof)).toBe(claim);
    }
  });

  test("T-7 a value that differs in one bit, or is empty, is another value", () => {
    const tree = chosenTree(["ab".repeat(32), "cd".repeat(32)]);
    const proof = tree.prove(keyOf("ab".repeat(32)));
    const key = keyWithHash("ab".repeat(32));
    for (const other of [value("bb".repeat(32)), value(""), value(`${"ab".repeat(32)}0`)]) {
      expect(verdict(tree, { key, value: other }, proof)).toBe("PROOF_ROOT");
    }
  });

  test("T-8 in an empty tree every key is absent, and none is there", () => {
    const tree = new StateTree(nativeHasher);
    const proof = tree.prove(keyOf("ab".repeat(32)));
    expect(toHex(encode(stateProof, proof))).toBe("9301c400c400");
    expect(verdict(tree, absence("12".repeat(32)), proof)).toBe("proven");
    expect(verdict(tree, presence("12".repeat(32)), { ...proof, kind: "present" })).toBe("PROOF_ROOT");
    expect(tree.root).toEqual(EMPTY_ROOT);
  });

  test("T-7 a proof of ten thousand keys takes less than a kilobyte", () => {
    const prng = new Prng(1);
    const keys = Array.from({ length: 10_000 }, () => drawHash(prng));
    const tree = chosenTree(keys);
    const sizes = keys.slice(0, 500).map((key) => encode(stateProof, tree.prove(keyOf(key))).length);
    expect(Math.max(...sizes)).toBeLessThan(1_000);
  });
});

describe("proofs in another form", () => {
  const key = "5a".repeat(32);
  const tree = chosenTree([key, `5${"b".repeat(63)}`, "f0".repeat(32), "a0".repeat(32)]);
  const proof = tree.prove(keyOf(key));
  const forms: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
    ["a zero byte behind the bits", concatBytes(proof.filled, Uint8Array.of(0)), proof.siblings],
    ["no bits", new Uint8Array(), proof.siblings],
    ["a sibling too many", proof.filled, concatBytes(proof.siblings, bytesOf(drawHash(new Prng(1))))],
    ["a sibling too few", proof.filled, proof.siblings.slice(32)],
    ["half a sibling", proof.filled, proof.siblings.slice(16)],
    [
      "an empty sibling written out",
      Uint8Array.of(proof.filled[0] ?? 0, 0x80),
      concatBytes(proof.siblings, EMPTY_ROOT),
    ],
    ["more bits than a key has", new Uint8Array(33).fill(1), proof.siblings],
  ];

  test.each(forms)("T-7 %s: refused", (_, filled, siblings) => {
    expect(verdict(tree, presence(key), proof)).toBe("proven");
    expect(verdict(tree, presence(key), { kind: "present", filled, siblings })).toBe("PROOF_FORM");
  });

  test("T-8 the key's own leaf doesn't show that it is absent", () => {
    const own = {
      ...proof,
      kind: "occupied",
      keyHash: keyOf(key),
      valueHash: toValueHash(bytesOf(valueHash(key))),
    } as const;
    expect(verdict(tree, absence(key), own)).toBe("PROOF_OTHER_LEAF");
  });

  test("T-8 the leaf of a key that goes another way shows nothing", () => {
    const elsewhere = tree.prove(keyOf("f0".repeat(32)));
    const hashes = {
      keyHash: keyOf("f0".repeat(32)),
      valueHash: toValueHash(bytesOf(valueHash("f0".repeat(32)))),
    };
    expect(elsewhere.kind).toBe("present");
    const other = { ...elsewhere, ...hashes, kind: "occupied" } as const;
    expect(verdict(tree, absence(key), other)).toBe("PROOF_OTHER_LEAF");
    // Where the ways part one level higher, the same leaf does show it.
    expect(verdict(tree, absence("ff".repeat(32)), other)).toBe("proven");
  });

  test("T-8 nothing stands beside a single leaf: such a node would not be there", () => {
    const lone = treeOf([[key, valueHash(key)]]);
    const beside = { kind: "vacant", filled: Uint8Array.of(0x80), siblings: lone.root } as const;
    expect(verdict(lone, absence("f0".repeat(32)), beside)).toBe("PROOF_COLLAPSED");
  });
});

describe("a leaf and a node", () => {
  /** The preimage of the root of a tree of two leaves that part at once. */
  const [left, right] = ["0f".repeat(32), "f0".repeat(32)];
  const tree = chosenTree([left, right]);

  test("T-2 the root's two halves, handed in as key hash and value hash, are no leaf", () => {
    const [ofLeft, ofRight] = [tree.prove(keyOf(right)).siblings, tree.prove(keyOf(left)).siblings];
    const key = keyWithHash(drawHash(new Prng(4)));
    const hashes = { keyHash: toKeyHash(ofLeft), valueHash: toValueHash(ofRight) };
    const forged = {
      kind: "occupied",
      filled: new Uint8Array(),
      siblings: new Uint8Array(),
      ...hashes,
    } as const;
    expect(verifyProof(chosenHasher, tree.root, { key, value: undefined }, forged)).toMatchObject({
      code: "PROOF_ROOT",
    });
    // But for the kind's bit it would be the root.
    const digest = nativeHasher.sha256(concatBytes(ofLeft, ofRight));
    digest[0] = (digest[0] ?? 0) & 0x7f;
    expect(digest).toEqual(tree.root);
  });

  test("T-2 a value made to be a leaf's preimage puts no leaf below its own", () => {
    // The forger owns a key, and gives it as value the preimage of a leaf that isn't there.
    const [own, forged] = ["0f".repeat(32), "7f".repeat(32)];
    const prng = new Prng(8);
    let text = "";
    let forgedLeaf: Uint8Array = new Uint8Array();
    // A leaf's digest has the kind's bit, so the forger tries until his value's hash has it too.
    while (((forgedLeaf[0] ?? 0) & 0x80) === 0) {
      text = drawHash(prng);
      forgedLeaf = nativeHasher.sha256(concatBytes(bytesOf(forged), nativeHasher.sha256(value(text))));
    }
    const world = treeOf([
      [right, valueHash(right)],
      [own, toHex(forgedLeaf)],
    ]);
    const { siblings } = world.prove(keyOf(own));
    // His leaf read as a node: his key hash on the left, the forged leaf on the right.
    const below = {
      kind: "present",
      filled: Uint8Array.of(0xc0),
      siblings: concatBytes(siblings, bytesOf(own)),
    } as const;
    const claim = { key: keyWithHash(forged), value: value(text) };
    expect(verifyProof(chosenHasher, world.root, claim, below)).toMatchObject({ code: "PROOF_ROOT" });
    // But for the kind's bit it would be what stands there.
    const digest = nativeHasher.sha256(concatBytes(bytesOf(own), forgedLeaf));
    digest[0] = (digest[0] ?? 0) | 0x80;
    expect(toHex(digest)).toBe(toHex(world.prove(keyOf(right)).siblings));
  });

  test("T-2 a root of zeros shows absence and no presence", () => {
    const zero = toStateRoot(new Uint8Array(32));
    const claim = { key: keyWithHash(left), value: value("x") };
    const proof = { kind: "present", filled: new Uint8Array(), siblings: new Uint8Array() } as const;
    expect(verifyProof(chosenHasher, zero, claim, proof)).toMatchObject({ code: "PROOF_ROOT" });
  });
});
