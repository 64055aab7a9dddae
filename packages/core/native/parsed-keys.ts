import { createPublicKey, type KeyObject } from "node:crypto";
import { concatBytes, hexToBytes, must, type SignatureAlgorithm } from "@touchmark/core";

/**
 * node:crypto verifies with key objects, and making one costs a third of a verification (P-256 has to
 * take a square root). A few are kept; the oldest leaves first, so a stream of unknown keys costs time
 * and no memory.
 */
export const PARSED_KEYS_MAX = 1_024;

/** The SubjectPublicKeyInfo in front of a key's bytes, from RFC 8410 and RFC 5480. */
const INFO_PREFIX: Readonly<Record<SignatureAlgorithm, Uint8Array>> = {
  ed25519: must(hexToBytes("302a300506032b6570032100"), "a prefix in hex"),
  p256: must(hexToBytes("3039301306072a8648ce3d020106082a8648ce3d030107032200"), "a prefix in hex"),
};

function parseKey(algorithm: SignatureAlgorithm, publicKey: Uint8Array): KeyObject | undefined {
  const info = Buffer.from(concatBytes(INFO_PREFIX[algorithm], publicKey));
  try {
    return createPublicKey({ key: info, format: "der", type: "spki" });
  } catch {
    // OpenSSL throws where the bytes are no point of the curve.
    return undefined;
  }
}

export class ParsedKeys {
  readonly #algorithm: SignatureAlgorithm;
  readonly #keys = new Map<string, KeyObject>();

  constructor(algorithm: SignatureAlgorithm) {
    this.#algorithm = algorithm;
  }

  get size(): number {
    return this.#keys.size;
  }

  get(publicKey: Uint8Array): KeyObject | undefined {
    const { buffer, byteOffset, byteLength } = publicKey;
    const name = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const parsed = parseKey(this.#algorithm, publicKey);
    if (parsed !== undefined) this.#keep(name, parsed);
    return parsed;
  }

  #keep(name: string, key: KeyObject): void {
    if (this.#keys.size >= PARSED_KEYS_MAX) {
      const oldest = this.#keys.keys().next();
      if (oldest.done !== true) this.#keys.delete(oldest.value);
    }
    this.#keys.set(name, key);
  }
}
