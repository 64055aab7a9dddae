import {
  type Digest,
  must,
  Nanos,
  portableHasher,
  type Txid,
  toDigest,
  toTxid,
  utf8ToBytes,
} from "@touchmark/core";
import { isValidatorKey, type ValidatorKey } from "../../../src/committee.ts";
import type { Chain } from "../../../src/signing.ts";

const START = 1_000_000_000_000n;
export const chain: Chain = { chainId: "checker-test", hasher: portableHasher };

/** The moment so many milliseconds after genesis. */
export function ms(milliseconds: number): Nanos {
  return Nanos.of(START + BigInt(Math.round(milliseconds * 1e6)));
}

export function length(milliseconds: number): Nanos {
  return Nanos.of(BigInt(milliseconds) * 1_000_000n);
}

export function digest(name: string): Digest {
  return portableHasher.sha256(utf8ToBytes(name));
}

export function txid(name: string): Txid {
  return toTxid(digest(`transaction ${name}`));
}

export function keyOf(machine: number): ValidatorKey {
  const key = new Uint8Array(32).fill(machine + 1);
  return must(isValidatorKey(key) ? key : undefined, "key");
}

/** A signature that only says whose it is and over what: enough for one who checks it. */
export function sign(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array([...toDigest(publicKey), ...toDigest(message)]);
}

export function laterOf(a: Nanos, b: Nanos): Nanos {
  return a > b ? a : b;
}
