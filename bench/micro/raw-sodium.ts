import native from "sodium-native";

/**
 * The floors' own view of libsodium, by the types that it really takes: any bytes, where the published
 * types ask for Node's Buffer. `core/native` is what is measured, so floors can't come from there.
 */
export interface RawSodium {
  crypto_hash_sha256(output: Uint8Array, input: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

export const rawSodium: RawSodium = native;
