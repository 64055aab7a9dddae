import { bytesToHex, isPrimeOrderKey, isRegistrableKey } from "@touchmark/core";
import { nativeIsRegistrableKey } from "@touchmark/core/native";
import { expect, test } from "vitest";
import { keysByTorsion } from "./ed25519-edges.ts";

test("W-26 a key of small order, in any encoding, or with such a part is not registered, natively or not", () => {
  const keys = keysByTorsion();
  expect(keys).toHaveLength(22);
  expect(keys.filter(({ isPrimeOrder }) => isPrimeOrder)).toHaveLength(1);
  for (const { publicKey, isPrimeOrder } of keys) {
    expect(isPrimeOrderKey(publicKey), bytesToHex(publicKey)).toBe(isPrimeOrder);
    expect(isRegistrableKey("ed25519", publicKey), bytesToHex(publicKey)).toBe(isPrimeOrder);
    expect(nativeIsRegistrableKey("ed25519", publicKey), bytesToHex(publicKey)).toBe(isPrimeOrder);
  }
});
