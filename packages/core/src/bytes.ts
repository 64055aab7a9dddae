import { assert } from "./assert.ts";

/**
 * Bytes as the pure packages use them: no Buffer, no TextEncoder, so the same code runs in Node, in a
 * worker and in a browser.
 */
const HEX_DIGITS = "0123456789abcdef";
const HEX_PAIRS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => HEX_DIGITS.charAt(byte >> 4) + HEX_DIGITS.charAt(byte & 15),
);

/** Up to here a loop copies faster than the engine's own call. */
export const LOOP_BYTES_MAX = 128;

/** The byte at an index that the caller has checked; 0 stands for none, so it never decides anything. */
export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** A copy that keeps nothing of the (often much larger) buffer that it was cut from. */
export function copyBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const isRange = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end;
  assert(isRange && end <= bytes.length, "a copy lies within its bytes");
  const copy = new Uint8Array(end - start);
  if (copy.length > LOOP_BYTES_MAX) {
    copy.set(bytes.subarray(start, end));
    return copy;
  }
  for (let i = start; i < end; i++) copy[i - start] = byteAt(bytes, i);
  return copy;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lexicographic, shorter first where one is a prefix of the other: the order of ids and keys. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = byteAt(a, i) - byteAt(b, i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function bytesToHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX_PAIRS[byteAt(bytes, i)];
  return text;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}

/** Lower-case hex of an even length, or nothing: one text for one value. */
export function hexToBytes(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = hexDigit(text.charCodeAt(2 * i));
    const low = hexDigit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return undefined;
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

const U64_END = 1n << 64n;

/** Eight bytes, big-endian: how every digest in this project writes a number. */
export function u64ToBytes(value: bigint): Uint8Array {
  assert(typeof value === "bigint" && value >= 0n && value < U64_END, "a u64 is from 0 to 2^64 - 1");
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

export function u32ToBytes(value: number): Uint8Array {
  assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, "a u32 is from 0 to 2^32 - 1");
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** How many bytes the text takes in UTF-8, or -1 where a lone surrogate has no encoding. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit < 0xd800 || unit > 0xdfff) length += 3;
    else {
      const next = unit < 0xdc00 ? text.charCodeAt(i + 1) : Number.NaN;
      if (!(next >= 0xdc00 && next <= 0xdfff)) return -1;
      length += 4;
      i++;
    }
  }
  return length;
}

/** Writes text that `utf8Length` accepted; returns the offset behind it. */
export function writeUtf8(target: Uint8Array, offset: number, text: string): number {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) target[at++] = unit;
    else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6);
      target[at++] = 0x80 | (unit & 63);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      target[at++] = 0xe0 | (unit >> 12);
      target[at++] = 0x80 | ((unit >> 6) & 63);
      target[at++] = 0x80 | (unit & 63);
    } else {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (text.charCodeAt(++i) & 0x3ff);
      target[at++] = 0xf0 | (point >> 18);
      target[at++] = 0x80 | ((point >> 12) & 63);
      target[at++] = 0x80 | ((point >> 6) & 63);
      target[at++] = 0x80 | (point & 63);
    }
  }
  return at;
}

export function utf8ToBytes(text: string): Uint8Array {
  const length = utf8Length(text);
  assert(length >= 0, "text holds a lone surrogate");
  const bytes = new Uint8Array(length);
  writeUtf8(bytes, 0, text);
  return bytes;
}

/** The smallest code point that a sequence of 1, 2, 3 or 4 bytes may carry; less is overlong. */
const UTF8_LEAST = [0, 0, 0x80, 0x800, 0x10000] as const;

function utf8SequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** The point of the sequence of this length at the offset, or -1 where it is overlong, no scalar, or broken. */
function utf8Point(bytes: Uint8Array, at: number, length: number): number {
  let point = byteAt(bytes, at) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const next = byteAt(bytes, at + i);
    if ((next & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (next & 63);
  }
  const isScalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return isScalar && point >= (UTF8_LEAST[length] ?? 0) ? point : -1;
}

/** How many code units become text at once: joined one by one, each would cost an object of 32 bytes. */
const UNITS_JOINED = 1024;

/** Strict: refuses overlong forms, surrogates, and points past U+10FFFF, so that text has one encoding. */
export function bytesToUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string | undefined {
  let text = "";
  const units: number[] = [];
  let at = start;
  while (at < end) {
    const lead = byteAt(bytes, at);
    const length = utf8SequenceLength(lead);
    if (length === 0 || at + length > end) return undefined;
    const point = length === 1 ? lead : utf8Point(bytes, at, length);
    if (point < 0) return undefined;
    if (point < 0x1_0000) units.push(point);
    else units.push(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff));
    at += length;
    if (units.length < UNITS_JOINED) continue;
    text += String.fromCharCode(...units);
    units.length = 0;
  }
  return text + String.fromCharCode(...units);
}

/** The bytes as a text of as many characters, one for each byte: the fastest key for a Map. Not for people. */
export function bytesToKey(bytes: Uint8Array): string {
  if (bytes.length === NAME_BYTES) return nameToKey(bytes);
  let key = "";
  let at = 0;
  // Eight at a time: a spread of the whole array costs ten times as much.
  for (; at + 8 <= bytes.length; at += 8) {
    key += String.fromCharCode(
      byteAt(bytes, at),
      byteAt(bytes, at + 1),
      byteAt(bytes, at + 2),
      byteAt(bytes, at + 3),
      byteAt(bytes, at + 4),
      byteAt(bytes, at + 5),
      byteAt(bytes, at + 6),
      byteAt(bytes, at + 7),
    );
  }
  for (; at < bytes.length; at++) key += String.fromCharCode(byteAt(bytes, at));
  return key;
}

/** Digests, keys and transactions' ids are what Maps go by; all at once, nothing has to be joined. */
const NAME_BYTES = 32;

function nameToKey(bytes: Uint8Array): string {
  return String.fromCharCode(
    byteAt(bytes, 0),
    byteAt(bytes, 1),
    byteAt(bytes, 2),
    byteAt(bytes, 3),
    byteAt(bytes, 4),
    byteAt(bytes, 5),
    byteAt(bytes, 6),
    byteAt(bytes, 7),
    byteAt(bytes, 8),
    byteAt(bytes, 9),
    byteAt(bytes, 10),
    byteAt(bytes, 11),
    byteAt(bytes, 12),
    byteAt(bytes, 13),
    byteAt(bytes, 14),
    byteAt(bytes, 15),
    byteAt(bytes, 16),
    byteAt(bytes, 17),
    byteAt(bytes, 18),
    byteAt(bytes, 19),
    byteAt(bytes, 20),
    byteAt(bytes, 21),
    byteAt(bytes, 22),
    byteAt(bytes, 23),
    byteAt(bytes, 24),
    byteAt(bytes, 25),
    byteAt(bytes, 26),
    byteAt(bytes, 27),
    byteAt(bytes, 28),
    byteAt(bytes, 29),
    byteAt(bytes, 30),
    byteAt(bytes, 31),
  );
}
