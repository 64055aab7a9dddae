import { createHash } from "node:crypto";
import type { SignatureVerifier, SignedItem } from "@touchmark/core";
import * as edwards from "./edwards.ts";
import * as weierstrass from "./weierstrass.ts";

/**
 * The rule once more, from its text (docs/spec/wire.md, W-20 to W-25) and on integers: it shares neither
 * the byte tables nor the arithmetic of the implementations. Each mistake that a published library makes
 * can be switched on, one at a time, to show that the suite would notice it.
 */
export interface Mistakes {
  readonly reducesS?: true;
  readonly acceptsSmallOrderKeys?: true;
  readonly acceptsSmallOrderR?: true;
  readonly acceptsNonCanonicalKeys?: true;
  readonly comparesPointsNotBytes?: true;
  readonly multipliesByCofactor?: true;
  readonly reducesP256Scalars?: true;
  readonly refusesHighS?: true;
  readonly throwsOnLength?: true;
}

const { TORSION } = edwards;

function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function ed25519Challenge(r: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return edwards.bytesToLittle(sha512(r, publicKey, message)) % edwards.ORDER;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function isSmallOrder(point: edwards.EdwardsPoint): boolean {
  return TORSION.some((torsion) => edwards.isSame(point, torsion));
}

function judgeKey(key: edwards.EdwardsPoint, encoding: Uint8Array, mistakes: Mistakes): boolean {
  const isCanonical = isEqual(encoding, edwards.encode(key));
  if (!isCanonical && mistakes.acceptsNonCanonicalKeys !== true) return false;
  // A verifier with this mistake looks for small order in a list of the canonical encodings.
  const isListed = isSmallOrder(key) && (isCanonical || mistakes.acceptsNonCanonicalKeys !== true);
  return !isListed || mistakes.acceptsSmallOrderKeys === true;
}

function judgeR(
  got: edwards.EdwardsPoint,
  want: edwards.EdwardsPoint,
  encoding: Uint8Array,
  mistakes: Mistakes,
): boolean {
  if (isSmallOrder(want) && mistakes.acceptsSmallOrderR !== true) return false;
  if (mistakes.multipliesByCofactor === true) {
    return isSmallOrder(edwards.add(got, edwards.negate(want)));
  }
  if (mistakes.comparesPointsNotBytes === true) return edwards.isSame(got, want);
  return isEqual(encoding, edwards.encode(got));
}

function judgeEd25519(item: SignedItem, mistakes: Mistakes): boolean {
  const { publicKey, message, signature } = item;
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const encodedR = signature.subarray(0, 32);
  const key = edwards.decode(publicKey);
  const r = edwards.decode(encodedR);
  const s = edwards.bytesToLittle(signature.subarray(32));
  if (key === undefined || r === undefined || !judgeKey(key, publicKey, mistakes)) return false;
  if (s >= edwards.ORDER && mistakes.reducesS !== true) return false;
  const challenge = ed25519Challenge(encodedR, publicKey, message);
  const computed = edwards.multiplyBoth(s % edwards.ORDER, edwards.BASE, challenge, edwards.negate(key));
  return judgeR(computed, r, encodedR, mistakes);
}

function readP256Key(publicKey: Uint8Array): weierstrass.WeierstrassPoint | undefined {
  if (publicKey.length !== 33 || (publicKey[0] !== 2 && publicKey[0] !== 3)) return undefined;
  const x = weierstrass.bytesToBig(publicKey.subarray(1));
  return x < weierstrass.FIELD ? weierstrass.liftX(x, publicKey[0] === 3) : undefined;
}

export function p256MessageScalar(message: Uint8Array): bigint {
  return weierstrass.bytesToBig(createHash("sha256").update(message).digest());
}

function judgeP256(item: SignedItem, mistakes: Mistakes): boolean {
  const { ORDER } = weierstrass;
  const key = readP256Key(item.publicKey);
  if (key === undefined || item.signature.length !== 64) return false;
  const isLax = mistakes.reducesP256Scalars === true;
  const read = (bytes: Uint8Array) => {
    const value = weierstrass.bytesToBig(bytes);
    return isLax ? value % ORDER : value;
  };
  const r = read(item.signature.subarray(0, 32));
  const s = read(item.signature.subarray(32));
  if (r < 1n || r >= ORDER || s < 1n || s >= ORDER) return false;
  if (mistakes.refusesHighS === true && 2n * s > ORDER) return false;
  const w = edwards.inverse(s, ORDER);
  const point = weierstrass.add(
    weierstrass.multiply(p256MessageScalar(item.message) * w, weierstrass.BASE),
    weierstrass.multiply(r * w, key),
  );
  return point.z !== 0n && weierstrass.toAffine(point).x % ORDER === r;
}

export function createOracle(mistakes: Mistakes = {}): SignatureVerifier {
  const verify = (item: SignedItem): boolean => {
    if (mistakes.throwsOnLength === true && item.signature.length !== 64) throw new Error("bad length");
    return item.algorithm === "ed25519" ? judgeEd25519(item, mistakes) : judgeP256(item, mistakes);
  };
  return { verify, verifyBatch: (items) => Uint8Array.from(items, (item) => Number(verify(item))) };
}
