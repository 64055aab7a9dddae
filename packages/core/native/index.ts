/** Core's ports on native code: for nodes, benches and tests. Browsers use the portable ones of core. */
export { nativeHasher } from "./hasher.ts";
export { assertNativeCrypto, type CryptoUnderTest } from "./self-test.ts";
export { nativeSigner } from "./signer.ts";
export { nativeIsRegistrableKey, nativeVerifier, nodeEd25519Verifier } from "./verifier.ts";
