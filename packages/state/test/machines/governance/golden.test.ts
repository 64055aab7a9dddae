import { readFileSync } from "node:fs";
import { bytesToHex, decode, encode, hexToBytes, must } from "@touchmark/core";
import { expect, test } from "vitest";
import { ACTION_KINDS, ACTION_RULES, actionSchema } from "../../../src/machines/governance/actions.ts";
import { proofSchema } from "../../../src/machines/governance/evidence.ts";
import { ACTION_SAMPLES, PROOF_SAMPLES } from "../../wire/samples/governance.ts";

const GOLDEN = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8")) as Readonly<
  Record<"actions" | "proofs", Readonly<Record<string, string>>>
>;

test.each([
  ["actions", ACTION_SAMPLES, actionSchema],
  ["proofs", PROOF_SAMPLES, proofSchema],
] as const)("L-2 the bytes of the %s within operations are what they were", (table, samples, schema) => {
  const pinned = GOLDEN[table];
  expect(Object.fromEntries(samples.map((it) => [it.kind, bytesToHex(encode<unknown>(schema, it))]))).toEqual(
    pinned,
  );
  for (const sample of samples) {
    const bytes = must(hexToBytes(must(pinned[sample.kind], "pinned")), "hex");
    expect(decode<unknown>(schema, bytes)).toEqual(sample);
  }
});

test("G-1 every kind of action is pinned and has its rule", () => {
  const kinds = Object.keys(ACTION_KINDS).sort();
  expect(ACTION_SAMPLES.map((it) => it.kind).sort()).toEqual(kinds);
  expect(Object.keys(ACTION_RULES).sort()).toEqual(kinds);
});
