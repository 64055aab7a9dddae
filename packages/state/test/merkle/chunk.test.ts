import { concatBytes, decode, encode, isRejection, Prng } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import {
  CHUNK_LEAVES_MAX,
  type Chunk,
  type ChunkProof,
  ChunkSequence,
  chunkProof,
  type Leaf,
  type StateRoot,
  StateTree,
  toValueHash,
  verifyChunk,
} from "@touchmark/state";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Change, drawHash, drawKey, keyOf, toHex, treeOf } from "./world.ts";

function drawTree(prng: Prng): { tree: StateTree; keys: readonly string[] } {
  const keys: string[] = [];
  const isDeep = prng.chance(0.5);
  for (let i = prng.pick([0, 1, 2, 5, 60, 300]); i > 0; i--) {
    keys.push(isDeep ? drawKey(prng, keys) : drawHash(prng));
  }
  const own = [...new Set(keys)];
  return { tree: treeOf(own.map((key): Change => [key, drawHash(prng)])), keys: own.sort() };
}

function code(root: StateRoot, chunk: Chunk): string {
  const result = verifyChunk(nativeHasher, root, chunk);
  return isRejection(result) ? result.code : "proven";
}

function keysOf(chunks: readonly Chunk[]): readonly string[] {
  return chunks.flatMap((chunk) => chunk.leaves.map((leaf) => toHex(leaf.keyHash)));
}

describe("chunks of a snapshot", () => {
  test("T-9 chunks of any size are proven one by one, are all there together, and give the tree again", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (seed) => {
        const prng = new Prng(seed);
        const { tree, keys } = drawTree(prng);
        const most = prng.pick([1, 3, 20, 1_000]);
        const chunks = [...tree.chunks(most)];
        expect(keysOf(chunks)).toEqual(keys);
        expect(Math.max(...chunks.map((chunk) => chunk.leaves.length))).toBeLessThanOrEqual(most);
        for (const chunk of prng.shuffle(chunks)) {
          expect(code(tree.root, chunk)).toBe("proven");
          expect(decode(chunkProof, encode(chunkProof, chunk.proof))).toEqual(chunk.proof);
        }
        const sequence = new ChunkSequence(nativeHasher, tree.root);
        for (const chunk of chunks) {
          expect(sequence.isComplete).toBe(false);
          expect(sequence.accept(chunk)).toBe(chunk);
        }
        expect(sequence.isComplete).toBe(true);
        const leaves = chunks.flatMap((chunk) => chunk.leaves);
        const again = leaves.map((leaf): Change => [toHex(leaf.keyHash), toHex(leaf.valueHash)]);
        expect(toHex(treeOf(prng.shuffle(again)).root)).toBe(toHex(tree.root));
      }),
      { numRuns: 30 },
    );
  });

  test("T-9 with a chunk left out, sent twice, or in another's place, the sequence stops and can go on", () => {
    const prng = new Prng(4);
    const tree = treeOf(Array.from({ length: 300 }, (): Change => [drawHash(prng), drawHash(prng)]));
    const chunks = [...tree.chunks(20)];
    const [first, second, third] = chunks;
    if (first === undefined || second === undefined || third === undefined) throw new Error("chunks");
    const sequence = new ChunkSequence(nativeHasher, tree.root);
    expect(sequence.accept(second)).toMatchObject({ code: "CHUNK_GAP" });
    expect(sequence.accept(first)).toBe(first);
    expect(sequence.accept(first)).toMatchObject({ code: "CHUNK_GAP" });
    expect(sequence.accept(third)).toMatchObject({ code: "CHUNK_GAP" });
    expect(sequence.accept({ ...second, leaves: second.leaves.slice(1) })).toMatchObject({
      code: "CHUNK_ROOT",
    });
    for (const chunk of chunks.slice(1)) expect(sequence.accept(chunk)).toBe(chunk);
    expect(sequence.isComplete).toBe(true);
    expect(sequence.accept(first)).toMatchObject({ code: "CHUNK_GAP" });
  });

  test("T-9 chunks of different sizes fit together, as long as each begins where the last one ended", () => {
    const prng = new Prng(6);
    const tree = treeOf(Array.from({ length: 500 }, (): Change => [drawHash(prng), drawHash(prng)]));
    const [small, large] = [[...tree.chunks(10)], [...tree.chunks(300)]];
    const [half] = large;
    const count = half?.leaves.length ?? 0;
    const sequence = new ChunkSequence(nativeHasher, tree.root);
    let seen = 0;
    for (const chunk of small) {
      if (seen < count) expect(sequence.accept(chunk)).toBe(chunk);
      seen += seen < count ? chunk.leaves.length : 0;
    }
    for (const chunk of large.slice(1)) expect(sequence.accept(chunk)).toBe(chunk);
    expect(sequence.isComplete).toBe(true);
  });

  test("T-9 an empty state is one chunk without leaves", () => {
    const tree = new StateTree(nativeHasher);
    const chunks = [...tree.chunks(10)];
    expect(chunks.map((chunk) => [chunk.leaves.length, toHex(encode(chunkProof, chunk.proof))])).toEqual([
      [0, "9400c400c400c400"],
    ]);
    const sequence = new ChunkSequence(nativeHasher, tree.root);
    for (const chunk of chunks) sequence.accept(chunk);
    expect(sequence.isComplete).toBe(true);
  });
});

describe("forged chunks", () => {
  const prng = new Prng(11);
  const leaves = Array.from({ length: 64 }, (): Change => [drawHash(prng), drawHash(prng)]);
  const tree = treeOf(leaves);
  const chunks = [...tree.chunks(8)];
  const chunk = chunks.find((it) => it.leaves.length >= 3 && it.proof.depth % 8 !== 0) ?? chunks[0];
  if (chunk === undefined) throw new Error("a chunk");
  const { proof } = chunk;
  const [one, two, ...rest] = chunk.leaves as readonly [Leaf, Leaf, ...Leaf[]];
  const proofs = (change: Partial<ChunkProof>): Chunk => ({ ...chunk, proof: { ...proof, ...change } });
  const elsewhere: Leaf = { ...one, keyHash: keyOf("f".repeat(64)) };
  const forged: readonly (readonly [string, Chunk, string])[] = [
    ["a leaf left out", { proof, leaves: [one, ...rest] }, "CHUNK_ROOT"],
    [
      "a leaf's other value",
      { proof, leaves: [{ ...one, valueHash: toValueHash(two.keyHash) }, two, ...rest] },
      "CHUNK_ROOT",
    ],
    ["two leaves changed about", { proof, leaves: [two, one, ...rest] }, "CHUNK_ORDER"],
    ["a leaf twice", { proof, leaves: [one, one, two, ...rest] }, "CHUNK_ORDER"],
    ["a leaf from elsewhere", { proof, leaves: [one, two, ...rest, elsewhere] }, "CHUNK_PREFIX"],
    ["no leaves", { proof, leaves: [] }, "CHUNK_ROOT"],
    [
      "a byte too many in the first bits",
      proofs({ bits: concatBytes(proof.bits, Uint8Array.of(0)) }),
      "CHUNK_FORM",
    ],
    [
      "a bit behind the first bits",
      proofs({ bits: proof.bits.map((it, at) => (at === proof.bits.length - 1 ? it | 1 : it)) }),
      "CHUNK_FORM",
    ],
    ["a depth that its siblings pass", proofs({ depth: 0, bits: new Uint8Array() }), "CHUNK_FORM"],
    ["a sibling less", proofs({ siblings: proof.siblings.slice(32) }), "CHUNK_FORM"],
    [
      "siblings in another order",
      proofs({ siblings: concatBytes(proof.siblings.slice(32), proof.siblings.slice(0, 32)) }),
      "CHUNK_ROOT",
    ],
    [
      "more leaves than a chunk may have",
      { proof, leaves: Array.from({ length: CHUNK_LEAVES_MAX + 1 }, () => one) },
      "CHUNK_TOO_MANY",
    ],
  ];

  test.each(forged)("T-9 %s: refused", (_, it, expected) => {
    expect(code(tree.root, chunk)).toBe("proven");
    expect(code(tree.root, it)).toBe(expected);
  });

  test("T-9 a chunk below a single leaf, or of nothing beside one, would be no node's child", () => {
    const leaf = { keyHash: keyOf("12".repeat(32)), valueHash: toValueHash(keyOf("34".repeat(32))) };
    const lone = treeOf([[toHex(leaf.keyHash), toHex(leaf.valueHash)]]);
    const below = { depth: 1, bits: Uint8Array.of(0), filled: new Uint8Array(), siblings: new Uint8Array() };
    expect(code(lone.root, { proof: below, leaves: [leaf] })).toBe("CHUNK_COLLAPSED");
    const beside = { depth: 1, bits: Uint8Array.of(0x80), filled: Uint8Array.of(0x80), siblings: lone.root };
    expect(code(lone.root, { proof: beside, leaves: [] })).toBe("CHUNK_COLLAPSED");
  });

  test("T-9 random damage to a chunk and its leaves never passes", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (seed) => {
        const draw = new Prng(seed);
        const picked = draw.pick(chunks);
        const bytes = encode(chunkProof, picked.proof);
        const at = draw.below(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << draw.below(8));
        const damaged = decode(chunkProof, bytes);
        if (!isRejection(damaged)) expect(code(tree.root, { ...picked, proof: damaged })).not.toBe("proven");
        const others = draw.pick(chunks);
        const swapped = code(tree.root, { proof: picked.proof, leaves: others.leaves });
        if (others !== picked) expect(swapped).not.toBe("proven");
      }),
      { numRuns: 500 },
    );
  });

  test("T-9 a limit that no chunk can have is our own bug", () => {
    expect(() => [...tree.chunks(0)]).toThrow("from 1 leaf");
    expect(() => [...new StateTree(nativeHasher).chunks(CHUNK_LEAVES_MAX + 1)]).toThrow("from 1 leaf");
  });
});
