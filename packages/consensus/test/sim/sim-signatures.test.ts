import { bytesToHex, Prng, SIGNATURE_BYTES } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { simHasher } from "../../src/sim/sim-hasher.ts";
import { SimSignatures } from "../../src/sim/sim-signatures.ts";

describe("signatures of the simulator", () => {
  test("only the key's own signer makes a signature that verifies, and only for its message", () => {
    const signatures = new SimSignatures();
    const prng = new Prng(1);
    const [own, other] = [signatures.createKey(prng), signatures.createKey(prng)];
    const message = prng.bytes(32);
    const signature = signatures.signerOf(own).sign(message);
    const item = { algorithm: "ed25519", publicKey: own, message, signature } as const;
    expect(signature.length).toBe(SIGNATURE_BYTES);
    expect(signatures.verify(item)).toBe(true);
    expect(signatures.verify({ ...item, publicKey: Uint8Array.from(own) })).toBe(true);
    expect(signatures.verify({ ...item, publicKey: other })).toBe(false);
    expect(signatures.verify({ ...item, message: prng.bytes(32) })).toBe(false);
    expect(signatures.verify({ ...item, publicKey: prng.bytes(32) })).toBe(false);
    for (let at = 0; at < SIGNATURE_BYTES; at++) {
      const forged = Uint8Array.from(signature);
      forged[at] = (forged[at] ?? 0) ^ 1;
      expect(signatures.verify({ ...item, signature: forged })).toBe(false);
    }
    const forged = { ...item, publicKey: other };
    expect([...signatures.verifyBatch([item, forged, item])]).toEqual([1, 0, 1]);
  });
});

describe("the hash of the simulator", () => {
  test("is pinned: seeds replay on every machine", () => {
    expect(bytesToHex(simHasher.sha256(new Uint8Array(0)))).toMatchInlineSnapshot(
      `"c79d6c770ba791087006c9f4c81322e4b81aa7fe4f2daf4ba782e12d1ec1df36"`,
    );
    expect(bytesToHex(simHasher.sha256(Uint8Array.of(1, 2, 3, 4, 5)))).toMatchInlineSnapshot(
      `"61964ece9cb651ca1481dcb18350bc52dbb12744707134e798c6281da336b727"`,
    );
  });

  test("inputs that differ in one place, or in length alone, have different digests", () => {
    const seen = new Set<string>();
    let count = 0;
    const add = (bytes: Uint8Array): void => {
      seen.add(bytesToHex(simHasher.sha256(bytes)));
      count += 1;
    };
    for (let length = 0; length <= 300; length++) add(new Uint8Array(length));
    for (let value = 1; value <= 20_000; value++) {
      const bytes = new Uint8Array(64);
      new DataView(bytes.buffer).setUint32(4 * (value % 16), value);
      add(bytes);
    }
    expect(seen.size).toBe(count);
  });

  test("a bit of the input moves about half of the digest's bits", () => {
    let least = 256;
    for (let bit = 0; bit < 512; bit++) {
      const bytes = new Uint8Array(64);
      const before = simHasher.sha256(bytes);
      bytes[bit >> 3] = 1 << (bit & 7);
      const after = simHasher.sha256(bytes);
      let moved = 0;
      for (let at = 0; at < 32; at++) {
        let difference = (before[at] ?? 0) ^ (after[at] ?? 0);
        for (; difference !== 0; difference >>= 1) moved += difference & 1;
      }
      least = Math.min(least, moved);
    }
    expect(least).toBeGreaterThan(85);
  });

  test("pairs are hashed one by one", () => {
    const level = new Prng(9).bytes(128);
    const [first, second] = [level.subarray(0, 64), level.subarray(64)].map((it) => simHasher.sha256(it));
    expect(simHasher.sha256Pairs(level)).toEqual(Uint8Array.of(...(first ?? []), ...(second ?? [])));
  });
});
