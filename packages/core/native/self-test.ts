import {
  assert,
  bytesToHex,
  DIGEST_BYTES,
  equalBytes,
  type Hasher,
  hexToBytes,
  isRegistrableKey,
  type KeyCheck,
  must,
  portableHasher,
  portableSigner,
  type SecretKey,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignatureVerifier,
  type SignedItem,
  type Signer,
  secretKeyFromSeed,
  utf8ToBytes,
} from "@touchmark/core";
import { nativeHasher } from "./hasher.ts";
import { nativeSigner } from "./signer.ts";
import { nativeIsRegistrableKey, nativeVerifier } from "./verifier.ts";

/**
 * W-29: a library that was built wrongly, replaced, or upgraded to another rule is found before it has
 * judged anything. Only what a rule of ours can't catch by itself is asked: the equations, the hashes and
 * the test of the subgroup.
 */
export interface CryptoUnderTest {
  readonly verifier: SignatureVerifier;
  readonly hasher: Hasher;
  readonly createSigner: (secret: SecretKey) => Signer;
  readonly isRegistrableKey: KeyCheck;
}

const NATIVE: CryptoUnderTest = {
  verifier: nativeVerifier,
  hasher: nativeHasher,
  createSigner: nativeSigner,
  isRegistrableKey: nativeIsRegistrableKey,
};

function bytes(hex: string): Uint8Array {
  return must(hexToBytes(hex), "a constant in hex");
}

function item(algorithm: SignatureAlgorithm, key: string, message: string, signature: string): SignedItem {
  return {
    algorithm,
    publicKey: bytes(key),
    message: utf8ToBytes(message),
    signature: bytes(signature),
  };
}

const ED25519_KEY = "c0290f9cee69949909cc10ab1f2c14fb425b585b3597ee1f22058e9403600708";
/** The same key with a point of order 8 added. */
const MIXED_ORDER_KEY = "b9e23890f29aecf0fdda22185f1a63438e7932a9ecfc8a2b308f1d21010c4fd9";
const SMALL_ORDER_KEY = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
const ED25519_GOOD = item(
  "ed25519",
  ED25519_KEY,
  "a plain message",
  "cb3d6b15f1786add8457b0881128348d6f874d72b758a883a87da583702e9b87" +
    "c4a8b7327b8d509478acc24a7028c0c07835b6abb89857325a6f8ca05897160b",
);
/** R is of mixed order: multiplied by the cofactor the equation holds, and as W-22 has it it doesn't. */
const ED25519_COFACTOR_ONLY = item(
  "ed25519",
  ED25519_KEY,
  "edge 0",
  "0c0a0d5946ff0cc1802c9239114841aeedd165f779b007abbe1e2e975ea6aa85" +
    "ecc6ef8cf1cbee5237e55165ab376607d8026d242e56b66910bd9211705c1002",
);
/** RFC 6979, A.2.5: its s is high. */
const P256_GOOD = item(
  "p256",
  "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
  "sample",
  "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
);
const OFF_CURVE_P256_KEY = `02${"0".repeat(63)}1`;

function withMessage(good: SignedItem, message: string): SignedItem {
  return { ...good, message: utf8ToBytes(message) };
}

const EXPECTED: readonly (readonly [item: SignedItem, expected: boolean, what: string])[] = [
  [ED25519_GOOD, true, "a good Ed25519 signature"],
  [withMessage(ED25519_GOOD, "a plain messagE"), false, "an Ed25519 signature of another message"],
  [ED25519_COFACTOR_ONLY, false, "an Ed25519 signature that needs the cofactor"],
  [{ ...ED25519_GOOD, publicKey: bytes(SMALL_ORDER_KEY) }, false, "an Ed25519 key of small order"],
  [P256_GOOD, true, "a good P-256 signature"],
  [withMessage(P256_GOOD, "samplE"), false, "a P-256 signature of another message"],
  [{ ...P256_GOOD, publicKey: bytes(OFF_CURVE_P256_KEY) }, false, "a P-256 key on no point"],
];

function assertVerifier({ verifier }: CryptoUnderTest): void {
  for (const [one, expected, what] of EXPECTED) {
    assert(verifier.verify(one) === expected, `native self-test: ${what} was judged wrongly`);
  }
  const batch = verifier.verifyBatch(EXPECTED.map(([one]) => one));
  const wanted = Uint8Array.from(EXPECTED, ([, expected]) => Number(expected));
  assert(equalBytes(batch, wanted), "native self-test: a batch says something else than single calls");
}

/** On both sides of every length at which the native hasher changes its way. */
const HASH_LENGTHS = [0, 1, 32, 63, 64, 65, 200, 224, 225, 300, 4_096] as const;
const LEVEL_PAIRS = [0, 1, 2, 3, 8, 17, 64] as const;
const ABC_DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + length) & 0xff);
}

function assertHasher({ hasher }: CryptoUnderTest): void {
  const abc = bytesToHex(hasher.sha256(utf8ToBytes("abc")));
  assert(abc === ABC_DIGEST, "native self-test: SHA-256 of abc is wrong");
  for (const length of HASH_LENGTHS) {
    const input = pattern(length);
    const isEqual = equalBytes(hasher.sha256(input), portableHasher.sha256(input));
    assert(isEqual, `native self-test: SHA-256 of ${length} bytes is wrong`);
  }
  for (const pairs of LEVEL_PAIRS) {
    const level = pattern(pairs * 2 * DIGEST_BYTES);
    const isEqual = equalBytes(hasher.sha256Pairs(level), portableHasher.sha256Pairs(level));
    assert(isEqual, `native self-test: a level of ${pairs} pairs is hashed wrongly`);
  }
}

function assertSigner({ createSigner, verifier }: CryptoUnderTest): void {
  for (const algorithm of SIGNATURE_ALGORITHMS) {
    const secret = secretKeyFromSeed(algorithm, pattern(DIGEST_BYTES));
    const { publicKey, sign } = createSigner(secret);
    const isSameKey = equalBytes(publicKey, portableSigner(secret).publicKey);
    assert(isSameKey, `native self-test: the public key of ${algorithm} is wrong`);
    const message = utf8ToBytes("signed by the self-test");
    const isGood = verifier.verify({ algorithm, publicKey, message, signature: sign(message) });
    assert(isGood, `native self-test: a signature of ${algorithm} does not verify`);
  }
}

function assertKeyCheck(crypto: CryptoUnderTest): void {
  for (const hex of [ED25519_KEY, MIXED_ORDER_KEY, SMALL_ORDER_KEY]) {
    const key = bytes(hex);
    const isEqual = crypto.isRegistrableKey("ed25519", key) === isRegistrableKey("ed25519", key);
    assert(isEqual, `native self-test: the key ${hex} was judged wrongly`);
  }
}

/** W-29: throws where native code answers otherwise than it must; whoever uses it calls this at start. */
export function assertNativeCrypto(crypto: CryptoUnderTest = NATIVE): void {
  assertVerifier(crypto);
  assertHasher(crypto);
  assertSigner(crypto);
  assertKeyCheck(crypto);
}
