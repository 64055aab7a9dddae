import type { SignedItem } from "@touchmark/core";
import {
  add,
  allEncodings,
  BASE,
  decode,
  type EdwardsPoint,
  encode,
  encodeParts,
  FIELD,
  IDENTITY,
  isSame,
  littleToBytes,
  multiply,
  negate,
  ORDER,
  TORSION,
} from "./edwards.ts";
import { ed25519Challenge } from "./oracle.ts";
import { rawCase, type SignatureCase } from "./suite.ts";

/** The corners of Ed25519, made by point arithmetic; each says what the rule wants (W-21, W-22). */
const SECRET = 0x07e1_64c2_19ab_5d3f_8830_e5c7_42f6_0b9d_51a8_7cee_36d4_f013_9ab2_4d65_c80e_71f3n;
const NONCE = 0x0c39_d7f0_8e15_a2b4_6f61_03dc_975a_e84b_2c76_b10f_d3e9_5842_7a0c_e6b1_39f5_148dn;
const LARGE_MESSAGE_BYTES = 1 << 20;

interface Recipe {
  /** The key is secret·B + keyTorsion, and R is nonce·B + nonceTorsion. */
  readonly secret: bigint;
  readonly keyTorsion: EdwardsPoint;
  readonly nonce: bigint;
  readonly nonceTorsion: EdwardsPoint;
  /** Where the encodings are not the canonical ones. */
  readonly publicKey?: Uint8Array;
  readonly encodedR?: Uint8Array;
}

const ORDINARY: Recipe = { secret: SECRET, keyTorsion: IDENTITY, nonce: NONCE, nonceTorsion: IDENTITY };

function withScalar(encodedR: Uint8Array, s: bigint): Uint8Array {
  return Uint8Array.of(...encodedR, ...littleToBytes(s, 32));
}

/**
 * S = nonce + h·secret always, so S·B - h·A = R holds as points exactly where -h·keyTorsion is
 * nonceTorsion. Messages are tried until it does, or until it does not, as is wanted.
 */
function craft(recipe: Recipe, wantsEquation: boolean): SignedItem {
  const key = add(multiply(recipe.secret, BASE), recipe.keyTorsion);
  const r = add(multiply(recipe.nonce, BASE), recipe.nonceTorsion);
  const publicKey = recipe.publicKey ?? encode(key);
  const encodedR = recipe.encodedR ?? encode(r);
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const message = Buffer.from(`edge ${attempt}`);
    const challenge = ed25519Challenge(encodedR, publicKey, message);
    const leftOver = negate(multiply(challenge, recipe.keyTorsion));
    if (isSame(leftOver, recipe.nonceTorsion) !== wantsEquation) continue;
    const s = (recipe.nonce + challenge * recipe.secret) % ORDER;
    return { algorithm: "ed25519", publicKey, message, signature: withScalar(encodedR, s) };
  }
  throw new Error("no message was found for this recipe");
}

/** With a given message, for a key and an R without torsion. */
function sign(message: Uint8Array): SignedItem {
  const publicKey = encode(multiply(SECRET, BASE));
  const encodedR = encode(multiply(NONCE, BASE));
  const s = (NONCE + ed25519Challenge(encodedR, publicKey, message) * SECRET) % ORDER;
  return { algorithm: "ed25519", publicKey, message, signature: withScalar(encodedR, s) };
}

function scalarOf(item: SignedItem): bigint {
  return item.signature.subarray(32).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

const PLAIN = sign(Buffer.from("a plain message"));

function ordinaryCases(): SignatureCase[] {
  const other = encode(multiply(SECRET + 1n, BASE));
  return [
    rawCase("valid", PLAIN, true),
    rawCase("valid, empty message", sign(new Uint8Array(0)), true),
    rawCase("valid, message of 1 MiB", sign(Buffer.alloc(LARGE_MESSAGE_BYTES, 7)), true),
    rawCase("another's key", { ...PLAIN, publicKey: other }, false),
    rawCase("another message", { ...PLAIN, message: Buffer.from("another message") }, false),
    rawCase("message with a zero behind it", { ...PLAIN, message: Buffer.from("a plain message\0") }, false),
  ];
}

function smallOrderCases(): SignatureCase[] {
  return TORSION.flatMap((torsion, k) =>
    allEncodings(torsion).flatMap((encoding, form) => {
      const asKey: Recipe = { ...ORDINARY, secret: 0n, keyTorsion: torsion, publicKey: encoding };
      const asR: Recipe = { ...ORDINARY, nonce: 0n, nonceTorsion: torsion, encodedR: encoding };
      // With a key of mixed order the equation holds for every small-order R, for some messages.
      const asRofMixed: Recipe = { ...asR, keyTorsion: TORSION[1] ?? IDENTITY };
      const asBoth: Recipe = { ...asKey, nonce: 0n };
      const what = `small order ${k}, form ${form}`;
      return [
        rawCase(`key of ${what}, the equation holds`, craft(asKey, true), false),
        rawCase(`R of ${what}, key of mixed order, the equation holds`, craft(asRofMixed, true), false),
        rawCase(`R of ${what}, key of prime order`, craft(asR, k === 0), false),
        rawCase(`key of ${what}, R the identity, S = 0`, craft(asBoth, true), false),
      ];
    }),
  );
}

function mixedOrderCases(): SignatureCase[] {
  return TORSION.slice(1).flatMap((torsion, index) => {
    const key: Recipe = { ...ORDINARY, keyTorsion: torsion };
    const r: Recipe = { ...ORDINARY, nonceTorsion: torsion };
    const both: Recipe = { ...key, nonceTorsion: torsion };
    const what = `mixed order ${index + 1}`;
    return [
      rawCase(`key of ${what}, the equation holds`, craft(key, true), true),
      rawCase(`key of ${what}, it holds with the cofactor only`, craft(key, false), false),
      rawCase(`R of ${what}, it holds with the cofactor only`, craft(r, false), false),
      rawCase(`key and R of ${what}, the equation holds`, craft(both, true), true),
      rawCase(`key and R of ${what}, it holds with the cofactor only`, craft(both, false), false),
    ];
  });
}

/** y from p to 2^255 - 1, on the curve or not; those of 0 and 1 are among the small orders too. */
function nonCanonicalCases(): SignatureCase[] {
  const cases: SignatureCase[] = [];
  for (let y = FIELD; y < 1n << 255n; y++) {
    for (const isOdd of [false, true]) {
      const encoding = encodeParts(y, isOdd);
      const name = `p + ${y - FIELD}, sign ${Number(isOdd)}`;
      const signature = withScalar(encoding, scalarOf(PLAIN));
      cases.push(rawCase(`key with y = ${name}`, { ...PLAIN, publicKey: encoding }, false));
      cases.push(rawCase(`R with y = ${name}`, { ...PLAIN, signature }, false));
    }
  }
  return cases;
}

function offCurveCases(): SignatureCase[] {
  const cases: SignatureCase[] = [];
  for (let y = 2n; y < 24n; y++) {
    const encoding = encodeParts(y, false);
    if (decode(encoding) !== undefined) continue;
    const signature = withScalar(encoding, scalarOf(PLAIN));
    cases.push(rawCase(`key with y = ${y}, on no point`, { ...PLAIN, publicKey: encoding }, false));
    cases.push(rawCase(`R with y = ${y}, on no point`, { ...PLAIN, signature }, false));
  }
  return cases;
}

function scalarCases(): SignatureCase[] {
  const encodedR = PLAIN.signature.subarray(0, 32);
  const s = scalarOf(PLAIN);
  const withS = (name: string, value: bigint) =>
    rawCase(name, { ...PLAIN, signature: withScalar(encodedR, value) }, false);
  const cases = [
    withS("S = 0", 0n),
    withS("S = 1", 1n),
    withS("S = L - 1", ORDER - 1n),
    withS("S = L", ORDER),
    withS("S = L + 1", ORDER + 1n),
    withS("S = L - S", ORDER - s),
    withS("S = 2^252", 1n << 252n),
    withS("S = 2^256 - 1", (1n << 256n) - 1n),
  ];
  for (let times = 1n; s + times * ORDER < 1n << 256n; times++) {
    cases.push(withS(`S + ${times}·L`, s + times * ORDER));
  }
  for (const bit of [253n, 254n, 255n]) cases.push(withS(`S + 2^${bit}`, s | (1n << bit)));
  return cases;
}

function flipTop(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === 31 ? byte ^ 0x80 : byte));
}

function formCases(): SignatureCase[] {
  const { publicKey, signature } = PLAIN;
  const long = Uint8Array.of(...signature, ...signature);
  const keys = [0, 1, 31, 33, 64].map((length) =>
    rawCase(`key of ${length} bytes`, { ...PLAIN, publicKey: long.slice(0, length) }, false),
  );
  const signatures = [0, 1, 32, 63, 65, 96, 128].map((length) =>
    rawCase(`signature of ${length} bytes`, { ...PLAIN, signature: long.slice(0, length) }, false),
  );
  const fill = (byte: number) => new Uint8Array(64).fill(byte);
  return [
    ...keys,
    ...signatures,
    rawCase("key with its last byte cut", { ...PLAIN, publicKey: publicKey.slice(0, 31) }, false),
    rawCase("key with a zero behind it", { ...PLAIN, publicKey: Uint8Array.of(...publicKey, 0) }, false),
    rawCase("key with the other sign", { ...PLAIN, publicKey: flipTop(publicKey) }, false),
    rawCase("R with the other sign", { ...PLAIN, signature: flipTop(signature) }, false),
    rawCase("R and S exchanged", { ...PLAIN, signature: long.slice(32, 96) }, false),
    rawCase("signature of zeros", { ...PLAIN, signature: fill(0) }, false),
    rawCase("signature of ones", { ...PLAIN, signature: fill(0xff) }, false),
    rawCase("key of zeros", { ...PLAIN, publicKey: fill(0).slice(0, 32) }, false),
    rawCase("key of ones", { ...PLAIN, publicKey: fill(0xff).slice(0, 32) }, false),
    rawCase(
      "all of it empty",
      { ...PLAIN, publicKey: fill(0).slice(0, 0), signature: fill(0).slice(0, 0) },
      false,
    ),
  ];
}

export function ed25519Edges(): readonly SignatureCase[] {
  return [
    ...ordinaryCases(),
    ...smallOrderCases(),
    ...mixedOrderCases(),
    ...nonCanonicalCases(),
    ...offCurveCases(),
    ...scalarCases(),
    ...formCases(),
  ];
}

/** For tests of the registration check: a key of each small-order part, and what the check must say. */
export function keysByTorsion(): readonly {
  readonly publicKey: Uint8Array;
  readonly isPrimeOrder: boolean;
}[] {
  return TORSION.flatMap((torsion, k) => [
    { publicKey: encode(add(multiply(SECRET, BASE), torsion)), isPrimeOrder: k === 0 },
    ...allEncodings(torsion).map((publicKey) => ({ publicKey, isPrimeOrder: false })),
  ]);
}
