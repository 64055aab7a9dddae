import * as core from "@touchmark/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("bytes", () => {
  test("hex is lower case, whole bytes, and goes both ways", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = core.bytesToHex(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("hex"));
        expect(core.hexToBytes(text)).toEqual(bytes);
      }),
    );
    for (const wrong of ["0", "AB", "0g", "g0", "0x00", " 00", "é0"]) {
      expect(core.hexToBytes(wrong)).toBeUndefined();
    }
  });

  test("UTF-8 agrees with the platform's strict coder on every text and on random bytes", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const platform = (bytes: Uint8Array): string | undefined => {
      try {
        return strict.decode(bytes);
      } catch {
        return undefined;
      }
    };
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        if (text.isWellFormed()) expect(core.utf8ToBytes(text)).toEqual(new TextEncoder().encode(text));
        else expect(core.utf8Length(text)).toBe(-1);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        expect(core.bytesToUtf8(bytes)).toBe(platform(bytes));
      }),
      { numRuns: 20_000 },
    );
    const leads = [0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff];
    for (const a of leads) {
      for (const b of leads) {
        for (const c of leads) {
          const bytes = Uint8Array.of(a, b, c, 0x80);
          expect(core.bytesToUtf8(bytes)).toBe(platform(bytes));
        }
      }
    }
  });

  test("bytes compare as their hex does, and are equal only when all of them are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), (a, b) => {
        const [x, y] = [core.bytesToHex(a), core.bytesToHex(b)];
        expect(Math.sign(core.compareBytes(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
        expect(core.equalBytes(a, b)).toBe(x === y);
      }),
    );
  });

  test("a key has one character for each byte, and differs where the bytes do", () => {
    const thirtyTwo = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 70 }), thirtyTwo), (bytes) => {
        const key = core.bytesToKey(bytes);
        expect(Uint8Array.from(key, (character) => character.charCodeAt(0))).toEqual(bytes);
      }),
    );
  });

  test("short and long copies are the same bytes, joined ones stand in order", () => {
    const bytes = Uint8Array.from({ length: 500 }, (_, i) => i & 255);
    for (const [start, end] of [
      [0, 0],
      [3, 40],
      [3, 131],
      [0, 500],
    ] as const) {
      expect(core.copyBytes(bytes, start, end)).toEqual(bytes.slice(start, end));
    }
    for (const [start, end] of [
      [-1, 3],
      [4, 3],
      [0, 501],
      [0, 0.5],
    ] as const) {
      expect(() => core.copyBytes(bytes, start, end)).toThrow(core.AssertionFailed);
    }
    expect(core.concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(
      Uint8Array.of(1, 2, 3),
    );
  });

  test("numbers in digests are big-endian and within their range", () => {
    expect(core.bytesToHex(core.u64ToBytes(0x0102_0304_0506_0708n))).toBe("0102030405060708");
    expect(core.bytesToHex(core.u32ToBytes(0xf102_0304))).toBe("f1020304");
    for (const wrong of [-1n, 1n << 64n]) expect(() => core.u64ToBytes(wrong)).toThrow(core.AssertionFailed);
    // A value that the types rule out, as a bug elsewhere might let through.
    expect(() => core.u64ToBytes(JSON.parse("7") as bigint)).toThrow(core.AssertionFailed);
    for (const wrong of [-1, 2 ** 32, 0.5])
      expect(() => core.u32ToBytes(wrong)).toThrow(core.AssertionFailed);
  });
});
