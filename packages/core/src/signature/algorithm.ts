import { must } from "../assert.ts";
import { hexToBytes } from "../bytes.ts";

/**
 * W-20: two algorithms: Ed25519 for nodes and servers, P-256 because phones and security modules keep
 * such keys in hardware.
 */
export const SIGNATURE_ALGORITHMS = ["ed25519", "p256"] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Scalars and coordinates, of both curves. */
export const SCALAR_BYTES = 32;
/** W-20: R and S of Ed25519, or r and s of P-256. */
export const SIGNATURE_BYTES = 2 * SCALAR_BYTES;
/** W-20: one stored form each: the encoding of RFC 8032, and the compressed point of SEC 1. */
export const ED25519_KEY_BYTES = 32;
export const P256_KEY_BYTES = 33;
export const PUBLIC_KEY_BYTES: Readonly<Record<SignatureAlgorithm, number>> = {
  ed25519: ED25519_KEY_BYTES,
  p256: P256_KEY_BYTES,
};

/** A published constant of a curve. */
export function curveConstant(hex: string): Uint8Array {
  return must(hexToBytes(hex), "a constant in hex");
}
