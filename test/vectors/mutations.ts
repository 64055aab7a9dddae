import {
  Prng,
  portableSigner,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignedItem,
  type Signer,
  secretKeyFromSeed,
} from "@touchmark/core";
import { add, bytesToLittle, decode, encode, ORDER as L, littleToBytes, TORSION } from "./edwards.ts";
import { rawCase, type SignatureCase } from "./suite.ts";
import { bigToBytes, bytesToBig, ORDER as N } from "./weierstrass.ts";

/**
 * Valid signatures, damaged at random: the same seed makes the same cases. Noble signs them, so that
 * P-256's nonces are the same in every run too.
 */
const SIGNERS = 16;
const MESSAGE_BYTES_MAX = 300;

type Field = "publicKey" | "message" | "signature";
const FIELDS: readonly Field[] = ["publicKey", "message", "signature"];

interface Mutation {
  readonly name: string;
  readonly item: SignedItem;
  readonly expected: boolean;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Nothing was changed where the bytes are equal: swapping two equal bytes, for example. */
function changed(name: string, before: SignedItem, change: Partial<SignedItem>): Mutation {
  const item = { ...before, ...change };
  return { name, item, expected: FIELDS.every((field) => isEqual(item[field], before[field])) };
}

function flipBit(prng: Prng, item: SignedItem): Mutation {
  const field = prng.pick(FIELDS);
  const bytes = Uint8Array.from(item[field]);
  const at = prng.below(bytes.length);
  bytes[at] = Number(bytes[at]) ^ (1 << prng.below(8));
  return changed(`a bit of ${field} flipped`, item, { [field]: bytes });
}

function swapBytes(prng: Prng, item: SignedItem): Mutation {
  const field = prng.pick(FIELDS);
  const bytes = Uint8Array.from(item[field]);
  const [a, b] = [prng.below(bytes.length), prng.below(bytes.length)];
  [bytes[a], bytes[b]] = [Number(bytes[b]), Number(bytes[a])];
  return changed(`two bytes of ${field} swapped`, item, { [field]: bytes });
}

function replaceRun(prng: Prng, item: SignedItem): Mutation {
  const field = prng.pick(FIELDS);
  const bytes = Uint8Array.from(item[field]);
  const from = prng.below(bytes.length);
  const fill = prng.pick([0, 0xff, prng.below(256)]);
  bytes.fill(fill, from, from + 1 + prng.below(bytes.length - from));
  return changed(`a run of ${field} overwritten`, item, { [field]: bytes });
}

function cutOrExtend(prng: Prng, item: SignedItem): Mutation {
  const field = prng.pick(FIELDS);
  const bytes = item[field];
  const kept = bytes.slice(0, prng.below(bytes.length));
  const extended = Uint8Array.of(...bytes, ...prng.bytes(1 + prng.below(4)));
  const name = `${field} cut or extended`;
  return changed(name, item, { [field]: prng.pick([kept, extended]) });
}

/** S, or s, moved by a number that a lax verifier would not notice, or by one. */
function moveScalar(prng: Prng, item: SignedItem): Mutation {
  const first = item.signature.slice(0, 32);
  const second = item.signature.subarray(32);
  if (item.algorithm === "ed25519") {
    const by = prng.pick([1n, L, 2n * L, 1n << 253n, 1n << 255n]);
    const moved = littleToBytes(bytesToLittle(second) + by, 32);
    return changed("S moved", item, { signature: Uint8Array.of(...first, ...moved) });
  }
  const s = bytesToBig(second);
  const moved = prng.pick([s + 1n, N - s, (s + N) % (1n << 256n)]);
  const signature = Uint8Array.of(...first, ...bigToBytes(moved, 32));
  // W-24: n - s is good too.
  return { ...changed("s moved", item, { signature }), expected: moved === N - s };
}

function addTorsion(encoding: Uint8Array, k: number): Uint8Array {
  const point = decode(encoding);
  const torsion = TORSION[k];
  return point === undefined || torsion === undefined ? encoding : encode(add(point, torsion));
}

/** The key or R moved by a point of small order: for P-256, which has none, to another's. */
function movePoint(prng: Prng, item: SignedItem, other: SignedItem): Mutation {
  if (item.algorithm === "p256") return changed("another's key", item, { publicKey: other.publicKey });
  const k = 1 + prng.below(7);
  if (prng.below(2) === 0) {
    return changed("key moved by torsion", item, { publicKey: addTorsion(item.publicKey, k) });
  }
  const r = addTorsion(item.signature.slice(0, 32), k);
  const signature = Uint8Array.of(...r, ...item.signature.subarray(32));
  return changed("R moved by torsion", item, { signature });
}

function exchange(prng: Prng, item: SignedItem, other: SignedItem): Mutation {
  const field = prng.pick(FIELDS);
  return changed(`another's ${field}`, item, { [field]: other[field] });
}

const MUTATORS = [flipBit, swapBytes, replaceRun, cutOrExtend, moveScalar, movePoint, exchange] as const;
/** One case in so many is left as it was. */
const UNTOUCHED_ONE_IN = 8;

function signItem(prng: Prng, signer: Signer): SignedItem {
  const message = prng.bytes(1 + prng.below(MESSAGE_BYTES_MAX));
  return {
    algorithm: signer.algorithm,
    publicKey: signer.publicKey,
    message,
    signature: signer.sign(message),
  };
}

export function mutationCases(
  algorithm: SignatureAlgorithm,
  seed: number,
  count: number,
): readonly SignatureCase[] {
  const prng = new Prng(2 * seed + SIGNATURE_ALGORITHMS.indexOf(algorithm));
  const items = Array.from({ length: SIGNERS }, () => {
    const signer = portableSigner(secretKeyFromSeed(algorithm, prng.bytes(32)));
    return [signItem(prng, signer), signItem(prng, signer)];
  }).flat();
  return Array.from({ length: count }, (_, index) => {
    const item = prng.pick(items);
    if (index % UNTOUCHED_ONE_IN === 0) return rawCase(`${index}: untouched`, item, true);
    const mutation = prng.pick(MUTATORS)(prng, item, prng.pick(items));
    return rawCase(`${index}: ${mutation.name}`, mutation.item, mutation.expected);
  });
}
