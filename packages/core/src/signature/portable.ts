import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { assertNever } from "../assert.ts";
import { byteAt } from "../bytes.ts";
import { SCALAR_BYTES } from "./algorithm.ts";
import { decodeEd25519Point, type SecretKey } from "./keys.ts";
import { createVerifier, type SignatureEquation, type Signer } from "./port.ts";

/** The rule in plain TypeScript, for browsers and phones, and as the second opinion of every node. */
const { Point } = ed25519;

function challenge(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): bigint {
  const digest = sha512
    .create()
    .update(signature.subarray(0, SCALAR_BYTES))
    .update(publicKey)
    .update(message)
    .digest();
  return Point.Fn.create(bytesToNumberLE(digest));
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (bytes[i] !== byteAt(start, i)) return false;
  return true;
}

/**
 * W-22: encode(S·B - h·A) is R, byte for byte. Noble's own `verify` multiplies both sides by the
 * cofactor, and so accepts signatures that libsodium refuses: hence its points and not its verdict.
 */
const ed25519Equation: SignatureEquation = (publicKey, message, signature) => {
  const key = decodeEd25519Point(publicKey);
  if (key === undefined) return false;
  const left = Point.BASE.multiplyUnsafe(bytesToNumberLE(signature.subarray(SCALAR_BYTES)));
  const right = key.negate().multiplyUnsafe(challenge(publicKey, message, signature));
  return startsWith(signature, left.add(right).toBytes());
};

/** W-23: SHA-256 of the message, and high s is good: signatures are normalised where they are stored. */
const P256_VERIFY = { prehash: true, lowS: false, format: "compact" } as const;
const P256_SIGN = { prehash: true, lowS: true, format: "compact" } as const;

const p256Equation: SignatureEquation = (publicKey, message, signature) =>
  p256.verify(signature, message, publicKey, P256_VERIFY);

export const portableVerifier = createVerifier({ ed25519: ed25519Equation, p256: p256Equation });

/** W-28: Ed25519 of RFC 8032; P-256 with the nonce of RFC 6979 and a low s. One message, one signature. */
export function portableSigner(secret: SecretKey): Signer {
  const { algorithm, bytes } = secret;
  switch (algorithm) {
    case "ed25519":
      return {
        algorithm,
        publicKey: ed25519.getPublicKey(bytes),
        sign: (message) => ed25519.sign(message, bytes),
      };
    case "p256":
      return {
        algorithm,
        publicKey: p256.getPublicKey(bytes, true),
        sign: (message) => p256.sign(message, bytes, P256_SIGN),
      };
    default:
      return assertNever(algorithm);
  }
}
