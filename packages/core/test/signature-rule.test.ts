import {
  bytesToHex,
  hexToBytes,
  must,
  PUBLIC_KEY_BYTES,
  portableSigner,
  portableVerifier,
  SIGNATURE_ALGORITHMS,
  SIGNATURE_BYTES,
  type SignatureAlgorithm,
  type SignedItem,
  secretKeyFromSeed,
  utf8ToBytes,
} from "@touchmark/core";
import { nativeVerifier, nodeEd25519Verifier } from "@touchmark/core/native";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** The rule as single statements; the compliance suite in test/vectors asks it of thousands of cases. */
const VERIFIERS = [
  ["native", nativeVerifier],
  ["node", nodeEd25519Verifier],
  ["portable", portableVerifier],
] as const;

const MESSAGE = utf8ToBytes("the order of things");

function signedBy(algorithm: SignatureAlgorithm, seedByte: number, message = MESSAGE): SignedItem {
  const signer = portableSigner(secretKeyFromSeed(algorithm, new Uint8Array(32).fill(seedByte)));
  return { algorithm, publicKey: signer.publicKey, message, signature: signer.sign(message) };
}

const ED25519 = signedBy("ed25519", 1);
const P256 = signedBy("p256", 1);

const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).reverse();
}

function toNumber(bigEndian: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(bigEndian)}`);
}

function toBytes(value: bigint): Uint8Array {
  return must(hexToBytes(value.toString(16).padStart(64, "0")), "32 bytes of hex");
}

function withEd25519Scalar(change: (s: bigint) => bigint): SignedItem {
  const s = change(toNumber(reversed(ED25519.signature.subarray(32))));
  return {
    ...ED25519,
    signature: Uint8Array.of(...ED25519.signature.subarray(0, 32), ...reversed(toBytes(s))),
  };
}

function withP256Scalars(change: (r: bigint, s: bigint) => readonly [bigint, bigint]): SignedItem {
  const { signature } = P256;
  const [r, s] = change(toNumber(signature.subarray(0, 32)), toNumber(signature.subarray(32)));
  return { ...P256, signature: Uint8Array.of(...toBytes(r), ...toBytes(s)) };
}

describe.each(VERIFIERS)("the %s verifier", (_, verifier) => {
  test("W-20 a good signature of either algorithm is accepted, of an empty message too", () => {
    for (const algorithm of SIGNATURE_ALGORITHMS) {
      expect(verifier.verify(signedBy(algorithm, 2))).toBe(true);
      expect(verifier.verify(signedBy(algorithm, 2, new Uint8Array(0)))).toBe(true);
    }
  });

  test("W-20 a key or signature of any other length is refused and does not throw", () => {
    for (const good of [ED25519, P256]) {
      for (let length = 0; length <= 2 * SIGNATURE_BYTES; length++) {
        const padded = (bytes: Uint8Array) => Uint8Array.from({ length }, (__, at) => bytes[at] ?? 0);
        const signature = padded(good.signature);
        const publicKey = padded(good.publicKey);
        expect(verifier.verify({ ...good, signature })).toBe(length === SIGNATURE_BYTES);
        expect(verifier.verify({ ...good, publicKey })).toBe(length === PUBLIC_KEY_BYTES[good.algorithm]);
      }
    }
  });

  test("W-20 a signature of one algorithm is not one of the other", () => {
    expect(verifier.verify({ ...ED25519, algorithm: "p256" })).toBe(false);
    expect(verifier.verify({ ...P256, algorithm: "ed25519" })).toBe(false);
  });

  test("W-21 a signature whose S is not below L is refused", () => {
    expect(verifier.verify(withEd25519Scalar((s) => s))).toBe(true);
    expect(verifier.verify(withEd25519Scalar((s) => s + ED25519_ORDER))).toBe(false);
    expect(verifier.verify(withEd25519Scalar(() => ED25519_ORDER))).toBe(false);
    expect(verifier.verify(withEd25519Scalar((s) => s | (1n << 255n)))).toBe(false);
  });

  test("W-21 the identity as key is refused, with which R = S·B is good for any message", () => {
    const base = must(hexToBytes(`58${"66".repeat(31)}`), "the base point");
    const signature = Uint8Array.of(...base, 1, ...new Uint8Array(31));
    for (const encoding of ["01".padEnd(64, "0"), `ee${"ff".repeat(30)}7f`]) {
      const publicKey = must(hexToBytes(encoding), "an encoding of the identity");
      expect(verifier.verify({ ...ED25519, publicKey, signature })).toBe(false);
    }
  });

  test("W-22 a changed message, key or R is refused", () => {
    const other = signedBy("ed25519", 3);
    const mixed = Uint8Array.of(...other.signature.subarray(0, 32), ...ED25519.signature.subarray(32));
    expect(verifier.verify({ ...ED25519, message: utf8ToBytes("the order of thing") })).toBe(false);
    expect(verifier.verify({ ...ED25519, publicKey: other.publicKey })).toBe(false);
    expect(verifier.verify({ ...ED25519, signature: mixed })).toBe(false);
  });

  test("W-23 r and s from 1 to n - 1 are asked for, and both s and n - s are good", () => {
    expect(verifier.verify(withP256Scalars((r, s) => [r, s]))).toBe(true);
    expect(verifier.verify(withP256Scalars((r, s) => [r, P256_ORDER - s]))).toBe(true);
    for (const bad of [0n, P256_ORDER, 2n ** 256n - 1n]) {
      expect(verifier.verify(withP256Scalars((_r, s) => [bad, s]))).toBe(false);
      expect(verifier.verify(withP256Scalars((r) => [r, bad]))).toBe(false);
    }
  });

  test("W-23 a key on no point of the curve is refused", () => {
    for (let x = 0; x < 16; x++) {
      const publicKey = Uint8Array.of(2, ...toBytes(BigInt(x)));
      expect(verifier.verify({ ...P256, publicKey })).toBe(false);
    }
  });

  test("W-27 a batch says what single calls say, slot by slot", () => {
    const good = [ED25519, P256, signedBy("ed25519", 4), signedBy("p256", 4)];
    const bad = good.map((item) => ({ ...item, message: utf8ToBytes("another") }));
    const short = good.map((item) => ({ ...item, signature: item.signature.subarray(1) }));
    const choose = fc.array(fc.constantFrom(...good, ...bad, ...short), { maxLength: 6 });
    fc.assert(
      fc.property(choose, (items) => {
        const singly = Uint8Array.from(items, (item) => Number(verifier.verify(item)));
        expect(verifier.verifyBatch(items)).toEqual(singly);
      }),
      { numRuns: 20 },
    );
    expect(verifier.verifyBatch([])).toEqual(new Uint8Array(0));
  });
});
