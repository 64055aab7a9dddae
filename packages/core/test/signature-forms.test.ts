import { p256 } from "@noble/curves/nist.js";
import {
  bytesToHex,
  compressP256PublicKey,
  equalBytes,
  hexToBytes,
  isRegistrableKey,
  isSecretKey,
  must,
  normalizeP256,
  p256SignatureFromDer,
  p256SignatureToDer,
  portableSigner,
  portableVerifier,
  SIGNATURE_ALGORITHMS,
  secretKeyFromSeed,
  toSecretKey,
} from "@touchmark/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const ORDER = p256.Point.Fn.ORDER;

function fromHex(text: string): Uint8Array {
  return must(hexToBytes(text), "hex");
}

function toBytes(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, "0"));
}

function raw(r: bigint, s: bigint): Uint8Array {
  return Uint8Array.of(...toBytes(r), ...toBytes(s));
}

const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n });
/** Of every length, so that padding and shortening happen. */
const anyScalar = fc.oneof(
  scalar,
  fc.bigInt({ min: 1n, max: 2n ** 16n }),
  fc.constant(1n),
  fc.constant(ORDER - 1n),
);

describe("the low form of P-256", () => {
  test("W-24 s and n - s have one form, which is the lower of the two", () => {
    fc.assert(
      fc.property(anyScalar, anyScalar, (r, s) => {
        const isLow = 2n * s < ORDER;
        const low = isLow ? s : ORDER - s;
        expect(normalizeP256(raw(r, s))).toEqual(raw(r, low));
        expect(normalizeP256(raw(r, ORDER - s))).toEqual(raw(r, low));
      }),
    );
  });

  test("W-24 the highest low s stays, the lowest high s moves, and a low signature is not copied", () => {
    const highestLow = raw(5n, (ORDER - 1n) / 2n);
    expect(normalizeP256(highestLow)).toBe(highestLow);
    expect(normalizeP256(raw(5n, (ORDER + 1n) / 2n))).toEqual(highestLow);
  });

  test("W-24 what is no signature has no low form", () => {
    for (const bad of [raw(0n, 1n), raw(1n, 0n), raw(ORDER, 1n), raw(1n, ORDER), raw(1n, 1n).subarray(1)]) {
      expect(normalizeP256(bad)).toBeUndefined();
    }
    expect(normalizeP256(new Uint8Array(0))).toBeUndefined();
    expect(normalizeP256(new Uint8Array(65))).toBeUndefined();
  });
});

describe("DER", () => {
  test("W-25 every raw signature survives the way to DER and back", () => {
    fc.assert(
      fc.property(anyScalar, anyScalar, (r, s) => {
        expect(p256SignatureFromDer(p256SignatureToDer(raw(r, s)))).toEqual(raw(r, s));
      }),
    );
  });

  test("W-25 what is read is written back byte for byte, so one value has one encoding", () => {
    const near = fc.tuple(anyScalar, anyScalar, fc.nat(71), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(near, ([r, s, at, change]) => {
        const der = p256SignatureToDer(raw(r, s));
        const changed = der.map((byte, index) => (index === at % der.length ? byte ^ change : byte));
        const read = p256SignatureFromDer(changed);
        if (read !== undefined) expect(p256SignatureToDer(read)).toEqual(changed);
      }),
      { numRuns: 2_000 },
    );
  });

  test("W-25 random bytes are refused or are canonical, and never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), (bytes) => {
        const read = p256SignatureFromDer(bytes);
        if (read !== undefined) expect(p256SignatureToDer(read)).toEqual(bytes);
      }),
    );
  });

  test("W-25 noble writes the same DER", () => {
    const signer = portableSigner(secretKeyFromSeed("p256", new Uint8Array(32).fill(9)));
    for (let i = 0; i < 32; i++) {
      const signature = signer.sign(Uint8Array.of(i));
      const noble = p256.Signature.fromBytes(signature, "compact").toBytes("der");
      expect(p256SignatureToDer(signature)).toEqual(noble);
    }
  });
});

describe("keys at registration", () => {
  test("W-26 every key that a signer has may be registered, and of no other length", () => {
    for (const algorithm of SIGNATURE_ALGORITHMS) {
      const { publicKey } = portableSigner(secretKeyFromSeed(algorithm, new Uint8Array(32).fill(5)));
      expect(isRegistrableKey(algorithm, publicKey)).toBe(true);
      expect(isRegistrableKey(algorithm, publicKey.subarray(1))).toBe(false);
      expect(isRegistrableKey(algorithm, Uint8Array.of(...publicKey, 0))).toBe(false);
      expect(isRegistrableKey(algorithm, new Uint8Array(0))).toBe(false);
    }
  });

  test("W-26 a P-256 key past p, or on no point, is not registered", () => {
    const { ORDER: FIELD } = p256.Point.Fp;
    const isRegistered = (x: bigint) => isRegistrableKey("p256", Uint8Array.of(2, ...toBytes(x)));
    const small = Array.from({ length: 32 }, (_, x) => BigInt(x));
    const onCurve = small.filter(isRegistered);
    // Of any field's elements about half are the x of a point.
    expect(onCurve.length).toBeGreaterThan(4);
    expect(onCurve.length).toBeLessThan(28);
    expect(small.filter((x) => isRegistered(FIELD + x))).toEqual([]);
  });

  test("W-20 a 65-byte key is stored compressed, and only where it is a point", () => {
    for (let i = 1; i < 8; i++) {
      const secret = secretKeyFromSeed("p256", new Uint8Array(32).fill(i));
      const full = p256.getPublicKey(secret.bytes, false);
      expect(compressP256PublicKey(full)).toEqual(portableSigner(secret).publicKey);
      const moved = full.map((byte, at) => (at === 64 ? byte ^ 1 : byte));
      expect(compressP256PublicKey(moved)).toBeUndefined();
      expect(
        compressP256PublicKey(Uint8Array.of(6 + (Number(full[64]) & 1), ...full.subarray(1))),
      ).toBeUndefined();
      expect(compressP256PublicKey(full.subarray(0, 64))).toBeUndefined();
    }
    expect(compressP256PublicKey(new Uint8Array(0))).toBeUndefined();
    expect(compressP256PublicKey(Uint8Array.of(4, ...new Uint8Array(64)))).toBeUndefined();
  });
});

describe("secret keys", () => {
  test("W-28 any seed gives a key of either algorithm, and always the same one", () => {
    const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(seed, fc.constantFrom(...SIGNATURE_ALGORITHMS), (bytes, algorithm) => {
        const secret = secretKeyFromSeed(algorithm, bytes);
        expect(isSecretKey(algorithm, secret.bytes)).toBe(true);
        expect(secretKeyFromSeed(algorithm, bytes)).toEqual(secret);
        expect(equalBytes(secret.bytes, bytes)).toBe(algorithm === "ed25519");
      }),
    );
  });

  test("W-28 the P-256 key of a seed is pinned: it may never change", () => {
    const { bytes } = secretKeyFromSeed("p256", new Uint8Array(32));
    expect(bytesToHex(bytes)).toBe("d377bc97c2b9ff87ad776276a536708aa72d3faf6578940a8e71e9328d931097");
  });

  test("W-28 a P-256 secret is from 1 to n - 1, and any 32 bytes are one of Ed25519", () => {
    expect(isSecretKey("p256", toBytes(1n))).toBe(true);
    expect(isSecretKey("p256", toBytes(ORDER - 1n))).toBe(true);
    expect(isSecretKey("p256", toBytes(0n))).toBe(false);
    expect(isSecretKey("p256", toBytes(ORDER))).toBe(false);
    expect(isSecretKey("ed25519", toBytes(0n))).toBe(true);
    expect(isSecretKey("ed25519", new Uint8Array(31))).toBe(false);
    expect(() => toSecretKey("p256", toBytes(ORDER))).toThrow("no secret key");
  });

  test("W-28 a secret is a copy: clearing the bytes it came from does not change it", () => {
    const seed = new Uint8Array(32).fill(7);
    const secret = secretKeyFromSeed("ed25519", seed);
    seed.fill(0);
    expect(secret.bytes).toEqual(new Uint8Array(32).fill(7));
  });

  test("W-28 what the portable signer signs, it signs the same again, with a low s, and it verifies", () => {
    const property = fc.property(
      fc.constantFrom(...SIGNATURE_ALGORITHMS),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ maxLength: 300 }),
      (algorithm, seed, message) => {
        const signer = portableSigner(secretKeyFromSeed(algorithm, seed));
        const { publicKey } = signer;
        const signature = signer.sign(message);
        expect(portableVerifier.verify({ algorithm, publicKey, message, signature })).toBe(true);
        expect(signer.sign(message)).toEqual(signature);
        if (algorithm === "p256") expect(normalizeP256(signature)).toBe(signature);
      },
    );
    fc.assert(property, { numRuns: 30 });
  });
});
