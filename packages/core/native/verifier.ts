import { verify } from "node:crypto";
import {
  createVerifier,
  isRegistrableKey,
  type KeyCheck,
  PUBLIC_KEY_BYTES,
  type SignatureEquation,
} from "@touchmark/core";
import { ParsedKeys } from "./parsed-keys.ts";
import { sodium } from "./sodium.ts";

/** W-22: libsodium compares bytes and has no cofactor. W-29: anything but `true` is a refusal. */
const sodiumEd25519: SignatureEquation = (publicKey, message, signature) =>
  sodium.crypto_sign_verify_detached(signature, message, publicKey) === true;

const ed25519Keys = new ParsedKeys("ed25519");
const p256Keys = new ParsedKeys("p256");

const nodeEd25519: SignatureEquation = (publicKey, message, signature) => {
  const key = ed25519Keys.get(publicKey);
  return key !== undefined && verify(null, message, key, signature);
};

const nodeP256: SignatureEquation = (publicKey, message, signature) => {
  const key = p256Keys.get(publicKey);
  return key !== undefined && verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
};

/** The fast path of nodes: libsodium for Ed25519, OpenSSL for P-256. */
export const nativeVerifier = createVerifier({ ed25519: sodiumEd25519, p256: nodeP256 });

/** W-29: a third opinion on Ed25519, OpenSSL's, at half the speed; its P-256 is `nativeVerifier`'s. */
export const nodeEd25519Verifier = createVerifier({ ed25519: nodeEd25519, p256: nodeP256 });

/** W-26: `isRegistrableKey` with libsodium's test of the subgroup. */
export const nativeIsRegistrableKey: KeyCheck = (algorithm, publicKey) => {
  if (algorithm !== "ed25519") return isRegistrableKey(algorithm, publicKey);
  if (publicKey.length !== PUBLIC_KEY_BYTES.ed25519) return false;
  return sodium.crypto_core_ed25519_is_valid_point(publicKey) === true;
};
