import { createHash } from "node:crypto";
import { bytesToHex, DIGEST_BYTES, portableHasher } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

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
});
