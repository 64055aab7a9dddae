import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import {
  portableSigner,
  type SecretKey,
  SIGNATURE_BYTES,
  type SignatureAlgorithm,
  type Signer,
} from "@touchmark/core";
import { nativeSigner } from "@touchmark/core/native";
import {
  atTurn,
  type Bench,
  type Context,
  type Duel,
  duel,
  type FigureKind,
  type Target,
} from "../figure.ts";
import type { Work } from "../harness.ts";
import { parseSecretKey, signRaw } from "./node-p256.ts";
import { rawSodium } from "./raw-sodium.ts";
import { drawMessages, drawSecretKey } from "./signed.ts";

/** Signing as a node does it: one key, many messages. */
type Floor = (secret: SecretKey, messages: readonly Uint8Array[]) => Work;

/** libsodium keeps the seed and the public key together. */
const SODIUM_SECRET_BYTES = 64;

const sodiumFloor: Floor = (secret, messages) => {
  const secretKey = Buffer.alloc(SODIUM_SECRET_BYTES);
  const signature = Buffer.alloc(SIGNATURE_BYTES);
  rawSodium.crypto_sign_seed_keypair(Buffer.alloc(32), secretKey, Buffer.from(secret.bytes));
  return (turn) => {
    rawSodium.crypto_sign_detached(signature, atTurn(messages, turn), secretKey);
    return signature;
  };
};

const nodeFloor: Floor = (secret, messages) => {
  const key = parseSecretKey(secret.bytes);
  return (turn) => signRaw(key, atTurn(messages, turn));
};

interface Contestant {
  readonly name: string;
  readonly algorithm: SignatureAlgorithm;
  readonly toSigner: (secret: SecretKey) => Signer;
  readonly floorIs: string;
  readonly floor: Floor;
  readonly target?: Target;
}

const NEAR_FLOOR: Target = { of: "ratio", least: 0.95 };

const CONTESTANTS: readonly Contestant[] = [
  {
    name: "ed25519-native",
    algorithm: "ed25519",
    toSigner: nativeSigner,
    floorIs: "sodium-native",
    floor: sodiumFloor,
    target: NEAR_FLOOR,
  },
  {
    name: "ed25519-portable",
    algorithm: "ed25519",
    toSigner: portableSigner,
    floorIs: "noble's own sign",
    floor: (secret, messages) => (turn) => ed25519.sign(atTurn(messages, turn), secret.bytes),
  },
  {
    name: "p256-native",
    algorithm: "p256",
    toSigner: nativeSigner,
    floorIs: "node:crypto",
    floor: nodeFloor,
    target: NEAR_FLOOR,
  },
  {
    name: "p256-portable",
    algorithm: "p256",
    toSigner: portableSigner,
    floorIs: "noble's own sign",
    floor: (secret, messages) => (turn) => p256.sign(atTurn(messages, turn), secret.bytes),
  },
];

function signBench({ name, algorithm, toSigner, floor, ...kind }: Contestant): Bench {
  const figure: FigureKind = { bench: `micro.sign.${name}`, unit: "sign/s", ...kind };
  return duel(figure, ({ prng, inputs }: Context): Duel => {
    const secret = drawSecretKey(prng, algorithm);
    const messages = drawMessages(prng, inputs);
    const signer = toSigner(secret);
    return { work: (turn) => signer.sign(atTurn(messages, turn)), floor: floor(secret, messages) };
  });
}

export const signBenches: readonly Bench[] = CONTESTANTS.map(signBench);
