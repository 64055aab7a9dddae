import {
  type CodecCode,
  concatBytes,
  encode,
  isRejection,
  Nanos,
  portableHasher,
  portableVerifier,
  SIGNATURE_BYTES,
  toId,
} from "@touchmark/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { registry } from "../src/machines/all.ts";
import {
  decodeTransaction,
  envelopeSchema,
  OPS_MAX,
  signedItemOf,
  signTransaction,
  TRANSACTION_BYTES_MAX,
  type TransactionCode,
  toFacts,
} from "../src/transaction.ts";
import { keyOf, signerOf } from "./support/parties.ts";

const schema = envelopeSchema(registry);
const hasher = portableHasher;
const AT = Nanos.of(1_790_000_000_000_000_000n);

function transferOf(amount: number) {
  return { kind: "pay.transfer", to: toId("acct", new Uint8Array(20).fill(2)), currency: "EUR", amount };
}

function signed(
  ops: readonly { readonly kind: string }[] = [transferOf(5)],
  chainId = "story-0011223344556677",
): Uint8Array {
  return signTransaction(schema, hasher, signerOf("Ada"), {
    chainId,
    for: undefined,
    at: AT,
    validUntil: AT,
    ops,
  });
}

function codeFor(bytes: Uint8Array): TransactionCode | "ok" {
  const result = decodeTransaction(schema, hasher, bytes);
  return isRejection(result) ? result.code : "ok";
}

function isGood(bytes: Uint8Array): boolean {
  const result = decodeTransaction(schema, hasher, bytes);
  return !isRejection(result) && portableVerifier.verify(signedItemOf(hasher, result, bytes));
}

test("L-2 what was signed decodes to what was meant, and its txid is the digest of its bytes", () => {
  const bytes = signed();
  const transaction = mustDecode(bytes);
  expect(transaction).toMatchObject({ for: undefined, at: AT, validUntil: AT, ops: [transferOf(5)] });
  expect(transaction.sender).toEqual(keyOf("Ada"));
  expect(transaction.txid).toEqual(hasher.sha256(bytes));
  expect(toFacts(transaction)).toEqual({
    txid: transaction.txid,
    sender: keyOf("Ada"),
    validUntil: AT,
    bytes: bytes.length,
  });
  expect(isGood(bytes)).toBe(true);
});

test("L-2 the signature is the last 66 bytes, and covers every byte before them", () => {
  const bytes = signed();
  expect([...bytes.subarray(-66, -64)]).toEqual([0xc4, SIGNATURE_BYTES]);
  for (let at = 0; at < bytes.length; at += 3) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(isGood(changed)).toBe(false);
  }
});

test("L-2 a signature for one chain is none for another, and neither is one of another type of digest", () => {
  const here = signed();
  const there = signed([transferOf(5)], "story-7766554433221100");
  const moved = concatBytes(there.subarray(0, -SIGNATURE_BYTES), here.subarray(-SIGNATURE_BYTES));
  expect(isGood(there)).toBe(true);
  expect(isGood(moved)).toBe(false);
});

const REFUSED: readonly (readonly [
  what: string,
  bytes: () => Uint8Array,
  code: CodecCode | "TRANSACTION_TOO_LONG",
])[] = [
  ["nothing", () => new Uint8Array(), "CODEC_TRUNCATED"],
  ["a byte less", () => signed().subarray(0, -1), "CODEC_TRUNCATED"],
  ["a byte more", () => concatBytes(signed(), Uint8Array.of(0)), "CODEC_TRAILING"],
  ["another number of fields", () => concatBytes(Uint8Array.of(0x96), signed().subarray(1)), "CODEC_LENGTH"],
  ["no list", () => Uint8Array.of(0xc0), "CODEC_TYPE"],
  ["more bytes than are ever sent", () => new Uint8Array(TRANSACTION_BYTES_MAX + 1), "TRANSACTION_TOO_LONG"],
];

test.each(REFUSED)("L-2 %s is refused with a code", (_, bytes, code) => {
  expect(codeFor(bytes())).toBe(code);
});

/** An envelope with anything for its operations, in bytes. */
function withOps(ops: readonly number[]): Uint8Array {
  const bytes = signed();
  const empty = encode(schema, { ...mustDecode(bytes), ops: [transferOf(5)] });
  const op = encode(registry.operationSchema, transferOf(5));
  const start = empty.length - 66 - op.length - 1;
  return concatBytes(empty.subarray(0, start), Uint8Array.from(ops), empty.subarray(-66));
}

function mustDecode(bytes: Uint8Array) {
  const transaction = decodeTransaction(schema, hasher, bytes);
  if (isRejection(transaction)) throw new Error(transaction.code);
  return transaction;
}

test("L-2 no operations, an unknown kind, and a kind with other fields are refused with a code", () => {
  expect(codeFor(withOps([0x90]))).toBe("CODEC_LENGTH");
  expect(codeFor(withOps([0x91, 0x91, 0x00]))).toBe("CODEC_UNKNOWN_KIND");
  // pay.void with a field too many.
  expect(codeFor(withOps([0x91, 0x93, 0xcd, 0x02, 0x0b, 0xc0, 0xc0]))).toBe("CODEC_LENGTH");
  // 520 in a longer form than it needs.
  expect(codeFor(withOps([0x91, 0x92, 0xce, 0, 0, 0x02, 0x08, 0xc0]))).toBe("CODEC_NON_CANONICAL");
  expect(codeFor(withOps([0xdc, 0, 1]))).toBe("CODEC_NON_CANONICAL");
});

test("L-2 64 operations are taken, and 65 are not", () => {
  const ops = (count: number) => Array.from({ length: count }, (_, i) => transferOf(i + 1));
  expect(codeFor(signed(ops(OPS_MAX)))).toBe("ok");
  expect(() => signed(ops(OPS_MAX + 1))).toThrow("CODEC_LENGTH");
});

test("L-2 bytes that decode are the only bytes of what they decode to", () => {
  const good = signed([transferOf(5), transferOf(700)]);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      const changed = good.slice();
      changed[at] = byte;
      const transaction = decodeTransaction(schema, hasher, changed);
      if (!isRejection(transaction)) expect(encode(schema, transaction)).toEqual(changed);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});
