import {
  type Prng,
  SECRET_KEY_BYTES,
  type SecretKey,
  type SignatureAlgorithm,
  type SignedItem,
  secretKeyFromSeed,
} from "@touchmark/core";
import { nativeSigner } from "@touchmark/core/native";
import { atTurn } from "../figure.ts";

/** About what the signed part of a one-op transaction takes. */
const MESSAGE_BYTES = 200;

export function drawMessages(prng: Prng, count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, () => prng.bytes(MESSAGE_BYTES));
}

export function drawSecretKey(prng: Prng, algorithm: SignatureAlgorithm): SecretKey {
  return secretKeyFromSeed(algorithm, prng.bytes(SECRET_KEY_BYTES));
}

/** Different messages, of so many keys in turn. */
export function drawSignedItems(
  prng: Prng,
  algorithm: SignatureAlgorithm,
  { items, keys }: { readonly items: number; readonly keys: number },
): readonly SignedItem[] {
  const signers = Array.from({ length: keys }, () => nativeSigner(drawSecretKey(prng, algorithm)));
  return drawMessages(prng, items).map((message, at) => {
    const { publicKey, sign } = atTurn(signers, at);
    return { algorithm, publicKey, message, signature: sign(message) };
  });
}
