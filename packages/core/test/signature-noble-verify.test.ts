import { createHash } from "node:crypto";
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js";
import { isPrimeOrderKey, portableVerifier, type SignedItem } from "@touchmark/core";
import { nativeVerifier, nodeEd25519Verifier } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";

/**
 * Why core uses noble's points and not its `verify`: noble multiplies the equation by the cofactor, in
 * both of its modes, and so accepts what libsodium and OpenSSL refuse. If a later noble does not, this
 * says so.
 */
const { Point } = ed25519;
const OURS = [portableVerifier, nativeVerifier, nodeEd25519Verifier];
const SECRET = 0x1234_5678_9abc_def0n;
const NONCE = 0x0fed_cba9_8765_4321n;

/** y of a point of order 8. */
const TORSION = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");

function torsion(k: number): EdwardsPoint {
  return TORSION.multiplyUnsafe(BigInt(k));
}

/** S = nonce + h·secret, so what is left of the equation is the points' small-order parts. */
function sign(message: Uint8Array, keyTorsion: EdwardsPoint, nonceTorsion: EdwardsPoint): SignedItem {
  const publicKey = Point.BASE.multiply(SECRET).add(keyTorsion).toBytes();
  const r = Point.BASE.multiply(NONCE).add(nonceTorsion).toBytes();
  const digest = createHash("sha512").update(r).update(publicKey).update(message).digest();
  const s = Point.Fn.create(NONCE + bytesToNumberLE(digest) * SECRET);
  const signature = Uint8Array.of(...r, ...numberToBytesLE(s, 32));
  return { algorithm: "ed25519", publicKey, message, signature };
}

function nobleAccepts({ signature, message, publicKey }: SignedItem): readonly boolean[] {
  return [true, false].map((zip215) => ed25519.verify(signature, message, publicKey, { zip215 }));
}

describe("noble's own verify", () => {
  test("W-22 is no implementation of the rule: it accepts an R with a part of small order", () => {
    for (let k = 0; k < 8; k++) {
      const item = sign(Uint8Array.of(k), Point.ZERO, torsion(k));
      expect(nobleAccepts(item)).toEqual([true, true]);
      for (const verifier of OURS) expect(verifier.verify(item)).toBe(k === 0);
    }
  });

  test("W-22 accepts every signature of a key of mixed order, where we accept one in eight, and all the same ones", () => {
    const messages = Array.from({ length: 48 }, (_, index) => Uint8Array.of(index));
    const items = messages.map((message) => sign(message, TORSION, Point.ZERO));
    expect(items.flatMap(nobleAccepts)).not.toContain(false);
    const [first, ...others] = OURS.map((verifier) => verifier.verifyBatch(items));
    for (const verdicts of others) expect(verdicts).toEqual(first);
    const accepted = Array.from(first ?? []).filter((verdict) => verdict === 1).length;
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(messages.length / 2);
  });

  test("W-26 such a key is not registered", () => {
    expect(isPrimeOrderKey(sign(new Uint8Array(0), TORSION, Point.ZERO).publicKey)).toBe(false);
    expect(isPrimeOrderKey(sign(new Uint8Array(0), Point.ZERO, TORSION).publicKey)).toBe(true);
  });
});
