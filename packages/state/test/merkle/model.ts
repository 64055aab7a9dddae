import { createHash } from "node:crypto";

/**
 * The tree as its definition reads, with nothing kept and nothing shared: each digest is computed from the
 * set of leaves below it. Keys and values are hex.
 */
export type ModelLeaves = ReadonlyMap<string, string>;

const NOTHING = "00".repeat(32);

function bit(key: string, depth: number): number {
  const nibble = Number.parseInt(key.charAt(depth >> 2), 16);
  return (nibble >> (3 - (depth % 4))) & 1;
}

function hashed(left: string, right: string, isLeaf: boolean): string {
  const digest = createHash("sha256")
    .update(Buffer.from(left + right, "hex"))
    .digest();
  digest[0] = isLeaf ? (digest[0] ?? 0) | 0x80 : (digest[0] ?? 0) & 0x7f;
  return digest.toString("hex");
}

function side(keys: readonly string[], depth: number, which: number): readonly string[] {
  return keys.filter((key) => bit(key, depth) === which);
}

function digestOf(leaves: ModelLeaves, keys: readonly string[], depth: number): string {
  const [first] = keys;
  if (first === undefined) return NOTHING;
  if (keys.length === 1) return hashed(first, leaves.get(first) ?? "", true);
  const [left, right] = [side(keys, depth, 0), side(keys, depth, 1)];
  return hashed(digestOf(leaves, left, depth + 1), digestOf(leaves, right, depth + 1), false);
}

export function modelRoot(leaves: ModelLeaves): string {
  return digestOf(leaves, [...leaves.keys()], 0);
}

export interface ModelProof {
  readonly kind: "present" | "vacant" | "occupied";
  /** From the root on, empty ones too. */
  readonly siblings: readonly string[];
  readonly end: string | undefined;
}

export function modelProof(leaves: ModelLeaves, key: string): ModelProof {
  const siblings: string[] = [];
  let below: readonly string[] = [...leaves.keys()];
  for (let depth = 0; below.length > 1; depth++) {
    const [own, other] = [side(below, depth, bit(key, depth)), side(below, depth, 1 - bit(key, depth))];
    siblings.push(digestOf(leaves, other, depth + 1));
    below = own;
  }
  const [end] = below;
  if (end === undefined) return { kind: "vacant", siblings, end };
  return { kind: end === key ? "present" : "occupied", siblings, end };
}

function bin(hex: string): string {
  const bytes = hex.length / 2;
  const header =
    bytes < 256 ? `c4${bytes.toString(16).padStart(2, "0")}` : `c5${bytes.toString(16).padStart(4, "0")}`;
  return header + hex;
}

/** The proof's bytes, written by hand: a list of the kind's number, the bits, the siblings, and the other leaf. */
export function modelProofBytes(leaves: ModelLeaves, key: string): string {
  const { kind, siblings, end } = modelProof(leaves, key);
  const bits = siblings.map((sibling) => (sibling === NOTHING ? "0" : "1")).join("");
  const bytes = (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, "0"), 2));
  while (bytes.at(-1) === 0) bytes.pop();
  const path =
    bin(Buffer.from(bytes).toString("hex")) + bin(siblings.filter((it) => it !== NOTHING).join(""));
  if (kind === "present") return `9300${path}`;
  if (kind === "vacant") return `9301${path}`;
  return `9502${path}${bin(end ?? "")}${bin(leaves.get(end ?? "") ?? "")}`;
}
