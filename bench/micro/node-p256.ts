import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";

/** The floors' own calls of node:crypto: as few steps as its interface allows. */
const PUBLIC_KEY_PREFIX = Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex");
const DSA_ENCODING = "ieee-p1363";

export function parsePublicKey(compressed: Uint8Array): KeyObject {
  // SubjectPublicKeyInfo of RFC 5480: all that stands before the point is the same for every key.
  return createPublicKey({
    key: Buffer.concat([PUBLIC_KEY_PREFIX, compressed]),
    format: "der",
    type: "spki",
  });
}

export function parseSecretKey(scalar: Uint8Array): KeyObject {
  const point = Buffer.from(p256.getPublicKey(scalar, false));
  const [d, x, y] = [Buffer.from(scalar), point.subarray(1, 33), point.subarray(33)].map((part) =>
    part.toString("base64url"),
  );
  return createPrivateKey({
    key: { kty: "EC", crv: "P-256", d: d ?? "", x: x ?? "", y: y ?? "" },
    format: "jwk",
  });
}

export function verifyRaw(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return verify("sha256", message, { key, dsaEncoding: DSA_ENCODING }, signature);
}

export function signRaw(key: KeyObject, message: Uint8Array): Uint8Array {
  return sign("sha256", message, { key, dsaEncoding: DSA_ENCODING });
}
