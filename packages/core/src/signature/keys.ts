import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { bytesToNumberBE, numberToBytesBE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { assert, assertNever } from "../assert.ts";
import { concatBytes, copyBytes } from "../bytes.ts";
import { DOMAIN_PREFIX, lengthPrefixed } from "../hash.ts";
import { SCALAR_BYTES, type SignatureAlgorithm } from "./algorithm.ts";
import { isEd25519KeyAdmissible } from "./ed25519.ts";
import { isP256KeyAdmissible, isP256Scalar } from "./p256.ts";

/** What asks whether a public key may be registered; nodes use the native one. */
export type KeyCheck = (algorithm: SignatureAlgorithm, publicKey: Uint8Array) => boolean;

/** Noble tells by throwing that bytes are no point; here that is a value. */
function orUndefined<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

export function decodeEd25519Point(encoding: Uint8Array): EdwardsPoint | undefined {
  return orUndefined(() => ed25519.Point.fromBytes(encoding));
}

/**
 * W-26: canonical, and in the subgroup of prime order. A key with a small-order part verifies under
 * W-22 for some messages and not for others, and its owner could choose which; so it never gets in.
 */
export function isPrimeOrderKey(publicKey: Uint8Array): boolean {
  if (!isEd25519KeyAdmissible(publicKey)) return false;
  return decodeEd25519Point(publicKey)?.isTorsionFree() === true;
}

/** W-26: P-256 has cofactor 1: a point of the curve that is not infinity is of prime order. */
function isP256CurveKey(publicKey: Uint8Array): boolean {
  return isP256KeyAdmissible(publicKey) && orUndefined(() => p256.Point.fromBytes(publicKey)) !== undefined;
}

/** W-26: asked once, when a key is registered, so that verification need not ask again. */
export const isRegistrableKey: KeyCheck = (algorithm, publicKey) => {
  switch (algorithm) {
    case "ed25519":
      return isPrimeOrderKey(publicKey);
    case "p256":
      return isP256CurveKey(publicKey);
    default:
      return assertNever(algorithm);
  }
};

const UNCOMPRESSED_BYTES = 65;
const UNCOMPRESSED = 4;

/** W-20: the stored form of a 65-byte key from elsewhere, or nothing where it is no point of the curve. */
export function compressP256PublicKey(uncompressed: Uint8Array): Uint8Array | undefined {
  if (uncompressed.length !== UNCOMPRESSED_BYTES || uncompressed[0] !== UNCOMPRESSED) return undefined;
  return orUndefined(() => p256.Point.fromBytes(uncompressed))?.toBytes(true);
}

export const SECRET_KEY_BYTES = SCALAR_BYTES;

/** W-28: the seed of RFC 8032 for Ed25519; the scalar, big-endian, for P-256. */
export interface SecretKey {
  readonly algorithm: SignatureAlgorithm;
  readonly bytes: Uint8Array;
}

export function isSecretKey(algorithm: SignatureAlgorithm, bytes: Uint8Array): boolean {
  return bytes.length === SECRET_KEY_BYTES && (algorithm === "ed25519" || isP256Scalar(bytes, 0));
}

export function toSecretKey(algorithm: SignatureAlgorithm, bytes: Uint8Array): SecretKey {
  assert(isSecretKey(algorithm, bytes), `these bytes are no secret key of ${algorithm}`);
  return { algorithm, bytes: copyBytes(bytes, 0, SECRET_KEY_BYTES) };
}

const P256_SEED_DOMAIN = lengthPrefixed(`${DOMAIN_PREFIX}p256-seed`);

/**
 * W-28: any 32 bytes give a key of either algorithm. For P-256 the seed is stretched to 512 bits first,
 * so that the remainder is even to within 2^-256, and no seed has to be refused.
 */
export function secretKeyFromSeed(algorithm: SignatureAlgorithm, seed: Uint8Array): SecretKey {
  assert(seed.length === SECRET_KEY_BYTES, `a seed is ${SECRET_KEY_BYTES} bytes`);
  if (algorithm === "ed25519") return toSecretKey(algorithm, seed);
  const stretched = bytesToNumberBE(sha512(concatBytes(P256_SEED_DOMAIN, seed)));
  const scalar = (stretched % (p256.Point.Fn.ORDER - 1n)) + 1n;
  return toSecretKey(algorithm, numberToBytesBE(scalar, SECRET_KEY_BYTES));
}
