import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "@touchmark/core";
import { assertNativeCrypto } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";
import { derEdges } from "./der-edges.ts";
import { ed25519Edges } from "./ed25519-edges.ts";
import { IMPLEMENTATIONS, ORACLE } from "./judges.ts";
import { mutationCases } from "./mutations.ts";
import { findOutsideVectors, findUnread, readOutsideSources, SPECCHECK_VERDICTS } from "./outside.ts";
import { p256Edges } from "./p256-edges.ts";
import { PUBLISHED_SOURCES } from "./published.ts";
import { formatReports, type Implementation, runSuite, type Source, type SourceReport } from "./suite.ts";

/** Another seed makes other mutations: TOUCHMARK_SEED=7. */
const SEED = Number(process.env["TOUCHMARK_SEED"] ?? 1);
const ED25519_MUTATIONS = 1_400;
const P256_MUTATIONS = 600;
const TIMEOUT_MS = 120_000;

const JUDGES_AND_ORACLE: readonly Implementation[] = [...IMPLEMENTATIONS, ORACLE];

function run(judges: readonly Implementation[], sources: readonly Source[]): readonly SourceReport[] {
  const reports = runSuite(judges, sources);
  process.stdout.write(`\n${formatReports(judges, reports)}`);
  return reports;
}

function expectAgreement(reports: readonly SourceReport[]): void {
  expect(reports.flatMap(({ details }) => details)).toEqual([]);
  for (const { source, cases, disagreements, wrongExpected } of reports) {
    expect(cases, `${source} has cases`).toBeGreaterThan(0);
    expect({ source, disagreements, wrongExpected }).toEqual({ source, disagreements: 0, wrongExpected: 0 });
  }
}

describe("our own vectors", () => {
  test("W-29 the native self-test passes before anything is judged", () => {
    assertNativeCrypto();
  });

  test(
    "W-21 W-22 W-23 W-25 all implementations and the oracle agree on every edge case and on the standards' vectors",
    () => {
      const edges: readonly Source[] = [
        { name: "edges of Ed25519", cases: ed25519Edges() },
        { name: "edges of P-256", cases: p256Edges() },
        { name: "edges of DER", cases: derEdges() },
      ];
      expectAgreement(run(JUDGES_AND_ORACLE, [...edges, ...PUBLISHED_SOURCES]));
    },
    TIMEOUT_MS,
  );

  test(
    `W-29 all implementations agree on random mutations (TOUCHMARK_SEED=${SEED})`,
    () => {
      const sources: readonly Source[] = [
        { name: "mutations of Ed25519", cases: mutationCases("ed25519", SEED, ED25519_MUTATIONS) },
        { name: "mutations of P-256", cases: mutationCases("p256", SEED, P256_MUTATIONS) },
      ];
      expectAgreement(run(IMPLEMENTATIONS, sources));
    },
    TIMEOUT_MS,
  );

  test("W-29 the edge cases hold what is accepted as well as what is refused", () => {
    for (const cases of [ed25519Edges(), p256Edges(), derEdges()]) {
      expect(cases.filter(({ expected }) => expected === true).length).toBeGreaterThanOrEqual(5);
      expect(cases.filter(({ expected }) => expected === false).length).toBeGreaterThanOrEqual(50);
      expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    }
  });

  test("W-29 the same seed makes the same mutations, and another seed others", () => {
    const seed = new Prng(SEED).u32();
    const names = (from: number) => mutationCases("ed25519", from, 20).map(({ name }) => name);
    expect(names(seed)).toEqual(names(seed));
    expect(names(seed)).not.toEqual(names(seed + 1));
  });
});

describe("outside vectors", () => {
  const folder = findOutsideVectors(process.env["TOUCHMARK_VECTORS"]);

  test("W-29 a folder without the files, or one that is named and not there, is a failure", () => {
    const empty = mkdtempSync(join(tmpdir(), "touchmark-vectors-"));
    try {
      expect(findOutsideVectors(empty)).toBe(empty);
      expect(findUnread(readOutsideSources(empty))).toHaveLength(4);
      expect(() => findOutsideVectors(join(empty, "nowhere"))).toThrow("TOUCHMARK_VECTORS names");
      expect(findOutsideVectors(undefined, join(empty, "nowhere"))).toBeUndefined();
    } finally {
      rmSync(empty, { recursive: true });
    }
  });

  if (folder === undefined) {
    process.stdout.write(
      "\noutside vectors (Wycheproof, speccheck) were NOT run: there is no ../shared/vectors beside the\n" +
        "repository, and TOUCHMARK_VECTORS is not set. The project's own vectors were.\n",
    );
  }

  test.skipIf(folder === undefined)(
    "W-29 all implementations and the oracle agree on every outside case, and with its verdict",
    () => {
      const sources = readOutsideSources(folder ?? "");
      expect(findUnread(sources)).toEqual([]);
      expectAgreement(run(JUDGES_AND_ORACLE, sources));
    },
    TIMEOUT_MS,
  );

  test.skipIf(folder === undefined)(
    "W-22 of speccheck's twelve cases the rule accepts number 3 alone",
    () => {
      const cases =
        readOutsideSources(folder ?? "").find(({ name }) => name.startsWith("speccheck"))?.cases ?? [];
      for (const { verifier } of JUDGES_AND_ORACLE) {
        const accepted = cases.map(({ item }) => verifier.verify(item));
        expect(accepted).toEqual(SPECCHECK_VERDICTS.map(({ accepts }) => accepts));
        expect(accepted.indexOf(true)).toBe(3);
      }
    },
  );
});

describe("readers that are not ours", () => {
  test("W-25 OpenSSL reads the same DER signatures as we do", () => {
    const prefix = Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex");
    for (const { name, item, expected } of derEdges()) {
      const info = Buffer.concat([prefix, item.publicKey]);
      const key = createPublicKey({ key: info, format: "der", type: "spki" });
      const says = verify("sha256", item.message, { key, dsaEncoding: "der" }, item.signature);
      expect(says, name).toBe(expected);
    }
  });
});
