import { byteAt } from "../bytes.ts";
import { curveConstant, ED25519_KEY_BYTES, SCALAR_BYTES, SIGNATURE_BYTES } from "./algorithm.ts";

/**
 * What can be said about an Ed25519 key and signature from their bytes alone. Nothing here allocates: it
 * runs before every verification.
 */
const TOP = SCALAR_BYTES - 1;

/** L, the prime order of the base point, little-endian. */
const GROUP_ORDER = curveConstant("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
/** p = 2^255 - 19, little-endian. */
const FIELD_PRIME = curveConstant("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");

/**
 * Every y that a point of order 1, 2, 4 or 8 can be written with, sign bit cleared: 0, 1, the two of
 * order 8, -1, and the non-canonical p and p + 1. Their first bytes differ, so a search compares one
 * byte each.
 */
const SMALL_ORDER_Y: readonly Uint8Array[] = [
  curveConstant("0000000000000000000000000000000000000000000000000000000000000000"),
  curveConstant("0100000000000000000000000000000000000000000000000000000000000000"),
  curveConstant("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
  curveConstant("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
  curveConstant("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
  FIELD_PRIME,
  curveConstant("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
];

const WHOLE_BYTE = 0xff;
const WITHOUT_SIGN = 0x7f;

/** Whether the little-endian number of 32 bytes at the offset is below the bound. */
function isBelow(bytes: Uint8Array, offset: number, bound: Uint8Array, topMask: number): boolean {
  const top = (byteAt(bytes, offset + TOP) & topMask) - byteAt(bound, TOP);
  if (top !== 0) return top < 0;
  for (let i = TOP - 1; i >= 0; i--) {
    const difference = byteAt(bytes, offset + i) - byteAt(bound, i);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function hasY(bytes: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < TOP; i++) if (bytes[i] !== y[i]) return false;
  return (byteAt(bytes, TOP) & WITHOUT_SIGN) === y[TOP];
}

/** Looks at the first 32 bytes: a key, or the R that a signature starts with. */
function startsWithSmallOrder(bytes: Uint8Array): boolean {
  for (const y of SMALL_ORDER_Y) if (hasY(bytes, y)) return true;
  return false;
}

/**
 * W-21: y is below p. That x = 0 has no sign needs no check of its own: both points with x = 0 are of
 * small order, and their encodings are refused with either sign.
 */
export function isEd25519KeyAdmissible(publicKey: Uint8Array): boolean {
  return (
    publicKey.length === ED25519_KEY_BYTES &&
    isBelow(publicKey, 0, FIELD_PRIME, WITHOUT_SIGN) &&
    !startsWithSmallOrder(publicKey)
  );
}

/**
 * W-21: lengths, S < L, a canonical key, and neither the key nor R of small order. A non-canonical R is
 * left to the equation (W-22), which compares bytes and so can never meet it.
 */
export function isEd25519Admissible(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    isBelow(signature, SCALAR_BYTES, GROUP_ORDER, WHOLE_BYTE) &&
    isEd25519KeyAdmissible(publicKey) &&
    !startsWithSmallOrder(signature)
  );
}
