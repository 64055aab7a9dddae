import { createECDH, createPrivateKey, type KeyObject, sign } from "node:crypto";
import {
  assertNever,
  concatBytes,
  copyBytes,
  hexToBytes,
  must,
  normalizeP256,
  PUBLIC_KEY_BYTES,
  type SecretKey,
  SIGNATURE_BYTES,
  type Signer,
} from "@touchmark/core";
import { sodium } from "./sodium.ts";

/** libsodium keeps the seed and the public key together. */
const SODIUM_SECRET_BYTES = 64;

/** W-28: the same bytes as the portable signer: Ed25519 leaves nothing to choose. */
function ed25519Signer(secret: SecretKey): Signer {
  const publicKey = new Uint8Array(PUBLIC_KEY_BYTES.ed25519);
  const secretKey = new Uint8Array(SODIUM_SECRET_BYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, secret.bytes);
  return {
    algorithm: "ed25519",
    publicKey,
    sign(message) {
      const signature = new Uint8Array(SIGNATURE_BYTES);
      sodium.crypto_sign_detached(signature, message, secretKey);
      return signature;
    },
  };
}

/** The PKCS #8 wrapping (RFC 5208, RFC 5915) of a P-256 scalar that names no public key. */
const PRIVATE_KEY_PREFIX = must(
  hexToBytes("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420"),
  "a prefix in hex",
);

function p256PrivateKey(scalar: Uint8Array): KeyObject {
  const wrapped = Buffer.from(concatBytes(PRIVATE_KEY_PREFIX, scalar));
  return createPrivateKey({ key: wrapped, format: "der", type: "pkcs8" });
}

function p256PublicKey(scalar: Uint8Array): Uint8Array {
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(scalar);
  const compressed = pair.getPublicKey(null, "compressed");
  return copyBytes(Buffer.from(compressed), 0, PUBLIC_KEY_BYTES.p256);
}

/** W-28: OpenSSL draws the nonce, so two signatures of one message differ; W-24: s is made low. */
function p256Signer(secret: SecretKey): Signer {
  const key = p256PrivateKey(secret.bytes);
  return {
    algorithm: "p256",
    publicKey: p256PublicKey(secret.bytes),
    sign(message) {
      const signature = sign("sha256", message, { key, dsaEncoding: "ieee-p1363" });
      const normalized = must(normalizeP256(signature), "a signature that OpenSSL made");
      return copyBytes(normalized, 0, SIGNATURE_BYTES);
    },
  };
}

export function nativeSigner(secret: SecretKey): Signer {
  switch (secret.algorithm) {
    case "ed25519":
      return ed25519Signer(secret);
    case "p256":
      return p256Signer(secret);
    default:
      return assertNever(secret.algorithm);
  }
}
