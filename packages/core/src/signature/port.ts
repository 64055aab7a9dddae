import { assertNever } from "../assert.ts";
import type { SignatureAlgorithm } from "./algorithm.ts";
import { isEd25519Admissible } from "./ed25519.ts";
import { isP256Admissible } from "./p256.ts";

export interface SignedItem {
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** Judges bytes from outside on the hot path: a refusal is `false`, and malformed bytes never throw. */
export interface SignatureVerifier {
  verify(item: SignedItem): boolean;
  /** W-27: one slot per item, in the order given: 1 is good, 0 is refused. */
  verifyBatch(items: readonly SignedItem[]): Uint8Array;
}

export interface Signer {
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** The curve arithmetic alone. It is only ever asked about bytes that are admissible (W-21, W-23). */
export type SignatureEquation = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

export type SignatureEquations = Readonly<Record<SignatureAlgorithm, SignatureEquation>>;

function verifyWith(equations: SignatureEquations, item: SignedItem): boolean {
  const { algorithm, publicKey, message, signature } = item;
  switch (algorithm) {
    case "ed25519":
      return isEd25519Admissible(publicKey, signature) && equations.ed25519(publicKey, message, signature);
    case "p256":
      return isP256Admissible(publicKey, signature) && equations.p256(publicKey, message, signature);
    default:
      return assertNever(algorithm);
  }
}

/**
 * Every verifier is made here, so that what libraries disagree about is decided once, before any library
 * is asked: an implementation supplies two equations and nothing else.
 */
export function createVerifier(equations: SignatureEquations): SignatureVerifier {
  return {
    verify: (item) => verifyWith(equations, item),
    verifyBatch(items) {
      // W-27: a bad item costs its own slot and nothing else, so a batch says what single calls say.
      const verdicts = new Uint8Array(items.length);
      let slot = 0;
      for (const item of items) {
        if (verifyWith(equations, item)) verdicts[slot] = 1;
        slot += 1;
      }
      return verdicts;
    },
  };
}
