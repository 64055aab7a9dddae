import { hash } from "node:crypto";
import { DIGEST_BYTES, type Digest, type Hasher, must, toDigest } from "@touchmark/core";
import { sha256Pairs } from "./pairs.ts";
import { sodium } from "./sodium.ts";

/**
 * libsodium is quicker to call, and OpenSSL is quicker for each byte, having the processor's own
 * instructions: they meet between 200 and 300 bytes.
 */
const SODIUM_BYTES_MAX = 224;

/**
 * V8 keeps arrays of up to 64 bytes in its own heap, and moves one out (200 ns) when native code first
 * asks for its address. Copying to and from arrays that live outside already costs a tenth of that.
 */
const IN_HEAP_BYTES_MAX = 64;
const INPUT = Buffer.alloc(IN_HEAP_BYTES_MAX);
const INPUT_OF_LENGTH: readonly Uint8Array[] = Array.from({ length: IN_HEAP_BYTES_MAX + 1 }, (_, length) =>
  INPUT.subarray(0, length),
);
const OUTPUT = Buffer.alloc(DIGEST_BYTES);

function nativeAddress(bytes: Uint8Array): Uint8Array {
  if (bytes.length > IN_HEAP_BYTES_MAX) return bytes;
  INPUT.set(bytes);
  return must(INPUT_OF_LENGTH[bytes.length], "a view of this length");
}

/** A plain array of its own: a Buffer's `slice` shares memory, and its pool is larger than a digest. */
function digestFrom(bytes: Uint8Array): Digest {
  const digest = new Uint8Array(DIGEST_BYTES);
  digest.set(bytes);
  return toDigest(digest);
}

export const nativeHasher: Hasher = {
  sha256(bytes) {
    if (bytes.length > SODIUM_BYTES_MAX) return digestFrom(hash("sha256", bytes, "buffer"));
    sodium.crypto_hash_sha256(OUTPUT, nativeAddress(bytes));
    return digestFrom(OUTPUT);
  },
  sha256Pairs,
};
