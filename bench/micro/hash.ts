import { hashInto } from "@chainsafe/hashtree";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { DIGEST_BYTES, type Hasher, portableHasher } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import { atTurn, type Bench, type Context, type Duel, duel } from "../figure.ts";
import type { Work } from "../harness.ts";
import { rawSodium } from "./raw-sodium.ts";

/** SHA-256 of single texts and of whole Merkle levels, through the port and without it. */
const MESSAGE_BYTES = [32, 64, 200] as const;

const PAIR_BYTES = 2 * DIGEST_BYTES;
/** A level of 128 KiB: larger than the fastest cache, as the levels of a block's update are. */
const PAIRS_PER_LEVEL = 2_048;
const LEVELS = 8;

/** Each floor writes where it wrote before: making room for a digest is part of what the port costs. */
const digest = Buffer.alloc(DIGEST_BYTES);

function nativeFloor(messages: readonly Uint8Array[]): Work {
  // Outside of V8's own heap, where native code reads without asking.
  const buffers = messages.map((message) => Buffer.from(message));
  return (turn) => {
    rawSodium.crypto_hash_sha256(digest, atTurn(buffers, turn));
    return digest;
  };
}

const portableFloor =
  (messages: readonly Uint8Array[]): Work =>
  (turn) =>
    nobleSha256(atTurn(messages, turn));

const nativeLevelFloor = (levels: readonly Uint8Array[]): Work => {
  const output = new Uint8Array(PAIRS_PER_LEVEL * DIGEST_BYTES);
  return (turn) => {
    hashInto(atTurn(levels, turn), output);
    return output;
  };
};

/** One after another, straight into their place. */
const portableLevelFloor = (levels: readonly Uint8Array[]): Work => {
  const output = new Uint8Array(PAIRS_PER_LEVEL * DIGEST_BYTES);
  return (turn) => {
    const level = atTurn(levels, turn);
    for (let pair = 0; pair < PAIRS_PER_LEVEL; pair++) {
      const preimage = level.subarray(pair * PAIR_BYTES, (pair + 1) * PAIR_BYTES);
      output.set(nobleSha256(preimage), pair * DIGEST_BYTES);
    }
    return output;
  };
};

interface Contestant {
  readonly name: string;
  readonly hasher: Hasher;
  readonly floorIs: string;
  readonly floor: (messages: readonly Uint8Array[]) => Work;
  readonly levelFloorIs: string;
  readonly levelFloor: (levels: readonly Uint8Array[]) => Work;
}

const CONTESTANTS: readonly Contestant[] = [
  {
    name: "native",
    hasher: nativeHasher,
    floorIs: "sodium-native into one buffer",
    floor: nativeFloor,
    levelFloorIs: "hashtree into one buffer",
    levelFloor: nativeLevelFloor,
  },
  {
    name: "portable",
    hasher: portableHasher,
    floorIs: "noble sha256",
    floor: portableFloor,
    levelFloorIs: "noble sha256 of each pair",
    levelFloor: portableLevelFloor,
  },
];

function messageBench(contestant: Contestant, bytes: number): Bench {
  const { name, hasher, floorIs, floor } = contestant;
  return duel({ bench: `micro.hash.${name}-${bytes}`, unit: "ns", floorIs }, (context: Context): Duel => {
    const messages = Array.from({ length: context.inputs }, () => context.prng.bytes(bytes));
    return { work: (turn) => hasher.sha256(atTurn(messages, turn)), floor: floor(messages) };
  });
}

function pairBench({ name, hasher, levelFloorIs, levelFloor }: Contestant): Bench {
  const kind = { bench: `micro.hash.${name}-pair`, unit: "ns", floorIs: levelFloorIs } as const;
  return duel(kind, ({ prng }: Context): Duel => {
    const levels = Array.from({ length: LEVELS }, () => prng.bytes(PAIRS_PER_LEVEL * PAIR_BYTES));
    return {
      work: (turn) => hasher.sha256Pairs(atTurn(levels, turn)),
      floor: levelFloor(levels),
      thingsPerCall: PAIRS_PER_LEVEL,
    };
  });
}

export const hashBenches: readonly Bench[] = CONTESTANTS.flatMap((contestant) => [
  ...MESSAGE_BYTES.map((bytes) => messageBench(contestant, bytes)),
  pairBench(contestant),
]);
