import type { SignedItem } from "@touchmark/core";
import { inverse, modulo } from "./edwards.ts";
import { p256MessageScalar } from "./oracle.ts";
import { rawCase, type SignatureCase } from "./suite.ts";
import {
  add,
  BASE,
  bigToBytes,
  compress,
  FIELD,
  liftX,
  multiply,
  ORDER,
  toAffine,
  uncompressed,
  type WeierstrassPoint,
} from "./weierstrass.ts";

/** The corners of P-256; each says what the rule wants (W-23). */
const SECRET = 0x51a4_0f2e_77b3_19c8_d6e5_8c02_f94b_6ad1_3e70_b5c9_28f6_41dd_97ea_035b_cc18_7f24n;
const NONCE = 0xa3d8_160b_f57c_4e92_81c6_39ea_d04f_72b5_1b93_e86c_5f20_d7a1_460e_9bd3_f815_2c79n;
const MESSAGE = Buffer.from("a plain message");

function rawSignature(r: bigint, s: bigint): Uint8Array {
  return Uint8Array.of(...bigToBytes(r, 32), ...bigToBytes(s, 32));
}

function item(key: WeierstrassPoint, message: Uint8Array, r: bigint, s: bigint): SignedItem {
  return { algorithm: "p256", publicKey: compress(key), message, signature: rawSignature(r, s) };
}

interface Parts {
  readonly key: WeierstrassPoint;
  readonly r: bigint;
  readonly s: bigint;
}

function sign(message: Uint8Array): Parts {
  const r = toAffine(multiply(NONCE, BASE)).x % ORDER;
  const s = modulo((p256MessageScalar(message) + r * SECRET) * inverse(NONCE, ORDER), ORDER);
  return { key: multiply(SECRET, BASE), r, s };
}

/**
 * Public key recovery: the key for which (x of the point, s) is good. So r can be as small as a point's
 * x, or the remainder of one past n, though nobody knows the nonce.
 */
function recoverKey(point: WeierstrassPoint, s: bigint, message: Uint8Array): Parts {
  const r = toAffine(point).x % ORDER;
  const scale = inverse(r, ORDER);
  const key = add(
    multiply(s * scale, point),
    multiply(modulo(-p256MessageScalar(message), ORDER) * scale, BASE),
  );
  return { key, r, s };
}

function firstPointFrom(start: bigint): WeierstrassPoint {
  for (let x = start; x < FIELD; x++) {
    const point = liftX(x, false);
    if (point !== undefined) return point;
  }
  throw new Error("there is no point from here on");
}

/** Valid, with r and s of few bytes, so that r + n and s + n still fit into 32. */
function smallScalarSignature(): SignedItem {
  const { key, r, s } = recoverKey(firstPointFrom(5n), 3n, MESSAGE);
  return item(key, MESSAGE, r, s);
}

function ordinaryCases(): SignatureCase[] {
  const plain = sign(MESSAGE);
  const empty = new Uint8Array(0);
  const ofEmpty = sign(empty);
  const large = Buffer.alloc(1 << 20, 7);
  const ofLarge = sign(large);
  const good = item(plain.key, MESSAGE, plain.r, plain.s);
  const another = compress(multiply(SECRET + 1n, BASE));
  return [
    rawCase("valid", good, true),
    rawCase("valid with n - s", item(plain.key, MESSAGE, plain.r, ORDER - plain.s), true),
    rawCase("valid, empty message", item(ofEmpty.key, empty, ofEmpty.r, ofEmpty.s), true),
    rawCase("valid, message of 1 MiB", item(ofLarge.key, large, ofLarge.r, ofLarge.s), true),
    rawCase("another message", item(plain.key, Buffer.from("another"), plain.r, plain.s), false),
    rawCase("another's key", { ...good, publicKey: another }, false),
    rawCase("the key's negative", item(multiply(ORDER - SECRET, BASE), MESSAGE, plain.r, plain.s), false),
    rawCase("r and s exchanged", item(plain.key, MESSAGE, plain.s, plain.r), false),
    rawCase("n - r", item(plain.key, MESSAGE, ORDER - plain.r, plain.s), false),
  ];
}

function rangeCases(): SignatureCase[] {
  const { key, r, s } = sign(MESSAGE);
  const top = (1n << 256n) - 1n;
  const bounds = [0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, FIELD - 1n, FIELD, top];
  const names = ["0", "1", "n - 1", "n", "n + 1", "p - 1", "p", "2^256 - 1"];
  return bounds.flatMap((bound, index) => [
    rawCase(`r = ${names[index]}`, item(key, MESSAGE, bound, s), false),
    rawCase(`s = ${names[index]}`, item(key, MESSAGE, r, bound), false),
    rawCase(`r = s = ${names[index]}`, item(key, MESSAGE, bound, bound), false),
  ]);
}

function smallScalarCases(): SignatureCase[] {
  const { key, r, s } = recoverKey(firstPointFrom(5n), 3n, MESSAGE);
  const pastOrder = recoverKey(firstPointFrom(ORDER), 3n, MESSAGE);
  return [
    rawCase("small r and s", item(key, MESSAGE, r, s), true),
    rawCase("small r, n - s", item(key, MESSAGE, r, ORDER - s), true),
    rawCase("r + n", item(key, MESSAGE, r + ORDER, s), false),
    rawCase("s + n", item(key, MESSAGE, r, s + ORDER), false),
    rawCase("r + n and s + n", item(key, MESSAGE, r + ORDER, s + ORDER), false),
    rawCase("the nonce point's x is past n", item(pastOrder.key, MESSAGE, pastOrder.r, pastOrder.s), true),
    rawCase("x past n not reduced", item(pastOrder.key, MESSAGE, pastOrder.r + ORDER, pastOrder.s), false),
  ];
}

/** Where the two products of the equation meet: e·G and r·key are equal, or each other's negative. */
function meetingCases(): SignatureCase[] {
  const e = p256MessageScalar(MESSAGE);
  const r = toAffine(multiply(NONCE, BASE)).x % ORDER;
  const quotient = modulo(e * inverse(r, ORDER), ORDER);
  const s = modulo(2n * e * inverse(NONCE, ORDER), ORDER);
  return [
    rawCase("both products are one point", item(multiply(quotient, BASE), MESSAGE, r, s), true),
    rawCase("the sum is infinity", item(multiply(ORDER - quotient, BASE), MESSAGE, r, s), false),
    rawCase("the key is the base point", item(BASE, MESSAGE, r, s), false),
  ];
}

function keyCases(): SignatureCase[] {
  const { key, r, s } = sign(MESSAGE);
  const good = item(key, MESSAGE, r, s);
  const withKey = (name: string, publicKey: Uint8Array) => rawCase(name, { ...good, publicKey }, false);
  const x = good.publicKey.subarray(1);
  const small = toAffine(firstPointFrom(5n)).x;
  let offCurve = 1n;
  while (liftX(offCurve, false) !== undefined) offCurve += 1n;
  const prefixes = [0, 1, 4, 5, 6, 7, 0x82, 0xff].map((prefix) =>
    withKey(`key prefix ${prefix}`, Uint8Array.of(prefix, ...x)),
  );
  const full = uncompressed(key);
  return [
    ...prefixes,
    withKey("the other parity", Uint8Array.of((good.publicKey[0] ?? 0) ^ 1, ...x)),
    withKey("uncompressed", full),
    withKey("hybrid", Uint8Array.of(6 + (Number(full[64]) & 1), ...full.subarray(1))),
    withKey("infinity, one byte", Uint8Array.of(0)),
    withKey("infinity, 33 bytes", new Uint8Array(33)),
    withKey("empty", new Uint8Array(0)),
    withKey("without its prefix", x),
    withKey("one byte short", good.publicKey.subarray(0, 32)),
    withKey("one byte long", Uint8Array.of(...good.publicKey, 0)),
    withKey("x on no point", Uint8Array.of(2, ...bigToBytes(offCurve, 32))),
    withKey("x = p", Uint8Array.of(2, ...bigToBytes(FIELD, 32))),
    withKey("x = p + the x of a point", Uint8Array.of(2, ...bigToBytes(FIELD + small, 32))),
    withKey("x = 2^256 - 1", Uint8Array.of(2, ...new Uint8Array(32).fill(0xff))),
  ];
}

function lengthCases(): SignatureCase[] {
  const { key, r, s } = sign(MESSAGE);
  const good = item(key, MESSAGE, r, s);
  const long = Uint8Array.of(...good.signature, ...good.signature);
  const cases = [0, 1, 32, 63, 65, 72, 128].map((length) =>
    rawCase(`signature of ${length} bytes`, { ...good, signature: long.slice(0, length) }, false),
  );
  const spread = Uint8Array.of(0, ...bigToBytes(r, 32), 0, ...bigToBytes(s, 32));
  const tiny = smallScalarSignature();
  const short = Uint8Array.of(...tiny.signature.subarray(31, 32), ...tiny.signature.subarray(63));
  return [
    ...cases,
    rawCase("r and s of 33 bytes each", { ...good, signature: spread }, false),
    rawCase("r and s of one byte each", { ...tiny, signature: short }, false),
  ];
}

export function p256Edges(): readonly SignatureCase[] {
  return [
    ...ordinaryCases(),
    ...rangeCases(),
    ...smallScalarCases(),
    ...meetingCases(),
    ...keyCases(),
    ...lengthCases(),
  ];
}

/** Valid signatures whose r and s need each form of a DER integer: padded, full, and short. */
export function validForDer(): readonly SignedItem[] {
  const { key, r, s } = sign(MESSAGE);
  const found = new Map<string, SignedItem>();
  for (let attempt = 0; found.size < 2; attempt++) {
    const message = Buffer.from(`message ${attempt}`);
    const one = sign(message);
    const signature = rawSignature(one.r, one.s);
    found.set(`${Number(signature[32]) >> 7}`, item(one.key, message, one.r, one.s));
  }
  return [
    item(key, MESSAGE, r, s),
    item(key, MESSAGE, r, ORDER - s),
    ...found.values(),
    smallScalarSignature(),
  ];
}
