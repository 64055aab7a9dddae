import { createHash } from "node:crypto";
import { bytesToHex, DIGEST_BYTES, portableHasher } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadPairHash } from "../native/pairs.ts";

const PAIR_BYTES = 2 * DIGEST_BYTES;

describe("the native hasher", () => {
  test("W-9 every length from 0 to 300 bytes has the digest that the portable one gives", () => {
    for (let length = 0; length <= 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 0xff);
      const digest = nativeHasher.sha256(bytes);
      expect(bytesToHex(digest)).toBe(bytesToHex(portableHasher.sha256(bytes)));
      expect(bytesToHex(digest)).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
  });

  test("W-9 random bytes at any offset of a larger buffer have the portable digest", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(40), (bytes, offset) => {
        const larger = new Uint8Array(bytes.length + offset + 3).fill(0xaa);
        larger.set(bytes, offset);
        const view = larger.subarray(offset, offset + bytes.length);
        expect(bytesToHex(nativeHasher.sha256(view))).toBe(bytesToHex(portableHasher.sha256(bytes)));
      }),
    );
  });

  test("W-9 each digest is an array of its own, of its length and no more", () => {
    for (const length of [0, 40, 100, 1_000]) {
      const first = nativeHasher.sha256(new Uint8Array(length));
      const before = bytesToHex(first);
      nativeHasher.sha256(new Uint8Array(length).fill(1));
      expect(bytesToHex(first)).toBe(before);
      expect(first.buffer.byteLength).toBe(DIGEST_BYTES);
      expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
    }
  });

  test("W-9 a level of any number of pairs has the portable digests", () => {
    const pairs = fc
      .nat(70)
      .chain((count) => fc.uint8Array({ minLength: count * PAIR_BYTES, maxLength: count * PAIR_BYTES }));
    fc.assert(
      fc.property(pairs, (level) => {
        expect(nativeHasher.sha256Pairs(level)).toEqual(portableHasher.sha256Pairs(level));
      }),
    );
  });

  test("W-9 half a pair is a mistake of the caller, in both", () => {
    for (const hasher of [nativeHasher, portableHasher]) {
      expect(() => hasher.sha256Pairs(new Uint8Array(DIGEST_BYTES))).toThrow("whole pairs");
    }
  });

  test("W-9 the digests of a level go where room is given, and nowhere else", () => {
    const level = Uint8Array.from({ length: 5 * PAIR_BYTES }, (_, index) => index & 0xff);
    for (const hasher of [nativeHasher, portableHasher]) {
      const larger = new Uint8Array(7 * DIGEST_BYTES).fill(0xaa);
      const room = larger.subarray(DIGEST_BYTES, 6 * DIGEST_BYTES);
      expect(hasher.sha256Pairs(level, room)).toBe(room);
      expect(room).toEqual(portableHasher.sha256Pairs(level));
      expect(larger.subarray(0, DIGEST_BYTES)).toEqual(new Uint8Array(DIGEST_BYTES).fill(0xaa));
      expect(larger.subarray(6 * DIGEST_BYTES)).toEqual(new Uint8Array(DIGEST_BYTES).fill(0xaa));
      const short = new Uint8Array(DIGEST_BYTES);
      expect(() => hasher.sha256Pairs(level, short)).toThrow("half of its length");
    }
  });
});

describe("where hashtree has no build", () => {
  test("W-29 OpenSSL hashes the levels, to the same digests", async () => {
    const hashPairs = await loadPairHash(() => Promise.reject(new Error("Cannot find native binding")));
    for (const pairs of [0, 1, 2, 65]) {
      const level = Uint8Array.from({ length: pairs * PAIR_BYTES }, (_, index) => (index * 3) & 0xff);
      expect(hashPairs(level)).toEqual(portableHasher.sha256Pairs(level));
    }
    expect(() => hashPairs(new Uint8Array(DIGEST_BYTES))).toThrow("whole pairs");
  });

  test("W-29 a build that hashes one width wrongly doesn't start", async () => {
    const wrong = {
      hashInto(level: Uint8Array, digests: Uint8Array) {
        digests.set(portableHasher.sha256Pairs(level));
        if (level.length === 16 * PAIR_BYTES) digests[15 * DIGEST_BYTES] = 0;
      },
    };
    await expect(loadPairHash(() => Promise.resolve(wrong))).rejects.toThrow("a level of 16 pairs wrongly");
  });
});
