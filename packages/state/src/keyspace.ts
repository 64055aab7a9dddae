import {
  assert,
  byteAt,
  bytesToKey,
  concatBytes,
  decode,
  encode,
  isRejection,
  must,
  type Schema,
} from "@touchmark/core";

/**
 * Where things stand in the state. A keyspace is one kind of leaf: its number stands before the key in the
 * store, so no two kinds ever meet, and its schemas give the bytes of key and value.
 *
 * L-1: every number stands in this one table, also those of machines to come. A name that goes is left out of
 * KEYSPACE_NUMBERS and its number goes to RETIRED_NUMBERS, so that no old leaf is ever read as a new one.
 */
export const KEYSPACE_NUMBERS = {
  // The engine: 1 to 19.
  chain: 1,
  timers: 2,
  recent: 3,
  blocks: 4,
  parameters: 5,
  versions: 6,
  withdrawn: 7,
  validators: 8,
  validatorSet: 9,
  // Identity: 20 to 29.
  keys: 20,
  participants: 21,
  machines: 22,
  sessions: 23,
  delegations: 24,
  credentials: 25,
  machineSerials: 26,
  objections: 27,
  legalDigests: 28,
  // Certification: 30 to 39.
  standards: 30,
  accreditations: 31,
  programmes: 32,
  audits: 33,
  certificates: 34,
  standardCodes: 35,
  accreditationHolders: 36,
  // Materials: 40 to 49.
  lots: 40,
  // Payments: 50 to 59.
  currencies: 50,
  balances: 51,
  holds: 52,
  // Governance: 60 to 69.
  proposals: 60,
  openProposals: 61,
  arbiters: 62,
  evidence: 63,
  memberVotes: 64,
  // Reputation: 70 to 79.
  reputation: 70,
  reputationPairs: 71,
  // Designs, kits, licences: 80 to 99.
  claims: 80,
  designs: 81,
  designVersions: 82,
  contentDigests: 83,
  contests: 84,
  remixApprovals: 85,
  kits: 86,
  kitSettings: 87,
  licences: 88,
  // Offers, orders, RFQs: 100 to 119.
  offers: 100,
  orders: 101,
  rfqs: 102,
  bids: 103,
  bidders: 104,
  // Fabrication and units: 120 to 139.
  jobs: 120,
  units: 121,
  unitSerials: 122,
  // Seals: 140 to 149.
  seals: 140,
  sealUids: 141,
  sealSlots: 142,
  challenges: 143,
  attestations: 144,
  sealCases: 145,
} as const;

export type KeyspaceName = keyof typeof KEYSPACE_NUMBERS;

/** Numbers that had a keyspace once. Nothing is ever removed from this list. */
export const RETIRED_NUMBERS: readonly number[] = [];

const NUMBER_BYTES = 2;
const NUMBER_MAX = 0xffff;

/** One kind of leaf. Made by `keyspace`, and a constant of the module that owns it. */
export interface Keyspace<K, V> {
  readonly name: KeyspaceName;
  readonly number: number;
  readonly key: Schema<K>;
  readonly value: Schema<V>;
  /** A text that tells keys apart, for tables in memory; two keys never have the same. */
  readonly textOf: (key: K) => string;
}

/**
 * The keyspace of that name, with the schemas of its keys and values. Where keys are objects and looked up often,
 * `textOf` is worth writing: what stands for it otherwise encodes the key each time.
 */
export function keyspace<K, V>(
  name: KeyspaceName,
  key: Schema<K>,
  value: Schema<V>,
  textOf: (key: K) => string = (of) => plainText(key, of),
): Keyspace<K, V> {
  return { name, number: KEYSPACE_NUMBERS[name], key, value, textOf };
}

function plainText<K>(schema: Schema<K>, key: K): string {
  if (key instanceof Uint8Array) return bytesToKey(key);
  return typeof key === "string" ? key : bytesToKey(encode(schema, key));
}

/** L-1: the number in two bytes, big-endian, then the canonical encoding of the key. */
export function storeKey<K>(
  { number, key }: Pick<Keyspace<K, unknown>, "number" | "key">,
  of: K,
): Uint8Array {
  return joinKey(number, encode(key, of));
}

/** The same, of a key that is encoded already. */
function joinKey(number: number, encoded: Uint8Array): Uint8Array {
  return concatBytes(numberPrefix(number), encoded);
}

export function numberPrefix(number: number): Uint8Array {
  assert(Number.isInteger(number) && number > 0 && number <= NUMBER_MAX, "a keyspace's number is a u16");
  return Uint8Array.of(number >> 8, number & 255);
}

export function numberOfKey(bytes: Uint8Array): number {
  assert(bytes.length > NUMBER_BYTES, "a store's key has a keyspace's number and a key");
  return byteAt(bytes, 0) * 256 + byteAt(bytes, 1);
}

/** What the store holds was written by us, so bytes that don't decode are a broken disk or our bug. */
export function decodeStored<T>(schema: Schema<T>, bytes: Uint8Array, what: string): T {
  const value = decode(schema, bytes);
  assert(!isRejection(value), `${what} in the store doesn't decode`);
  return value;
}

export function keyOf<K>(space: Keyspace<K, unknown>, bytes: Uint8Array): K {
  assert(numberOfKey(bytes) === space.number, `a key of ${space.name} has its number`);
  return decodeStored(space.key, bytes.subarray(NUMBER_BYTES), `a key of ${space.name}`);
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(KEYSPACE_NUMBERS).map(([name, number]) => [number, name]),
);
assert(NAMES.size === Object.keys(KEYSPACE_NUMBERS).length, "no two keyspaces share a number");
assert(
  RETIRED_NUMBERS.every((number) => !NAMES.has(number)),
  "a retired number is never used again",
);

/** The keyspace's name, for what people read. */
export function nameOfNumber(number: number): string {
  return must(NAMES.get(number), "a keyspace's number");
}

/** The state as it can be looked at: a context, an overlay, a store behind typed keys. */
export interface StateView {
  get<K, V>(space: Keyspace<K, V>, key: K): V | undefined;
}
