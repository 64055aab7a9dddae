import {
  createVerifier,
  portableVerifier,
  type SignatureEquation,
  type SignatureVerifier,
  type SignedItem,
} from "@touchmark/core";
import { nativeVerifier } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";
import { ed25519Edges } from "./ed25519-edges.ts";
import { nobleEquation } from "./noble.ts";
import { implementation, runSource } from "./suite.ts";

/**
 * Noble's own `verify` is a good verifier of another rule: it multiplies by the cofactor. Were it used,
 * the suite would say so, in both of its modes, bare and behind our checks of the bytes.
 */
const EDGES = { name: "edges of Ed25519", cases: ed25519Edges() };
const RIGHT = implementation("native", nativeVerifier);

function bare(equation: SignatureEquation): SignatureVerifier {
  const verify = (item: SignedItem) => equation(item.publicKey, item.message, item.signature);
  return { verify, verifyBatch: (items) => Uint8Array.from(items, (item) => Number(verify(item))) };
}

describe("noble's own verify", () => {
  test.each([true, false])("W-22 makes the suite fail, with zip215 = %s", (zip215) => {
    const noble = implementation("noble.verify", bare(nobleEquation(zip215)));
    const report = runSource([RIGHT, noble], EDGES);
    expect(report.disagreements).toBeGreaterThan(0);
    expect(report.wrongExpected).toBe(report.disagreements);
  });

  test.each([true, false])("W-22 does so behind the checks of W-21 too, with zip215 = %s", (zip215) => {
    const equation = nobleEquation(zip215);
    const checked = createVerifier({ ed25519: equation, p256: equation });
    const report = runSource([RIGHT, implementation("noble.verify, checked", checked)], EDGES);
    expect(report.disagreements).toBeGreaterThan(0);
    for (const detail of report.details) expect(detail).toContain("with the cofactor only");
  });

  test("W-22 and noble's points, as we use them, do not", () => {
    const report = runSource([RIGHT, implementation("portable", portableVerifier)], EDGES);
    expect(report.details).toEqual([]);
    expect(report.disagreements).toBe(0);
  });
});
