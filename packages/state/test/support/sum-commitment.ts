import {
  bytesToHex,
  bytesToKey,
  concatBytes,
  type Digest,
  hexToBytes,
  must,
  portableHasher,
  toDigest,
  u32ToBytes,
} from "@touchmark/core";
import type { Write } from "../../src/reader.ts";

const MODULUS = 1n << 256n;

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(bytes)}`);
}

/**
 * A root for tests: the sum of the leaves' digests. It depends on the leaves alone, whatever order they came in, and
 * shares nothing with the tree that nodes use.
 */
export class SumCommitment {
  private sum = 0n;
  private readonly leaves = new Map<string, bigint>();

  get root(): Digest {
    return toDigest(must(hexToBytes(this.sum.toString(16).padStart(64, "0")), "32 bytes"));
  }

  update(writes: readonly Write[]): Digest {
    for (const { key, value } of writes) {
      const name = bytesToKey(key);
      const before = this.leaves.get(name) ?? 0n;
      const after =
        value === undefined
          ? 0n
          : number(portableHasher.sha256(concatBytes(u32ToBytes(key.length), key, value)));
      if (value === undefined) this.leaves.delete(name);
      else this.leaves.set(name, after);
      this.sum = (this.sum - before + after + MODULUS) % MODULUS;
    }
    return this.root;
  }
}
