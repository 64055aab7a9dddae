import {
  bytesToHex,
  isRegistrableKey,
  normalizeP256,
  portableSigner,
  portableVerifier,
  SIGNATURE_ALGORITHMS,
  type SignedItem,
  secretKeyFromSeed,
} from "@touchmark/core";
import {
  nativeIsRegistrableKey,
  nativeSigner,
  nativeVerifier,
  nodeEd25519Verifier,
} from "@touchmark/core/native";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PARSED_KEYS_MAX, ParsedKeys } from "../native/parsed-keys.ts";

const VERIFIERS = [nativeVerifier, nodeEd25519Verifier, portableVerifier];
const SIGNERS = [nativeSigner, portableSigner];
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("the native signers", () => {
  test("W-28 what any signer signs, every verifier accepts, and refuses when one bit is changed", () => {
    const property = fc.property(
      fc.constantFrom(...SIGNATURE_ALGORITHMS),
      seeds,
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.nat(511),
      (algorithm, seed, message, bit) => {
        for (const createSigner of SIGNERS) {
          const signer = createSigner(secretKeyFromSeed(algorithm, seed));
          const { publicKey } = signer;
          const signature = signer.sign(message);
          const flipped = signature.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
          for (const verifier of VERIFIERS) {
            expect(verifier.verify({ algorithm, publicKey, message, signature })).toBe(true);
            expect(verifier.verify({ algorithm, publicKey, message, signature: flipped })).toBe(false);
          }
        }
      },
    );
    fc.assert(property, { numRuns: 25 });
  });

  test("W-28 the native Ed25519 signer makes the portable one's bytes", () => {
    fc.assert(
      fc.property(seeds, fc.uint8Array({ maxLength: 300 }), (seed, message) => {
        const secret = secretKeyFromSeed("ed25519", seed);
        const [native, portable] = [nativeSigner(secret), portableSigner(secret)];
        expect(native.publicKey).toEqual(portable.publicKey);
        expect(native.sign(message)).toEqual(portable.sign(message));
      }),
      { numRuns: 30 },
    );
  });

  test("W-28 the native P-256 signer has the portable one's key, a nonce by chance, and a low s", () => {
    const secret = secretKeyFromSeed("p256", new Uint8Array(32).fill(3));
    const signer = nativeSigner(secret);
    expect(signer.publicKey).toEqual(portableSigner(secret).publicKey);
    const message = new Uint8Array(10);
    const signatures = Array.from({ length: 40 }, () => signer.sign(message));
    expect(new Set(signatures.map(bytesToHex)).size).toBe(signatures.length);
    for (const signature of signatures) expect(normalizeP256(signature)).toBe(signature);
  });
});

describe("the native verifiers", () => {
  const secret = secretKeyFromSeed("ed25519", new Uint8Array(32).fill(8));
  const message = new Uint8Array(100).fill(1);

  function signed(algorithm: "ed25519" | "p256"): SignedItem {
    const signer = nativeSigner({ ...secret, algorithm });
    return { algorithm, publicKey: signer.publicKey, message, signature: signer.sign(message) };
  }

  test("W-20 views into a larger buffer are read at their own offset", () => {
    for (const { algorithm, ...fields } of SIGNATURE_ALGORITHMS.map(signed)) {
      const view = (bytes: Uint8Array) => {
        const larger = new Uint8Array(bytes.length + 20).fill(0xcc);
        larger.set(bytes, 7);
        return larger.subarray(7, 7 + bytes.length);
      };
      const item: SignedItem = {
        algorithm,
        publicKey: view(fields.publicKey),
        message: view(fields.message),
        signature: view(fields.signature),
      };
      for (const verifier of VERIFIERS) expect(verifier.verify(item)).toBe(true);
    }
  });

  test("W-29 shared memory gives the same verdicts, or a refusal", () => {
    const shared = (bytes: Uint8Array) => {
      const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
      copy.set(bytes);
      return copy;
    };
    for (const good of SIGNATURE_ALGORITHMS.map(signed)) {
      const item: SignedItem = {
        algorithm: good.algorithm,
        publicKey: shared(good.publicKey),
        message: shared(good.message),
        signature: shared(good.signature),
      };
      const bad: SignedItem = { ...item, message: shared(new Uint8Array(100)) };
      for (const verifier of VERIFIERS) {
        expect(verifier.verify(item)).toBe(true);
        expect(verifier.verify(bad)).toBe(false);
      }
    }
  });

  test("W-26 the native key check says of random keys what the portable one says", () => {
    const keys = fc.uint8Array({ minLength: 31, maxLength: 34 });
    fc.assert(
      fc.property(fc.constantFrom(...SIGNATURE_ALGORITHMS), keys, (algorithm, key) => {
        expect(nativeIsRegistrableKey(algorithm, key)).toBe(isRegistrableKey(algorithm, key));
      }),
    );
  });
});

describe("parsed keys", () => {
  test("W-29 no more keys are kept than the limit, the oldest leaves first, and bad ones are not kept", () => {
    const keys = new ParsedKeys("ed25519");
    const key = (index: number) =>
      Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? index & 0xff : at === 1 ? index >> 8 : 9));
    const first = keys.get(key(0));
    expect(first).toBeDefined();
    for (let i = 1; i < PARSED_KEYS_MAX; i++) keys.get(key(i));
    expect(keys.get(key(0))).toBe(first);
    expect(keys.size).toBe(PARSED_KEYS_MAX);
    keys.get(key(PARSED_KEYS_MAX));
    expect(keys.size).toBe(PARSED_KEYS_MAX);
    expect(keys.get(key(0))).not.toBe(first);
    expect(new ParsedKeys("p256").get(new Uint8Array(33))).toBeUndefined();
  });
});
