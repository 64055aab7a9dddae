import native from "sodium-native";

/**
 * What is used of libsodium, by the types that it really takes: any bytes, where the published types ask
 * for Node's Buffer. A verdict is `unknown` until it is compared with `true`: on Node 20 the answer for
 * shared memory is `undefined`.
 */
export interface Sodium {
  crypto_core_ed25519_is_valid_point(point: Uint8Array): unknown;
  crypto_hash_sha256(output: Uint8Array, input: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): unknown;
}

export const sodium: Sodium = native;
