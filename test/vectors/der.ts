import { bigToBytes, bytesToBig } from "./weierstrass.ts";

/** DER of an ECDSA signature, for the suite alone: it shares nothing with the parser that it judges. */
export function integer(content: readonly number[]): number[] {
  return [0x02, content.length, ...content];
}

export function sequence(...parts: readonly (readonly number[])[]): Uint8Array {
  const content = parts.flat();
  return Uint8Array.of(0x30, content.length, ...content);
}

/** Big-endian without leading zeros, and one where the first bit is set. */
export function minimal(value: bigint): number[] {
  const digits = Array.from(bigToBytes(value, 40));
  while (digits.length > 1 && digits[0] === 0) digits.shift();
  return Number(digits[0]) >= 0x80 ? [0, ...digits] : digits;
}

const SCALAR_END = 2n ** 256n;

/**
 * W-25 by its own words, "the one encoding of its two integers": r and s are picked out loosely, written
 * anew as they must be, and compared with what came. Whatever is odd about the bytes, they differ.
 */
export function readDer(der: Uint8Array): Uint8Array | undefined {
  const rEnd = 4 + (der[3] ?? 0);
  const r = bytesToBig(der.subarray(4, rEnd));
  const s = bytesToBig(der.subarray(rEnd + 2));
  if (r >= SCALAR_END || s >= SCALAR_END) return undefined;
  const wanted = sequence(integer(minimal(r)), integer(minimal(s)));
  if (Buffer.compare(der, wanted) !== 0) return undefined;
  return Buffer.concat([bigToBytes(r, 32), bigToBytes(s, 32)]);
}
