/**
 * The group of Ed25519 on big integers, written for the suite alone: slow, plain, and sharing nothing
 * with the implementations that it makes cases for and judges.
 */
export const FIELD = 2n ** 255n - 19n;
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Extended coordinates: x = X/Z, y = Y/Z, T = XY/Z. */
export interface EdwardsPoint {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint;
}

export function modulo(value: bigint, modulus: bigint): bigint {
  const remainder = value % modulus;
  return remainder < 0n ? remainder + modulus : remainder;
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = modulo(base, modulus);
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Of a prime modulus. */
export function inverse(value: bigint, prime: bigint): bigint {
  return power(value, prime - 2n, prime);
}

export function bytesToLittle(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

export function littleToBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
}

const D = modulo(-121665n * inverse(121666n, FIELD), FIELD);
const ROOT_OF_MINUS_ONE = power(2n, (FIELD - 1n) / 4n, FIELD);

export const IDENTITY: EdwardsPoint = { x: 0n, y: 1n, z: 1n, t: 0n };

function fromAffine(x: bigint, y: bigint): EdwardsPoint {
  return { x, y, z: 1n, t: (x * y) % FIELD };
}

/** Hisil, Wong, Carter, Dawson 2008: complete for this curve, doubling included. */
export function add(p: EdwardsPoint, q: EdwardsPoint): EdwardsPoint {
  const a = p.x * q.x;
  const b = p.y * q.y;
  const c = ((p.t * D) % FIELD) * q.t;
  const d = p.z * q.z;
  const e = modulo((p.x + p.y) * (q.x + q.y) - a - b, FIELD);
  const f = modulo(d - c, FIELD);
  const g = modulo(d + c, FIELD);
  const h = modulo(b + a, FIELD);
  return { x: (e * f) % FIELD, y: (g * h) % FIELD, z: (f * g) % FIELD, t: (e * h) % FIELD };
}

export function negate(p: EdwardsPoint): EdwardsPoint {
  return { x: modulo(-p.x, FIELD), y: p.y, z: p.z, t: modulo(-p.t, FIELD) };
}

/** The scalar is not reduced: a point's small-order part sees all of it. */
export function multiply(scalar: bigint, p: EdwardsPoint): EdwardsPoint {
  let result = IDENTITY;
  let doubled = p;
  for (let bits = scalar; bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = add(result, doubled);
    doubled = add(doubled, doubled);
  }
  return result;
}

/** a·P + b·Q with one chain of doublings: the oracle's equation, at half its price. */
export function multiplyBoth(a: bigint, p: EdwardsPoint, b: bigint, q: EdwardsPoint): EdwardsPoint {
  const both = add(p, q);
  let result = IDENTITY;
  for (let bit = 255n; bit >= 0n; bit--) {
    const inA = (a >> bit) & 1n;
    const inB = (b >> bit) & 1n;
    result = add(result, result);
    if (inA + inB === 2n) result = add(result, both);
    else if (inA === 1n) result = add(result, p);
    else if (inB === 1n) result = add(result, q);
  }
  return result;
}

export function isSame(p: EdwardsPoint, q: EdwardsPoint): boolean {
  return (p.x * q.z - q.x * p.z) % FIELD === 0n && (p.y * q.z - q.y * p.z) % FIELD === 0n;
}

/** An encoding before it is bytes: the parts that a non-canonical one gets wrong. */
export function encodeParts(y: bigint, sign: boolean): Uint8Array {
  return littleToBytes(y | (sign ? 1n << 255n : 0n), 32);
}

function toAffine(p: EdwardsPoint): { readonly x: bigint; readonly y: bigint } {
  const scale = inverse(p.z, FIELD);
  return { x: (p.x * scale) % FIELD, y: (p.y * scale) % FIELD };
}

export function encode(p: EdwardsPoint): Uint8Array {
  const { x, y } = toAffine(p);
  return encodeParts(y, (x & 1n) === 1n);
}

/** The root of u/v, by RFC 8032, 5.1.3: one power in place of an inverse and a root. */
function rootOfQuotient(u: bigint, v: bigint): bigint | undefined {
  const candidate = (u * v ** 3n * power(u * v ** 7n, (FIELD - 5n) / 8n, FIELD)) % FIELD;
  for (const root of [candidate, (candidate * ROOT_OF_MINUS_ONE) % FIELD]) {
    if ((v * root * root - u) % FIELD === 0n) return root;
  }
  return undefined;
}

/** Takes any y below 2^255 and any sign; whether the encoding is the canonical one is another question. */
export function decode(encoding: Uint8Array): EdwardsPoint | undefined {
  const value = bytesToLittle(encoding);
  const y = (value & ((1n << 255n) - 1n)) % FIELD;
  const wantsOdd = value >> 255n === 1n;
  const x = rootOfQuotient(modulo(y * y - 1n, FIELD), modulo(D * y * y + 1n, FIELD));
  if (x === undefined) return undefined;
  const isOdd = (x & 1n) === 1n;
  return fromAffine(isOdd === wantsOdd ? x : modulo(-x, FIELD), y);
}

/** Base point: y = 4/5, x even. */
export const BASE: EdwardsPoint = must(decode(encodeParts((4n * inverse(5n, FIELD)) % FIELD, false)));

function must(point: EdwardsPoint | undefined): EdwardsPoint {
  if (point === undefined) throw new Error("this is no point");
  return point;
}

/** L times a point leaves its small-order part; half of all points have one of order 8. */
function findTorsionGenerator(): EdwardsPoint {
  for (let y = 2n; ; y++) {
    const point = decode(encodeParts(y, false));
    if (point === undefined) continue;
    const torsion = multiply(ORDER, point);
    if (!isSame(multiply(4n, torsion), IDENTITY)) return torsion;
  }
}

const TORSION_GENERATOR = findTorsionGenerator();

/** The eight points of small order: k times a point of order 8, for k from 0 to 7. */
export const TORSION: readonly EdwardsPoint[] = Array.from({ length: 8 }, (_, k) =>
  multiply(BigInt(k), TORSION_GENERATOR),
);

/** Every way to write the point: y or y + p where that fits, and either sign where x is 0. */
export function allEncodings(p: EdwardsPoint): Uint8Array[] {
  const { x, y } = toAffine(p);
  const signs = x === 0n ? [false, true] : [(x & 1n) === 1n];
  const heights = y + FIELD < 1n << 255n ? [y, y + FIELD] : [y];
  return heights.flatMap((height) => signs.map((sign) => encodeParts(height, sign)));
}
