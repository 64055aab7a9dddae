import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToHex, Prng, p256SignatureFromDer, type SignedItem } from "@touchmark/core";
import { assertNativeCrypto, nativeVerifier } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";
import { derEdges } from "./der-edges.ts";
import { ed25519Edges } from "./ed25519-edges.ts";
import { IMPLEMENTATIONS, ORACLE } from "./judges.ts";
import { mutationCases } from "./mutations.ts";
import { findOutsideVectors, findUnread, readOutsideSources, SPECCHECK_VERDICTS } from "./outside.ts";
import { p256Edges } from "./p256-edges.ts";
import { PUBLISHED_SOURCES } from "./published.ts";
import {
  formatReports,
  type Implementation,
  runSuite,
  type SignatureCase,
  type Source,
  type SourceReport,
} from "./suite.ts";

/** Another seed makes other mutations: TOUCHMARK_SEED=7. */
const SEED = Number(process.env["TOUCHMARK_SEED"] || 1);
const ED25519_MUTATIONS = 1_400;
const P256_MUTATIONS = 600;
const DER_DAMAGES = 5_000;
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

const folder = findOutsideVectors(process.env["TOUCHMARK_VECTORS"]);

describe("outside vectors", () => {
  test("W-29 a folder without the files, or one that is named and not there, is a failure", () => {
    const empty = mkdtempSync(join(tmpdir(), "touchmark-vectors-"));
    try {
      expect(findOutsideVectors(empty)).toBe(empty);
      expect(findUnread(readOutsideSources(empty))).toHaveLength(4);
      expect(() => findOutsideVectors(join(empty, "nowhere"))).toThrow("TOUCHMARK_VECTORS names");
      expect(findOutsideVectors(undefined, join(empty, "nowhere"))).toBeUndefined();
      // As a shell sets it that has nothing to say.
      expect(findOutsideVectors("", join(empty, "nowhere"))).toBeUndefined();
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

  // tidy-allow(focus): the vectors are not part of the repository, and their absence is printed
  test.skipIf(folder === undefined)(
    "W-29 all implementations and the oracle agree on every outside case, and with its verdict",
    () => {
      const sources = readOutsideSources(folder ?? "");
      expect(findUnread(sources)).toEqual([]);
      expectAgreement(run(JUDGES_AND_ORACLE, sources));
    },
    TIMEOUT_MS,
  );

  // tidy-allow(focus): the vectors are not part of the repository, and their absence is printed
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

const P256_INFO_PREFIX = Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex");

function opensslVerdict({ publicKey, message, signature }: SignedItem): boolean {
  const info = Buffer.concat([P256_INFO_PREFIX, publicKey]);
  const key = createPublicKey({ key: info, format: "der", type: "spki" });
  return verify("sha256", message, { key, dsaEncoding: "der" }, signature);
}

/** Both verdicts by name, so that a difference says where it is. */
function expectOpensslAgrees(cases: readonly SignatureCase[]): void {
  const verdicts = (judge: (item: SignedItem) => boolean) =>
    cases.map(({ name, item }) => `${name}: ${judge(item)}`);
  const ours = verdicts((item) => {
    const signature = p256SignatureFromDer(item.signature);
    return signature !== undefined && nativeVerifier.verify({ ...item, signature });
  });
  expect(cases.length).toBeGreaterThan(0);
  expect(ours).toEqual(verdicts(opensslVerdict));
}

describe("readers that are not ours", () => {
  test("W-25 OpenSSL reads the same DER signatures as we do, on our edges", () => {
    expectOpensslAgrees(derEdges());
  });

  // tidy-allow(focus): the vectors are not part of the repository, and their absence is printed
  test.skipIf(folder === undefined)("W-25 and on Wycheproof's cases", () => {
    const source = readOutsideSources(folder ?? "").find(({ name }) => name === "Wycheproof P-256 DER");
    expectOpensslAgrees(source?.cases ?? []);
  });

  test(`W-25 the oracle's reader is none of ours, and agrees on damaged DER (TOUCHMARK_SEED=${SEED})`, () => {
    expect(ORACLE.fromDer).not.toBe(p256SignatureFromDer);
    const prng = new Prng(SEED);
    const sound = derEdges().filter(({ expected }) => expected === true);
    let read = 0;
    for (let i = 0; i < DER_DAMAGES; i++) {
      const der = Uint8Array.from(prng.pick(sound).item.signature);
      // The bytes that say what follows stand at the front, and between the two integers.
      const at = prng.chance(0.5) ? prng.below(6) : prng.below(der.length);
      der[at] = prng.pick([0, 1, 2, 0x20, 0x21, 0x30, 0x7f, 0x80, 0x81, 0xff, prng.below(256)]);
      const cut = prng.chance(0.1) ? der.subarray(0, prng.below(der.length)) : der;
      const ours = p256SignatureFromDer(cut);
      if (ours !== undefined) read += 1;
      expect(hexOrNothing(ours)).toBe(hexOrNothing(ORACLE.fromDer(cut)));
    }
    expect(read).toBeGreaterThan(DER_DAMAGES / 10);
    expect(read).toBeLessThan(DER_DAMAGES);
  });
});

function hexOrNothing(bytes: Uint8Array | undefined): string | undefined {
  return bytes && bytesToHex(bytes);
}
