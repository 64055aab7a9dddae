import {
  type Digest,
  portableHasher,
  portableSigner,
  type Signer,
  secretKeyFromSeed,
  utf8ToBytes,
} from "@touchmark/core";

/** Keys and digests by name: the same in every run. */
const signers = new Map<string, Signer>();

export function signerOf(name: string): Signer {
  const known = signers.get(name);
  if (known !== undefined) return known;
  const made = portableSigner(secretKeyFromSeed("ed25519", digestOf(`key of ${name}`)));
  signers.set(name, made);
  return made;
}

export function keyOf(name: string): Uint8Array {
  return signerOf(name).publicKey;
}

export function digestOf(text: string): Digest {
  return portableHasher.sha256(utf8ToBytes(text));
}
