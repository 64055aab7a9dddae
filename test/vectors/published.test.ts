import { normalizeP256, portableSigner, toSecretKey } from "@touchmark/core";
import { nativeSigner } from "@touchmark/core/native";
import { expect, test } from "vitest";
import { RFC_6979, RFC_8032 } from "./published.ts";

test.each(RFC_8032)("W-28 both signers make the key and the signature of $name", (vector) => {
  const secret = toSecretKey(vector.algorithm, vector.secretKey);
  for (const signer of [portableSigner(secret), nativeSigner(secret)]) {
    expect(Uint8Array.from(signer.publicKey)).toEqual(vector.publicKey);
    expect(Uint8Array.from(signer.sign(vector.message))).toEqual(vector.signature);
  }
});

test.each(RFC_6979)("W-28 the portable signer makes the signature of $name, with a low s", (vector) => {
  const secret = toSecretKey(vector.algorithm, vector.secretKey);
  const signer = portableSigner(secret);
  expect(signer.publicKey).toEqual(vector.publicKey);
  expect(nativeSigner(secret).publicKey).toEqual(vector.publicKey);
  expect(signer.sign(vector.message)).toEqual(normalizeP256(vector.signature));
});
