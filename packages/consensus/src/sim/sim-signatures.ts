import {
  bytesToKey,
  must,
  type Prng,
  SIGNATURE_BYTES,
  type SignatureVerifier,
  type SignedItem,
} from "@touchmark/core";
import { isValidatorKey, VALIDATOR_KEY_BYTES, type ValidatorKey } from "../committee.ts";
import type { DigestSigner } from "../signing.ts";
import { Mixer } from "./sim-hasher.ts";

/**
 * Signatures for simulations: a keyed hash. Whoever verifies must find the secret, and only this class has
 * it; replicas and adversaries get signers of their own keys and nothing else. So nobody forges, and a
 * signature costs as little as a digest.
 */
export class SimSignatures implements SignatureVerifier {
  private readonly secrets = new Map<string, Uint8Array>();
  /** Nearly every key that is asked for is the very array that was made here. */
  private readonly secretsByArray = new Map<Uint8Array, Uint8Array>();
  private readonly mixer = new Mixer();
  private readonly expected = new Uint8Array(SIGNATURE_BYTES);

  createKey(prng: Prng): ValidatorKey {
    const key = prng.bytes(VALIDATOR_KEY_BYTES);
    const secret = prng.bytes(VALIDATOR_KEY_BYTES);
    this.secrets.set(bytesToKey(key), secret);
    this.secretsByArray.set(key, secret);
    return must(isValidatorKey(key) ? key : undefined, "a key");
  }

  signerOf(key: ValidatorKey): DigestSigner {
    const secret = must(this.secretOf(key), "the secret of a key that was made here");
    return {
      algorithm: "ed25519",
      publicKey: key,
      sign: (message) => {
        const signature = new Uint8Array(SIGNATURE_BYTES);
        this.compute(secret, message, signature);
        return signature;
      },
    };
  }

  verify(item: SignedItem): boolean {
    const { publicKey, message, signature } = item;
    const secret = this.secretOf(publicKey);
    if (secret === undefined || signature.length !== SIGNATURE_BYTES) return false;
    const { expected } = this;
    this.compute(secret, message, expected);
    for (let at = 0; at < SIGNATURE_BYTES; at++) if (expected[at] !== signature[at]) return false;
    return true;
  }

  verifyBatch(items: readonly SignedItem[]): Uint8Array {
    const verdicts = new Uint8Array(items.length);
    items.forEach((item, slot) => {
      if (this.verify(item)) verdicts[slot] = 1;
    });
    return verdicts;
  }

  private secretOf(key: Uint8Array): Uint8Array | undefined {
    return this.secretsByArray.get(key) ?? this.secrets.get(bytesToKey(key));
  }

  private compute(secret: Uint8Array, message: Uint8Array, target: Uint8Array): void {
    this.mixer.reset().absorb(secret).absorb(message);
    for (let at = 0; at < SIGNATURE_BYTES; at += SIGNATURE_BYTES / 2) this.mixer.squeeze(target, at);
  }
}
