import { inverse, modulo, power } from "./edwards.ts";

/** The group of P-256 on big integers, written for the suite alone, as edwards.ts is. */
export const FIELD = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
export const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** Jacobian coordinates: x = X/Z^2, y = Y/Z^3; infinity has Z = 0. */
export interface WeierstrassPoint {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

const INFINITY: WeierstrassPoint = { x: 1n, y: 1n, z: 0n };
export const BASE: WeierstrassPoint = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  z: 1n,
};

const mod = (value: bigint) => modulo(value, FIELD);

function double(p: WeierstrassPoint): WeierstrassPoint {
  const delta = mod(p.z * p.z);
  const gamma = mod(p.y * p.y);
  const beta = mod(p.x * gamma);
  const alpha = mod(3n * (p.x - delta) * (p.x + delta));
  const x = mod(alpha * alpha - 8n * beta);
  const z = mod((p.y + p.z) * (p.y + p.z) - gamma - delta);
  return { x, y: mod(alpha * (4n * beta - x) - 8n * gamma * gamma), z };
}

export function add(p: WeierstrassPoint, q: WeierstrassPoint): WeierstrassPoint {
  if (p.z === 0n) return q;
  if (q.z === 0n) return p;
  const pz = mod(p.z * p.z);
  const qz = mod(q.z * q.z);
  const u = mod(p.x * qz);
  const s = mod(p.y * q.z * qz);
  const h = mod(q.x * pz - u);
  const r = mod(q.y * p.z * pz - s);
  if (h === 0n) return r === 0n ? double(p) : INFINITY;
  const hh = mod(h * h);
  const hhh = mod(h * hh);
  const x = mod(r * r - hhh - 2n * u * hh);
  return { x, y: mod(r * (u * hh - x) - s * hhh), z: mod(p.z * q.z * h) };
}

export function multiply(scalar: bigint, p: WeierstrassPoint): WeierstrassPoint {
  let result = INFINITY;
  let doubled = p;
  for (let bits = modulo(scalar, ORDER); bits > 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) result = add(result, doubled);
    doubled = double(doubled);
  }
  return result;
}

export function toAffine(p: WeierstrassPoint): { readonly x: bigint; readonly y: bigint } {
  const scale = inverse(p.z, FIELD);
  const square = mod(scale * scale);
  return { x: mod(p.x * square), y: mod(p.y * square * scale) };
}

export function bytesToBig(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

export function bigToBytes(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) =>
    Number((value >> BigInt(8 * (length - 1 - index))) & 255n),
  );
}

/** The point with this x and the parity of y, or nothing where x is on no point. */
export function liftX(x: bigint, isOdd: boolean): WeierstrassPoint | undefined {
  const square = mod(x * x * x - 3n * x + B);
  const y = power(square, (FIELD + 1n) / 4n, FIELD);
  if (mod(y * y) !== square) return undefined;
  return { x: mod(x), y: ((y & 1n) === 1n) === isOdd ? y : FIELD - y, z: 1n };
}

export function compress(p: WeierstrassPoint): Uint8Array {
  const { x, y } = toAffine(p);
  return Uint8Array.of((y & 1n) === 1n ? 3 : 2, ...bigToBytes(x, 32));
}

export function uncompressed(p: WeierstrassPoint): Uint8Array {
  const { x, y } = toAffine(p);
  return Uint8Array.of(4, ...bigToBytes(x, 32), ...bigToBytes(y, 32));
}
