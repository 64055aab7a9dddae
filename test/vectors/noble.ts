import { ed25519 } from "@noble/curves/ed25519.js";
import type { SignatureEquation } from "@touchmark/core";

/**
 * Noble's own Ed25519 `verify`, for the tests that show why core doesn't use it.
 * With `zip215` it takes non-canonical keys and R; without, it follows RFC 8032 in those.
 */
export function nobleEquation(zip215: boolean): SignatureEquation {
  return (publicKey, message, signature) => {
    try {
      return ed25519.verify(signature, message, publicKey, { zip215 });
    } catch {
      return false;
    }
  };
}
