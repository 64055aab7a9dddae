import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";

const domain: core.Domain = { type: "cut", chainId: "demo-00", epoch: core.Epoch.of(7) };
const hex = (bytes: Uint8Array) => core.bytesToHex(bytes);

describe("W-9 every digest has a domain", () => {
  test("W-9 the prefix is the tag and the chain id, each behind its length, and the epoch", () => {
    const parts = ["10", hex(core.utf8ToBytes("touchmark/v1/cut")), "07", hex(core.utf8ToBytes("demo-00"))];
    expect(hex(core.domainPrefix(domain))).toBe(`${parts.join("")}0000000000000007`);
  });

  test("W-9 the digest is pinned", () => {
    const digest = core.domainDigest(core.portableHasher, domain, Uint8Array.of(1, 2, 3));
    // Computed apart from the code, with Python's hashlib.
    expect(hex(digest)).toBe("19879559f963490ed3f7e14a53c38ce15bfdb780d662c257ee8f681959bf70d3");
  });

  test("W-9 another type, chain or epoch gives another digest, and letters can't move between them", () => {
    const fields = Uint8Array.of(1);
    const digests = [
      domain,
      { ...domain, type: "cutd", chainId: "emo-00" },
      { ...domain, type: "cu", chainId: "tdemo-00" },
      { ...domain, epoch: core.Epoch.of(8) },
      { ...domain, chainId: "demo-01" },
    ].map((it) => hex(core.domainDigest(core.portableHasher, it, fields)));
    expect(new Set(digests).size).toBe(5);
  });

  test("W-9 the fields are one byte string: where one ends and the next begins is its encoding's to say", () => {
    expect(core.domainDigest).toHaveLength(3);
    const pair = core.tuple({ a: core.text(0, 9), b: core.text(0, 9) });
    const digestOf = (a: string, b: string) =>
      hex(core.domainDigest(core.portableHasher, domain, core.encode(pair, { a, b })));
    expect(digestOf("ab", "c")).not.toBe(digestOf("a", "bc"));
  });

  test("W-9 text past the length prefix is our bug", () => {
    expect(() => core.domainPrefix({ ...domain, chainId: "x".repeat(256) })).toThrow(core.AssertionFailed);
  });

  test("W-9 the portable hash is SHA-256, and a level is hashed pair by pair", () => {
    // FIPS 180-4's example.
    expect(hex(core.portableHasher.sha256(core.utf8ToBytes("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    const level = Uint8Array.from({ length: 256 }, (_, i) => i);
    const pairs = core.portableHasher.sha256Pairs(level);
    for (let i = 0; i < 4; i++) {
      const one = core.portableHasher.sha256(level.subarray(i * 64, i * 64 + 64));
      expect(pairs.subarray(i * 32, i * 32 + 32)).toEqual(one);
    }
    expect(() => core.portableHasher.sha256Pairs(level.subarray(1))).toThrow("whole pairs");
    expect(() => core.toDigest(level)).toThrow("a digest is 32 bytes");
  });
});
