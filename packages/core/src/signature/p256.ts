import { byteAt } from "../bytes.ts";
import { curveConstant, P256_KEY_BYTES, SCALAR_BYTES, SIGNATURE_BYTES } from "./algorithm.ts";

/** What can be said about a P-256 key and signature from their bytes alone, and the form that is stored. */
const COMPRESSED_EVEN = 2;
const COMPRESSED_ODD = 3;

/** p, the field's prime, big-endian. */
const FIELD_PRIME = curveConstant("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
/** n, the order of the group, big-endian. */
const GROUP_ORDER = curveConstant("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
/** (n + 1) / 2: the smallest scalar that is high. */
const FIRST_HIGH = curveConstant("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a9");

/** Whether the big-endian number of 32 bytes at the offset is below the bound. */
function isBelow(bytes: Uint8Array, offset: number, bound: Uint8Array): boolean {
  for (let i = 0; i < SCALAR_BYTES; i++) {
    const difference = byteAt(bytes, offset + i) - byteAt(bound, i);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function isZero(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < SCALAR_BYTES; i++) if (bytes[offset + i] !== 0) return false;
  return true;
}

/** From 1 to n - 1: what r, s and a secret key are. */
export function isP256Scalar(bytes: Uint8Array, offset: number): boolean {
  return isBelow(bytes, offset, GROUP_ORDER) && !isZero(bytes, offset);
}

/** W-23: compressed, and x below p. Infinity has no such encoding; the curve itself is the equation's. */
export function isP256KeyAdmissible(publicKey: Uint8Array): boolean {
  if (publicKey.length !== P256_KEY_BYTES) return false;
  const prefix = publicKey[0];
  return (prefix === COMPRESSED_EVEN || prefix === COMPRESSED_ODD) && isBelow(publicKey, 1, FIELD_PRIME);
}

function isSignature(signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    isP256Scalar(signature, 0) &&
    isP256Scalar(signature, SCALAR_BYTES)
  );
}

/** W-23: lengths, and r and s from 1 to n - 1, high s included: hardware signs so. */
export function isP256Admissible(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return isSignature(signature) && isP256KeyAdmissible(publicKey);
}

/** Replaces the scalar at the offset, which is from 1 to n - 1, by n minus itself. */
function negateScalar(bytes: Uint8Array, offset: number): void {
  let borrow = 0;
  for (let i = SCALAR_BYTES - 1; i >= 0; i--) {
    const difference = byteAt(GROUP_ORDER, i) - byteAt(bytes, offset + i) - borrow;
    borrow = difference < 0 ? 1 : 0;
    bytes[offset + i] = difference & 0xff;
  }
}

/**
 * W-24: of s and n - s, which both verify, the low one is stored and hashed; so nobody can change a
 * transaction's bytes without its signer. Returns the same array where s is low already, and nothing
 * where the bytes are no signature.
 */
export function normalizeP256(signature: Uint8Array): Uint8Array | undefined {
  if (!isSignature(signature)) return undefined;
  if (isBelow(signature, SCALAR_BYTES, FIRST_HIGH)) return signature;
  const low = new Uint8Array(signature);
  negateScalar(low, SCALAR_BYTES);
  return low;
}
