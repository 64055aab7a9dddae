import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compressP256PublicKey, type SignatureAlgorithm, type SignedItem } from "@touchmark/core";
import { fromHex } from "./published.ts";
import type { SignatureCase, Source } from "./suite.ts";

/**
 * Vectors of others, read from where they are kept and never copied here: the folder that
 * TOUCHMARK_VECTORS names, or shared/vectors beside the repository.
 */
const BESIDE_THE_REPOSITORY = join(import.meta.dirname, "..", "..", "..", "shared", "vectors");

/** Where the vectors are; nothing where they are not. A folder that was asked for by name must be there. */
export function findOutsideVectors(
  variable: string | undefined,
  beside = BESIDE_THE_REPOSITORY,
): string | undefined {
  // Set to nothing, it is not set.
  const named = variable || undefined;
  if (named !== undefined && !existsSync(named)) {
    throw new Error(`TOUCHMARK_VECTORS names ${named}, where there is no folder`);
  }
  const folder = named ?? beside;
  return existsSync(folder) ? folder : undefined;
}

type Json = Readonly<Record<string, unknown>>;

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown, what: string): Json {
  if (!isJson(value)) throw new Error(`${what} is no object`);
  return value;
}

function list(value: unknown, what: string): readonly Json[] {
  if (!Array.isArray(value)) throw new Error(`${what} is no list`);
  return value.map((entry) => object(entry, `an entry of ${what}`));
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new Error(`${what} is no text`);
  return value;
}

/** Wycheproof's verdicts; `acceptable` leaves the verdict to the implementer, so only agreement is asked. */
function expectedFrom(result: string): boolean | undefined {
  switch (result) {
    case "valid":
      return true;
    case "invalid":
      return false;
    case "acceptable":
      return undefined;
    default:
      throw new Error(`${result} is no result that is known`);
  }
}

interface WycheproofFile {
  readonly file: string;
  readonly name: string;
  readonly algorithm: SignatureAlgorithm;
  readonly form: "raw" | "der";
}

const WYCHEPROOF: readonly WycheproofFile[] = [
  { file: "wycheproof-ed25519.json", name: "Wycheproof Ed25519", algorithm: "ed25519", form: "raw" },
  {
    file: "wycheproof-ecdsa-p256-sha256-der.json",
    name: "Wycheproof P-256 DER",
    algorithm: "p256",
    form: "der",
  },
  {
    file: "wycheproof-ecdsa-p256-sha256-p1363.json",
    name: "Wycheproof P-256 P1363",
    algorithm: "p256",
    form: "raw",
  },
];

function readGroupKey(group: Json, algorithm: SignatureAlgorithm): Uint8Array {
  const key = object(group["publicKey"], "publicKey");
  if (algorithm === "ed25519") return fromHex(text(key["pk"], "pk"));
  const compressed = compressP256PublicKey(fromHex(text(key["uncompressed"], "uncompressed")));
  if (compressed === undefined) throw new Error("a key of Wycheproof's is no point");
  return compressed;
}

function readGroup(group: Json, { algorithm, form }: WycheproofFile): SignatureCase[] {
  const publicKey = readGroupKey(group, algorithm);
  return list(group["tests"], "tests").map((one) => {
    const message = fromHex(text(one["msg"], "msg"));
    const signature = fromHex(text(one["sig"], "sig"));
    const item: SignedItem = { algorithm, publicKey, message, signature };
    const name = `tcId ${String(one["tcId"])} ${text(one["comment"], "comment")}`;
    return { name, item, form, expected: expectedFrom(text(one["result"], "result")) };
  });
}

/** A file that is not there has no cases; the test says that it must have some. */
function readJson(folder: string, file: string): unknown {
  const path = join(folder, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

export interface OutsideSource extends Source {
  /** How many cases the file says that it has; nothing where it does not say. */
  readonly promised: number | undefined;
}

function readWycheproof(folder: string, file: WycheproofFile): OutsideSource {
  const parsed = readJson(folder, file.file);
  if (parsed === undefined) return { name: file.name, cases: [], promised: undefined };
  const top = object(parsed, file.file);
  const cases = list(top["testGroups"], "testGroups").flatMap((group) => readGroup(group, file));
  return { name: file.name, cases, promised: Number(top["numberOfTests"]) };
}

/**
 * "Taming the many EdDSAs" (2020), its twelve cases, by their index.
 * W-21 and W-22 accept one: the key and R are of mixed order, and the equation holds without the
 * cofactor. That key could not be registered (W-26).
 */
export const SPECCHECK_VERDICTS: readonly { readonly accepts: boolean; readonly why: string }[] = [
  { accepts: false, why: "key and R of small order, S = 0" },
  { accepts: false, why: "key of small order, R of mixed order" },
  { accepts: false, why: "key of mixed order, R of small order" },
  { accepts: true, why: "key and R of mixed order, the equation holds without the cofactor" },
  { accepts: false, why: "key and R of mixed order, the equation holds with the cofactor only" },
  { accepts: false, why: "key of mixed order, R of prime order, it holds with the cofactor only" },
  { accepts: false, why: "S is from L to 2L" },
  { accepts: false, why: "S is past 2L" },
  { accepts: false, why: "R of small order and non-canonical; it holds where the canonical R is hashed" },
  { accepts: false, why: "R of small order and non-canonical; it holds where R is hashed as sent" },
  { accepts: false, why: "key of small order and non-canonical; it holds where the canonical key is hashed" },
  { accepts: false, why: "key of small order and non-canonical; it holds where the key is hashed as sent" },
];

function readSpeccheck(folder: string): OutsideSource {
  const name = "speccheck Ed25519";
  const parsed = readJson(folder, "speccheck-ed25519.json");
  if (parsed === undefined) return { name, cases: [], promised: SPECCHECK_VERDICTS.length };
  const cases = list(parsed, name).map((one, index): SignatureCase => {
    const verdict = SPECCHECK_VERDICTS[index];
    return {
      name: `case ${index}: ${verdict?.why ?? "not in the table"}`,
      item: {
        algorithm: "ed25519",
        publicKey: fromHex(text(one["pub_key"], "pub_key")),
        message: fromHex(text(one["message"], "message")),
        signature: fromHex(text(one["signature"], "signature")),
      },
      form: "raw",
      expected: verdict?.accepts,
    };
  });
  return { name, cases, promised: SPECCHECK_VERDICTS.length };
}

export function readOutsideSources(folder: string): readonly OutsideSource[] {
  return [...WYCHEPROOF.map((file) => readWycheproof(folder, file)), readSpeccheck(folder)];
}

/** The files of the folder that gave no case, or fewer than they have: a run without them is no run. */
export function findUnread(sources: readonly OutsideSource[]): readonly string[] {
  return sources
    .filter(({ cases, promised }) => cases.length === 0 || cases.length !== promised)
    .map(
      ({ name, cases, promised }) => `${name}: ${cases.length} cases of ${promised ?? "an unknown number"}`,
    );
}
