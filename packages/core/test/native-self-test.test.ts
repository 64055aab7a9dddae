import {
  DIGEST_BYTES,
  type Hasher,
  isRegistrableKey,
  portableHasher,
  portableSigner,
  portableVerifier,
  type SignatureVerifier,
} from "@touchmark/core";
import { assertNativeCrypto, type CryptoUnderTest } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";

const RIGHT: CryptoUnderTest = {
  verifier: portableVerifier,
  hasher: portableHasher,
  createSigner: portableSigner,
  isRegistrableKey,
};

function verifierSaying(verdict: boolean): SignatureVerifier {
  return {
    verify: () => verdict,
    verifyBatch: (items) => new Uint8Array(items.length).fill(Number(verdict)),
  };
}

const lateBatch: SignatureVerifier = {
  verify: (item) => portableVerifier.verify(item),
  verifyBatch: (items) => portableVerifier.verifyBatch(items).reverse(),
};

const hasherOfZeros: Hasher = {
  sha256: () => portableHasher.sha256(new Uint8Array(1)),
  sha256Pairs: (level) => new Uint8Array(level.length / 2),
};

const hasherOfWrongLevels: Hasher = {
  sha256: (bytes) => portableHasher.sha256(bytes),
  sha256Pairs: (level) => portableHasher.sha256Pairs(level).fill(0, 0, Math.min(level.length, DIGEST_BYTES)),
};

describe("the native self-test", () => {
  test("W-29 passes on this machine, and for the portable implementation too", () => {
    assertNativeCrypto();
    assertNativeCrypto(RIGHT);
  });

  test.each([
    ["accepts everything", { verifier: verifierSaying(true) }, "was judged wrongly"],
    ["refuses everything", { verifier: verifierSaying(false) }, "was judged wrongly"],
    ["mixes up a batch", { verifier: lateBatch }, "a batch says something else"],
    ["hashes wrongly", { hasher: hasherOfZeros }, "SHA-256 of abc"],
    ["hashes levels wrongly", { hasher: hasherOfWrongLevels }, "a level of 1 pairs"],
    [
      "signs with another key",
      {
        createSigner: (secret) => {
          const bytes = secret.bytes.map((byte) => byte ^ 1);
          return portableSigner({ ...secret, bytes });
        },
      },
      "the public key of ed25519",
    ],
    [
      "signs wrongly",
      {
        createSigner: (secret) => {
          const signer = portableSigner(secret);
          return { ...signer, sign: () => signer.sign(new Uint8Array(0)) };
        },
      },
      "a signature of ed25519",
    ],
    ["registers every key", { isRegistrableKey: () => true }, "the key b9e2"],
  ] satisfies readonly (readonly [string, Partial<CryptoUnderTest>, string])[])(
    "W-29 fails where native code %s",
    (_, wrong, message) => {
      expect(() => assertNativeCrypto({ ...RIGHT, ...wrong })).toThrow(message);
    },
  );
});
