/**
 * Which signatures are good: one rule, whatever library does the arithmetic.
 *
 * The problem. Published Ed25519 verifiers disagree: about keys and R of small order, about encodings of
 * y at or past p, about S past the group order, and about whether the equation is multiplied by the
 * cofactor. A vote that half of the validators count splits a certificate. "Use the same library
 * everywhere" does not solve it, because a browser has no libsodium; and a library's rule changes with
 * its version.
 *
 * The answer. What can be decided from bytes is decided here, before any library is asked (W-21, W-23).
 * What is left is one equation for each algorithm, without room for opinion (W-22, W-23), and that is all
 * that an implementation supplies. test/vectors runs every implementation over the same cases, and they
 * must agree on each.
 *
 * Where to find what:
 *   algorithm algorithms and lengths (W-20)
 *   port      the ports, and the one constructor of verifiers (W-20, W-27)
 *   ed25519   the admissible bytes of an Ed25519 key and signature (W-21)
 *   p256      the admissible bytes of P-256, and the low-s form that is stored (W-23, W-24)
 *   der       P-256 signatures from and to DER (W-25)
 *   keys      the check at registration, and secret keys (W-26, W-28)
 *   portable  both equations and both signers on @noble/curves (W-22, W-23, W-28)
 * The native implementations are in `core/native`.
 */
export {
  PUBLIC_KEY_BYTES,
  SIGNATURE_ALGORITHMS,
  SIGNATURE_BYTES,
  type SignatureAlgorithm,
} from "./signature/algorithm.ts";
export { p256SignatureFromDer, p256SignatureToDer } from "./signature/der.ts";
export {
  compressP256PublicKey,
  isPrimeOrderKey,
  isRegistrableKey,
  isSecretKey,
  type KeyCheck,
  SECRET_KEY_BYTES,
  type SecretKey,
  secretKeyFromSeed,
  toSecretKey,
} from "./signature/keys.ts";
export { normalizeP256 } from "./signature/p256.ts";
export {
  createVerifier,
  type SignatureEquation,
  type SignatureEquations,
  type SignatureVerifier,
  type SignedItem,
  type Signer,
} from "./signature/port.ts";
export { portableSigner, portableVerifier } from "./signature/portable.ts";
