import { assert } from "./assert.ts";
import { type Result, reject } from "./reject.ts";

/**
 * Bech32m (BIP-350): bytes as text that survives being read aloud, with a prefix that says what they are
 * and a checksum that finds up to four wrong characters (W-11).
 */
const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECKSUM_CHARACTERS = 6;
const CHECKSUM_CONSTANT = 0x2bc8_30a3;
const GENERATOR = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3] as const;

/** BIP-350's bound; the checksum's promise holds no further. */
export const BECH32M_CHARACTERS_MAX = 90;

/** Printable ASCII without the upper case. */
const LOWER_CASE_PREFIX = /^[!-@[-~]+$/;

export type Bech32mCode =
  | "TEXT_LENGTH"
  | "TEXT_CHARACTER"
  | "TEXT_CASE"
  | "TEXT_PREFIX"
  | "TEXT_CHECKSUM"
  | "TEXT_PADDING";

function checksum(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ff_ffff) << 5) ^ value;
    GENERATOR.forEach((term, bit) => {
      if ((top >>> bit) & 1) sum ^= term;
    });
  }
  return sum >>> 0;
}

function prefixValues(prefix: string): number[] {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function bytesToFives(bytes: Uint8Array): number[] {
  const fives: number[] = [];
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) fives.push((held >> (bits - 5)) & 31);
  }
  if (bits > 0) fives.push((held << (5 - bits)) & 31);
  return fives;
}

function fivesToBytes(fives: readonly number[]): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((fives.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const five of fives) {
    held = ((held << 5) | five) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
  }
  // What is left over must be less than one five, and zero: one text for one value.
  const spare = held & ((1 << bits) - 1);
  return bits < 5 && spare === 0 ? bytes : undefined;
}

/** How long the text of so many bytes is, with its prefix, the separating 1 and the checksum. */
export function bech32mLength(prefix: string, byteCount: number): number {
  return prefix.length + 1 + Math.ceil((byteCount * 8) / 5) + CHECKSUM_CHARACTERS;
}

export function toBech32m(prefix: string, bytes: Uint8Array): string {
  assert(LOWER_CASE_PREFIX.test(prefix), "a prefix is printable, and lower case");
  assert(bech32mLength(prefix, bytes.length) <= BECH32M_CHARACTERS_MAX, "too long for its checksum");
  const data = bytesToFives(bytes);
  const empty = new Array<number>(CHECKSUM_CHARACTERS).fill(0);
  const sum = checksum([...prefixValues(prefix), ...data, ...empty]) ^ CHECKSUM_CONSTANT;
  const sums = empty.map((_, at) => (sum >>> (5 * (CHECKSUM_CHARACTERS - 1 - at))) & 31);
  return `${prefix}1${[...data, ...sums].map((five) => ALPHABET.charAt(five)).join("")}`;
}

export interface PrefixedBytes {
  readonly prefix: string;
  readonly bytes: Uint8Array;
}

/** Reads lower-case text only: this project writes no other, and one value has one text. */
export function fromBech32m(text: string): Result<PrefixedBytes, Bech32mCode> {
  if (text.length > BECH32M_CHARACTERS_MAX) return reject("TEXT_LENGTH", { got: text.length });
  if (text !== text.toLowerCase()) return reject("TEXT_CASE");
  const split = text.lastIndexOf("1");
  const prefix = text.slice(0, Math.max(split, 0));
  if (!LOWER_CASE_PREFIX.test(prefix)) return reject("TEXT_PREFIX");
  const fives = Array.from(text.slice(split + 1), (character) => ALPHABET.indexOf(character));
  if (fives.length < CHECKSUM_CHARACTERS) return reject("TEXT_LENGTH", { got: text.length });
  const wrong = fives.indexOf(-1);
  if (wrong >= 0) return reject("TEXT_CHARACTER", { at: split + 1 + wrong });
  if (checksum([...prefixValues(prefix), ...fives]) !== CHECKSUM_CONSTANT) return reject("TEXT_CHECKSUM");
  const bytes = fivesToBytes(fives.slice(0, -CHECKSUM_CHARACTERS));
  return bytes === undefined ? reject("TEXT_PADDING") : { prefix, bytes };
}
