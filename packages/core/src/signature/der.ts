import { assert } from "../assert.ts";
import { byteAt } from "../bytes.ts";
import { SCALAR_BYTES, SIGNATURE_BYTES } from "./algorithm.ts";

/**
 * W-25: phones and security modules hand out P-256 signatures as DER: a sequence (0x30) of two integers
 * (0x02). One value has one encoding here: short lengths, no negative integer, no padding, no trailing
 * byte. Whether r and s are in range is the verifier's question (W-23).
 */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const SIGN_BIT = 0x80;
/** The least integer is one byte long behind its tag and length. */
const DER_BYTES_MIN = 8;
/** Both integers with a leading zero; below 128, so every length is one byte. */
const DER_BYTES_MAX = 72;

/** Reads the integer at the offset into 32 bytes of the target; returns the offset behind it, or -1. */
function readInteger(der: Uint8Array, offset: number, target: Uint8Array, targetEnd: number): number {
  if (der[offset] !== INTEGER) return -1;
  const length = byteAt(der, offset + 1);
  const start = offset + 2;
  const end = start + length;
  if (length === 0 || length > SCALAR_BYTES + 1 || end > der.length) return -1;
  const first = byteAt(der, start);
  if (first >= SIGN_BIT) return -1;
  const isPadded = first === 0 && length > 1;
  if (isPadded && byteAt(der, start + 1) < SIGN_BIT) return -1;
  const digits = isPadded ? start + 1 : start;
  if (end - digits > SCALAR_BYTES) return -1;
  for (let i = digits; i < end; i++) target[targetEnd - end + i] = byteAt(der, i);
  return end;
}

/** W-25: the raw form of a DER signature, or nothing where the encoding is not the one of its value. */
export function p256SignatureFromDer(der: Uint8Array): Uint8Array | undefined {
  if (der.length < DER_BYTES_MIN || der.length > DER_BYTES_MAX) return undefined;
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) return undefined;
  const raw = new Uint8Array(SIGNATURE_BYTES);
  const second = readInteger(der, 2, raw, SCALAR_BYTES);
  if (second < 0) return undefined;
  return readInteger(der, second, raw, SIGNATURE_BYTES) === der.length ? raw : undefined;
}

function writeInteger(out: number[], raw: Uint8Array, start: number): void {
  let first = start;
  while (first < start + SCALAR_BYTES - 1 && raw[first] === 0) first += 1;
  const isPadded = byteAt(raw, first) >= SIGN_BIT;
  out.push(INTEGER, start + SCALAR_BYTES - first + (isPadded ? 1 : 0));
  if (isPadded) out.push(0);
  for (let i = first; i < start + SCALAR_BYTES; i++) out.push(byteAt(raw, i));
}

/** W-25: the DER form of a raw signature, for those who read nothing else. */
export function p256SignatureToDer(raw: Uint8Array): Uint8Array {
  assert(raw.length === SIGNATURE_BYTES, `a raw signature is ${SIGNATURE_BYTES} bytes`);
  const integers: number[] = [];
  writeInteger(integers, raw, 0);
  writeInteger(integers, raw, SCALAR_BYTES);
  return Uint8Array.of(SEQUENCE, integers.length, ...integers);
}
