import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import {
  bytesToHex,
  must,
  portableVerifier,
  type SignatureAlgorithm,
  type SignatureVerifier,
  type SignedItem,
} from "@touchmark/core";
import { nativeVerifier } from "@touchmark/core/native";
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
import { parsePublicKey, verifyRaw } from "./node-p256.ts";
import { rawSodium } from "./raw-sodium.ts";
import { drawSignedItems } from "./signed.ts";

/** Verification on one thread, through the port and without it: what the rule's own checks cost. */
const BATCH_ITEMS = 64;
/** Few enough that their parsed form is kept. */
const KNOWN_KEYS = 64;

const NEAR_FLOOR: Target = { of: "ratio", least: 0.95 };
/** To look for a key in vain, keep it, and let the oldest go takes about a tenth on top of the floor. */
const NEAR_FLOOR_KEEPING_KEYS: Target = { of: "ratio", least: 0.8 };

type Floor = (items: readonly SignedItem[]) => Work;

/** Outside of V8's own heap, where native code reads without asking. */
function toBuffers(item: SignedItem): SignedItem {
  return {
    ...item,
    publicKey: Buffer.from(item.publicKey),
    message: Buffer.from(item.message),
    signature: Buffer.from(item.signature),
  };
}

function verifySodium({ publicKey, message, signature }: SignedItem): boolean {
  return rawSodium.crypto_sign_verify_detached(signature, message, publicKey);
}

const sodiumFloor: Floor = (items) => {
  const buffers = items.map(toBuffers);
  return (turn) => verifySodium(atTurn(buffers, turn));
};

/** With the parsed key at hand: what no wrapper that is given bytes can reach. */
const nodeFloor: Floor = (items) => {
  const keys = new Map(items.map(({ publicKey }) => [bytesToHex(publicKey), publicKey]));
  const parsedKeys = new Map([...keys].map(([name, publicKey]) => [name, parsePublicKey(publicKey)]));
  const parsed = items.map((item) => ({
    ...toBuffers(item),
    key: must(parsedKeys.get(bytesToHex(item.publicKey)), "a parsed key"),
  }));
  return (turn) => {
    const { key, message, signature } = atTurn(parsed, turn);
    return verifyRaw(key, message, signature);
  };
};

const nodeParsingFloor: Floor = (items) => {
  const buffers = items.map(toBuffers);
  return (turn) => {
    const { publicKey, message, signature } = atTurn(buffers, turn);
    return verifyRaw(parsePublicKey(publicKey), message, signature);
  };
};

const nobleEd25519Floor: Floor = (items) => (turn) => {
  const { publicKey, message, signature } = atTurn(items, turn);
  return ed25519.verify(signature, message, publicKey, { zip215: false });
};

const nobleP256Floor: Floor = (items) => (turn) => {
  const { publicKey, message, signature } = atTurn(items, turn);
  return p256.verify(signature, message, publicKey, { lowS: false });
};

interface Contestant {
  readonly name: string;
  readonly algorithm: SignatureAlgorithm;
  readonly verifier: SignatureVerifier;
  readonly floorIs: string;
  readonly floor: Floor;
  readonly target?: Target;
  /** Where nothing is said, every item has another key. */
  readonly keys?: number;
}

const CONTESTANTS: readonly Contestant[] = [
  {
    name: "ed25519-native",
    algorithm: "ed25519",
    verifier: nativeVerifier,
    floorIs: "sodium-native",
    floor: sodiumFloor,
    target: NEAR_FLOOR,
  },
  {
    name: "ed25519-portable",
    algorithm: "ed25519",
    verifier: portableVerifier,
    floorIs: "noble's own verify",
    floor: nobleEd25519Floor,
  },
  {
    name: "p256-native",
    algorithm: "p256",
    verifier: nativeVerifier,
    floorIs: "node:crypto, key parsed before",
    floor: nodeFloor,
    target: NEAR_FLOOR,
    keys: KNOWN_KEYS,
  },
  {
    name: "p256-native-new-key",
    algorithm: "p256",
    verifier: nativeVerifier,
    floorIs: "node:crypto, key parsed each time",
    floor: nodeParsingFloor,
    target: NEAR_FLOOR_KEEPING_KEYS,
  },
  {
    name: "p256-portable",
    algorithm: "p256",
    verifier: portableVerifier,
    floorIs: "noble's own verify",
    floor: nobleP256Floor,
  },
];

function singleBench({ name, algorithm, verifier, floor, keys, ...kind }: Contestant): Bench {
  const figure: FigureKind = { bench: `micro.verify.${name}`, unit: "verify/s", ...kind };
  return duel(figure, ({ prng, inputs }: Context): Duel => {
    const items = drawSignedItems(prng, algorithm, { items: inputs, keys: keys ?? inputs });
    return { work: (turn) => verifier.verify(atTurn(items, turn)), floor: floor(items) };
  });
}

function toBatches(items: readonly SignedItem[]): readonly (readonly SignedItem[])[] {
  const count = Math.floor(items.length / BATCH_ITEMS);
  return Array.from({ length: count }, (_, at) => items.slice(at * BATCH_ITEMS, (at + 1) * BATCH_ITEMS));
}

const batchBench = duel(
  {
    bench: "micro.verify.ed25519-native-batch-64",
    unit: "verify/s",
    floorIs: "sodium-native, one by one",
    target: NEAR_FLOOR,
  },
  ({ prng, inputs }): Duel => {
    const items = drawSignedItems(prng, "ed25519", { items: inputs, keys: inputs });
    const batches = toBatches(items);
    const bufferBatches = toBatches(items.map(toBuffers));
    return {
      work: (turn) => {
        const verdicts = nativeVerifier.verifyBatch(atTurn(batches, turn));
        return !verdicts.includes(0) && verdicts;
      },
      floor: (turn) => atTurn(bufferBatches, turn).every(verifySodium),
      thingsPerCall: BATCH_ITEMS,
    };
  },
);

export const verifyBenches: readonly Bench[] = [...CONTESTANTS.map(singleBench), batchBench];
