import { assert } from "./assert.ts";
import {
  BECH32M_CHARACTERS_MAX,
  type Bech32mCode,
  bech32mLength,
  fromBech32m,
  toBech32m,
} from "./bech32m.ts";
import type { Brand } from "./brand.ts";
import { concatBytes, copyBytes, u32ToBytes } from "./bytes.ts";
import { binary, refine, type Schema } from "./codec/index.ts";
import { DIGEST_BYTES, type Digest, type Hasher, isDigest, lengthPrefixed } from "./hash.ts";
import { isRejection, type Result, reject } from "./reject.ts";

/** Every kind of thing that the ledger names; the kind is the prefix of the id's text. */
export const ID_KINDS = [
  "acct",
  "mach",
  "sess",
  "dlgt",
  "cred",
  "stnd",
  "accr",
  "prog",
  "audt",
  "cert",
  "lot",
  "dsgn",
  "vers",
  "kit",
  "licn",
  "hold",
  "offr",
  "ordr",
  "rfq",
  "bid",
  "job",
  "unit",
  "seal",
  "prop",
] as const;

export type IdKind = (typeof ID_KINDS)[number];

/** W-10: long enough that nobody finds two things with one id. */
export const ID_BYTES = 20;

assert(
  ID_KINDS.every((kind) => bech32mLength(kind, ID_BYTES) <= BECH32M_CHARACTERS_MAX),
  "an id of every kind has a text (W-11)",
);

/** An id of one kind; an id of another kind does not type-check in its place. */
export type Id<Kind extends IdKind> = Brand<Uint8Array, `Id of ${Kind}`>;

function isId<Kind extends IdKind>(bytes: Uint8Array): bytes is Id<Kind> {
  return bytes.length === ID_BYTES;
}

export function toId<Kind extends IdKind>(_kind: Kind, bytes: Uint8Array): Id<Kind> {
  assert(isId<Kind>(bytes), `an id is ${ID_BYTES} bytes`);
  return bytes;
}

export function idSchema<Kind extends IdKind>(_kind: Kind): Schema<Id<Kind>> {
  return refine(binary(ID_BYTES), isId<Kind>);
}

/** W-10: no domain of W-9 begins so, whatever its type is called: there a slash follows the version. */
const ID_TAG = lengthPrefixed("touchmark/v1-id");

/**
 * W-10: the id of what an operation makes. The cause is a transaction or a timer, so nobody can choose an
 * id, and two things made by one operation differ in their item.
 */
export function deriveId<Kind extends IdKind>(
  hasher: Hasher,
  kind: Kind,
  cause: Digest,
  opIndex: number,
  item: number,
): Id<Kind> {
  const preimage = concatBytes(ID_TAG, lengthPrefixed(kind), cause, u32ToBytes(opIndex), u32ToBytes(item));
  return toId(kind, copyBytes(hasher.sha256(preimage), 0, ID_BYTES));
}

export function idToText<Kind extends IdKind>(kind: Kind, id: Id<Kind>): string {
  return toBech32m(kind, id);
}

export type IdTextCode = Bech32mCode | "ID_KIND" | "ID_LENGTH";

/** An id of the kind that is wanted here; text of another kind is refused by name. */
export function idFromText<Kind extends IdKind>(kind: Kind, text: string): Result<Id<Kind>, IdTextCode> {
  const parsed = fromBech32m(text);
  if (isRejection(parsed)) return parsed;
  if (parsed.prefix !== kind) return reject("ID_KIND", { want: kind, got: parsed.prefix });
  if (!isId<Kind>(parsed.bytes)) return reject("ID_LENGTH", { want: ID_BYTES, got: parsed.bytes.length });
  return parsed.bytes;
}

/** The digest of a transaction's bytes as they were sent. */
export type Txid = Brand<Digest, "Txid">;

function isTxid(bytes: Uint8Array): bytes is Txid {
  return isDigest(bytes);
}

export function toTxid(bytes: Uint8Array): Txid {
  assert(isTxid(bytes), `a txid is ${DIGEST_BYTES} bytes`);
  return bytes;
}

export const digestSchema: Schema<Digest> = refine(binary(DIGEST_BYTES), isDigest);
export const txidSchema: Schema<Txid> = refine(binary(DIGEST_BYTES), isTxid);
