/** What execution says of each transaction and each timer, and the one digest over all of it (L-15). */
import {
  assert,
  binary,
  boolean,
  concatBytes,
  DIGEST_BYTES,
  type Digest,
  digestSchema,
  domainDigest,
  domainPrefix,
  Epoch,
  encode,
  integer,
  list,
  must,
  Nanos,
  optional,
  refine,
  type Schema,
  text,
  tuple,
  txidSchema,
  u64ToBytes,
  type ValueOf,
  variant,
} from "@touchmark/core";
import { REFUSAL_CODES, type RefusalCode } from "./codes.ts";
import type { Chain } from "./machine.ts";
import type { Refusal, RefusalData } from "./refusal.ts";
import type { Named, Registry } from "./registry.ts";
import { OPS_MAX } from "./transaction.ts";

const CODE_NAMES: ReadonlyMap<number, RefusalCode> = new Map(
  Object.entries(REFUSAL_CODES).flatMap(([name, number]) => {
    return isRefusalCode(name) ? [[number, name] as const] : [];
  }),
);

function isRefusalCode(name: string): name is RefusalCode {
  return Object.hasOwn(REFUSAL_CODES, name);
}

const CODE_MAX = 65_535;
const codeNumber = refine(integer(1, CODE_MAX), (number): number is number => CODE_NAMES.has(number));

/** A code as its number. */
const codeSchema: Schema<RefusalCode> = {
  maxBytes: codeNumber.maxBytes,
  read: (reader) => must(CODE_NAMES.get(codeNumber.read(reader)), "a code's name"),
  write: (writer, value) =>
    codeNumber.write(writer, typeof value === "string" && isRefusalCode(value) ? REFUSAL_CODES[value] : 0),
};

const DATA_TEXT_MAX = 256;
const DATA_BYTES_MAX = 64;
const DATA_MAX = 8;

const dataValue = variant({
  text: [1, { value: text(0, DATA_TEXT_MAX) }],
  number: [2, { value: integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) }],
  nanos: [3, { value: Nanos.schema }],
  boolean: [4, { value: boolean }],
  bytes: [5, { value: binary(0, DATA_BYTES_MAX) }],
});
type DataValue = ValueOf<typeof dataValue>;

const refusalSchema = tuple({
  code: codeSchema,
  /** The operation that was refused; none where the transaction was, before any of them ran. */
  opIndex: optional(integer(0, OPS_MAX - 1)),
  data: list(tuple({ name: text(1, 32), value: dataValue }), 0, DATA_MAX),
});
export type RefusalRecord = ValueOf<typeof refusalSchema>;

/** Text that is refused about is cut to its first characters; each takes at most four bytes. */
const DATA_TEXT_SHOWN = DATA_TEXT_MAX / 4;

function dataValueOf(value: RefusalData[string]): DataValue {
  switch (typeof value) {
    case "number":
      return Number.isSafeInteger(value) ? { kind: "number", value } : { kind: "text", value: String(value) };
    case "bigint":
      return Nanos.is(value) ? { kind: "nanos", value } : { kind: "text", value: String(value) };
    case "boolean":
      return { kind: "boolean", value };
    case "string":
      // By characters, so that none is cut in two; decoded text has no lone surrogate.
      return { kind: "text", value: [...value].slice(0, DATA_TEXT_SHOWN).join("") };
    default:
      return { kind: "bytes", value: value.slice(0, DATA_BYTES_MAX) };
  }
}

export function toRefusalRecord({ code, data }: Refusal, opIndex: number | undefined): RefusalRecord {
  const facts = Object.entries(data).slice(0, DATA_MAX);
  return { code, opIndex, data: facts.map(([name, value]) => ({ name, value: dataValueOf(value) })) };
}

/** L-15: events of one transaction or timer; one more is refused. */
export const EVENTS_MAX = 16_000;
/** So that the fullest receipt is within what is ever encoded (W-1). */
const EVENT_BYTES_MAX = 4_096;

/** L-15: what one transaction or one timer came to. */
export type Receipt =
  | {
      readonly kind: "transaction";
      readonly txid: ValueOf<typeof txidSchema>;
      readonly time: Nanos;
      readonly refusal: RefusalRecord | undefined;
      /** None where it was refused. */
      readonly events: readonly Named[];
    }
  | {
      readonly kind: "timer";
      readonly id: Digest;
      readonly due: Nanos;
      readonly timer: Named;
      readonly refusal: RefusalRecord | undefined;
      readonly events: readonly Named[];
    };

export function receiptSchema(registry: Registry): Schema<Receipt> {
  assert(
    registry.eventSchema.maxBytes <= EVENT_BYTES_MAX,
    "an event is small: digests stand for what is long",
  );
  const outcome = {
    refusal: optional(refusalSchema),
    events: list(registry.eventSchema, 0, EVENTS_MAX),
  };
  return variant({
    transaction: [1, { txid: txidSchema, time: Nanos.schema, ...outcome }],
    timer: [2, { id: digestSchema, due: Nanos.schema, timer: registry.timerSchema, ...outcome }],
  });
}

const NO_EPOCH = Epoch.of(0);

/**
 * L-15: the root of a binary tree over the receipts in their order, and their number. A level of odd length gets
 * a zero digest at its end.
 */
export function receiptsRoot(
  chain: Pick<Chain, "chainId" | "hasher">,
  encoded: readonly Uint8Array[],
): Digest {
  const { hasher, chainId } = chain;
  // W-9: one domain for all of them, so its bytes are made once.
  const prefix = domainPrefix({ type: "receipt", chainId, epoch: NO_EPOCH });
  const leaves = encoded.map((bytes) => hasher.sha256(concatBytes(prefix, bytes)));
  let level = concatBytes(...leaves);
  while (level.length > DIGEST_BYTES) {
    const pairs = Math.ceil(level.length / (2 * DIGEST_BYTES));
    const whole = new Uint8Array(pairs * 2 * DIGEST_BYTES);
    whole.set(level);
    level = hasher.sha256Pairs(whole);
  }
  const root = level.length === 0 ? new Uint8Array(DIGEST_BYTES) : level;
  const fields = concatBytes(u64ToBytes(BigInt(encoded.length)), root);
  return domainDigest(hasher, { type: "receipts", chainId, epoch: NO_EPOCH }, fields);
}

/** Every receipt in its one form. */
export function encodeReceipts(schema: Schema<Receipt>, receipts: readonly Receipt[]): readonly Uint8Array[] {
  return receipts.map((receipt) => encode(schema, receipt));
}
