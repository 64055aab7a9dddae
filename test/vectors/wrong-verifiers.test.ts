import type { SignatureVerifier, SignedItem } from "@touchmark/core";
import { nativeVerifier } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";
import { readDer } from "./der.ts";
import { derEdges } from "./der-edges.ts";
import { ed25519Edges } from "./ed25519-edges.ts";
import { createOracle, type Mistakes } from "./oracle.ts";
import { p256Edges } from "./p256-edges.ts";
import { type Implementation, implementation, runSource, type Source } from "./suite.ts";

/**
 * The suite is worth what it notices. Each verifier here has one mistake that published libraries make,
 * and must be caught by the edge cases alone: against the rule, and as a disagreement with a right one.
 */
const RIGHT = implementation("right", nativeVerifier);
const ED25519: Source = { name: "edges of Ed25519", cases: ed25519Edges() };
const P256: Source = { name: "edges of P-256", cases: p256Edges() };
const DER: Source = { name: "edges of DER", cases: derEdges() };

function expectCaught(wrong: Implementation, source: Source, about: RegExp): void {
  const report = runSource([RIGHT, wrong], source);
  expect(report.disagreements).toBeGreaterThan(0);
  expect(report.wrongExpected).toBe(report.disagreements);
  expect(report.details.length).toBeGreaterThan(0);
  // Caught by the cases that are about the mistake, and by no other.
  for (const detail of report.details) expect(detail).toMatch(about);
}

function oracleWith(mistakes: Mistakes): Implementation {
  return implementation(Object.keys(mistakes).join(" "), createOracle(mistakes), readDer);
}

interface Mistake {
  readonly sentence: string;
  readonly mistakes: Mistakes;
  readonly source: Source;
  readonly about: RegExp;
}

function mistake(sentence: string, source: Source, mistakes: Mistakes, about: RegExp): Mistake {
  return { sentence, mistakes, source, about };
}

const MISTAKES: readonly Mistake[] = [
  mistake("W-21 a verifier that takes S modulo L", ED25519, { reducesS: true }, /: S [+=]/),
  mistake(
    "W-21 a verifier that accepts keys of small order",
    ED25519,
    { acceptsSmallOrderKeys: true },
    /: key of small order/,
  ),
  mistake(
    "W-21 a verifier that accepts an R of small order",
    ED25519,
    { acceptsSmallOrderR: true },
    /: R of small order/,
  ),
  mistake(
    "W-21 a verifier that accepts non-canonical keys",
    ED25519,
    { acceptsNonCanonicalKeys: true },
    /: key of small order \d, form [123]/,
  ),
  mistake(
    "W-22 a verifier that multiplies by the cofactor",
    ED25519,
    { multipliesByCofactor: true },
    /with the cofactor only/,
  ),
  mistake(
    "W-22 a verifier of ZIP 215 (noble's default), with a cofactor and without checks of points",
    ED25519,
    {
      multipliesByCofactor: true,
      acceptsSmallOrderKeys: true,
      acceptsSmallOrderR: true,
      acceptsNonCanonicalKeys: true,
    },
    /small order|with the cofactor only/,
  ),
  mistake(
    "W-22 a verifier that compares points and not bytes, and has no check of R",
    ED25519,
    { comparesPointsNotBytes: true, acceptsSmallOrderR: true },
    /: R of small order/,
  ),
  // It takes the rest of its batch with it, so any case may be among the caught.
  mistake("W-20 a verifier that throws on a wrong length", ED25519, { throwsOnLength: true }, /./),
  mistake("W-23 a verifier that takes r and s modulo n", P256, { reducesP256Scalars: true }, /\+ n|past n/),
  mistake(
    "W-23 a verifier that refuses high s",
    P256,
    { refusesHighS: true },
    /valid|n - s|one point|past n/,
  ),
];

describe("verifiers with one mistake make the suite fail", () => {
  test.each(MISTAKES)("$sentence is caught", ({ mistakes, source, about }) => {
    expectCaught(oracleWith(mistakes), source, about);
  });

  test("W-29 the oracle without a mistake is not caught", () => {
    for (const source of [ED25519, P256, DER]) {
      const { disagreements, wrongExpected } = runSource([RIGHT, oracleWith({})], source);
      expect([disagreements, wrongExpected]).toEqual([0, 0]);
    }
  });
});

/** Reads any tag-length-value of two integers, with the padding, lengths and trailing bytes of BER. */
function readBer(der: Uint8Array): Uint8Array | undefined {
  const raw = new Uint8Array(64);
  let at = (der[1] ?? 0) >= 0x80 ? 2 + ((der[1] ?? 0) & 0x7f) : 2;
  for (const end of [32, 64]) {
    const isLong = der[at + 1] === 0x81;
    const length = der[at + (isLong ? 2 : 1)] ?? 0;
    const start = at + (isLong ? 3 : 2);
    at = start + length;
    if (at > der.length) return undefined;
    const digits = der.subarray(Math.max(start, at - 32), at);
    raw.set(digits, end - digits.length);
  }
  return raw;
}

function withBatch(verifyBatch: (items: readonly SignedItem[]) => Uint8Array): SignatureVerifier {
  return { verify: (item) => nativeVerifier.verify(item), verifyBatch };
}

describe("wrong readers and wrong batches make the suite fail", () => {
  test("W-25 a reader of BER is caught", () => {
    expectCaught(implementation("BER", nativeVerifier, readBer), DER, /./);
  });

  test("W-27 a batch that answers one slot too late is caught", () => {
    const late = withBatch((items) => {
      const right = nativeVerifier.verifyBatch(items);
      return right.map((_, slot) => right[slot - 1] ?? 0);
    });
    expectCaught(implementation("late", late), ED25519, /in batches/);
  });

  test("W-27 a batch that is good as soon as one of it is good is caught", () => {
    const any = withBatch((items) => {
      const right = nativeVerifier.verifyBatch(items);
      return right.fill(right.includes(1) ? 1 : 0);
    });
    expectCaught(implementation("any", any), ED25519, /in batches/);
  });

  test("W-27 a batch without an answer for its last item is caught", () => {
    const short = withBatch((items) => nativeVerifier.verifyBatch(items).subarray(0, -1));
    const report = runSource([RIGHT, implementation("short", short)], ED25519);
    expect(report.disagreements).toBe(ED25519.cases.length);
  });

  test("W-27 a batch that throws is caught", () => {
    const throwing = withBatch(() => {
      throw new Error("a bad item");
    });
    const report = runSource([RIGHT, implementation("throwing", throwing)], P256);
    expect(report.disagreements).toBe(P256.cases.length);
  });
});
