import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import * as consensus from "../../src/index.ts";
import {
  batch,
  changeTo,
  cutAt,
  digestOf,
  height,
  KEYS,
  newView,
  PIECE,
  SAMPLES,
  signersOf,
  snapshot,
  viewChange,
} from "./signed-world.ts";

const refusal = (message: unknown): string => {
  const value = core.validate(consensus.message, message);
  return core.isRejection(value) ? value.code : "accepted";
};
const many = <T>(count: number, item: T): T[] => new Array<T>(count).fill(item);

/** The most bytes of each kind, from the bounds of its parts: headers of 5, numbers of 9, digests of 37. */
function mostBytes(): Readonly<Record<string, number>> {
  const [header, number, small, digest, signature] = [5, 9, 1, 37, 69];
  const tip = header + number + digest;
  const cut = header + number + digest + number + header + 41 * tip;
  const signers = header + 31 * (header + small + signature);
  const certificate = header + 3 * number + digest + signers;
  const finalBody = 2 * number + 5 * digest;
  const finality = header + finalBody + signers;
  const sighting = header + digest + number;
  const batchBytes = header + 3 * number + 2 * digest + header + 1_024 * sighting + signature;
  const viewChangeFields =
    2 * number + finality + header + 16 * (header + cut + certificate) + small + signature;
  const chosen = header + 16 * (header + number + digest);
  const names = header + 1_024 * (header + digest + number + digest);
  const key = digest;
  const end = header + key + header + number + digest + number + small;
  const joiners = header + 17 * (header + number + header + 10 * key);
  const lanes = header + 41 * (end + header + 16 * digest);
  const lists = header + 31 * key + joiners + lanes + header + 4_096 * end + header + 65_536 * digest;
  const manifest = header + 5 * number + 2 * digest + lists;
  const setChanges = header + 128 * (header + finality + header + 31 * key);
  const vote = 3 * number + digest + small + signature;
  return {
    batch: batchBytes,
    preprepare: 2 * number + cut + certificate + signature,
    vote,
    final: finalBody + small + signature,
    viewChange: viewChangeFields,
    newView: 2 * number + header + 31 * (header + viewChangeFields) + chosen + signature,
    evidence: 2 * batchBytes,
    offer: 2 * number + names,
    askBatches: names + 1_024 * (header + number),
    cut: number + cut,
    block: cut + finality + header + 512 * batchBytes,
    finality,
    snapshot: number + setChanges + finality + manifest,
    piece: number + small + 4 + header + 4_096 * (header + digest + number),
  };
}

describe("sizes", () => {
  test("W-1 every kind of message is bounded, the largest below 64 MiB", () => {
    const sizes = Object.entries(mostBytes()).map(([kind, bytes]) => [kind, bytes + 6] as const);
    process.stdout.write(`wire: most bytes ${sizes.map((it) => it.join(" ")).join(", ")}\n`);
    for (const [, bytes] of sizes) expect(bytes).toBeLessThan(64 * 1024 * 1024);
    const largest = Math.max(...sizes.map(([, bytes]) => bytes));
    // Headers of the list and the kind's number are the message's own.
    expect(consensus.message.maxBytes).toBe(largest);
    expect(core.ENCODED_BYTES_MAX).toBe(64 * 1024 * 1024);
  });

  test("S-4 a full batch of the default parameters fits its format", () => {
    const params = consensus.defaultParams(4);
    expect(params.batchSightingsMax).toBeLessThanOrEqual(consensus.BATCH_SIGHTINGS_FORMAT_MAX);
    expect(consensus.laneBatch.maxBytes).toBeLessThan(64 * 1024);
  });
});

describe("bounds", () => {
  test("W-3 lists are as long as the formats say, and no longer", () => {
    const { sightings } = batch();
    const sighting = core.must(sightings[0], "sighting");
    const withSightings = (count: number) => ({
      kind: "batch",
      batch: { ...batch(), sightings: many(count, sighting) },
    });
    expect([0, 1_024, 1_025].map((count) => refusal(withSightings(count)))).toEqual([
      "accepted",
      "accepted",
      "CODEC_LENGTH",
    ]);

    const tip = core.must(cutAt(1).tips[0], "tip");
    const withTips = (count: number) => ({
      ...SAMPLES["cut"],
      cut: { ...cutAt(12), tips: many(count, tip) },
    });
    expect([0, 1, 41, 42].map((count) => refusal(withTips(count)))).toEqual([
      "CODEC_LENGTH",
      "accepted",
      "accepted",
      "CODEC_LENGTH",
    ]);

    const entry = core.must(PIECE[0], "entry");
    const withEntries = (count: number) => ({ ...SAMPLES["piece"], entries: many(count, entry) });
    const withIndexes = (count: number) => ({ ...SAMPLES["askPieces"], indexes: many(count, 1) });
    const withSets = (count: number) => ({ ...snapshot(), changes: many(count, changeTo(KEYS)) });
    const withPieces = (count: number) => snapshot({ remembered: many(count, digestOf("piece")) });
    const limits = [
      [withEntries, 4_096],
      [withIndexes, 256],
      [withSets, 128],
      [withPieces, 65_536],
    ] as const;
    for (const [made, most] of limits) expect(refusal(made(most))).toBe("accepted");
    for (const [made, most] of limits.slice(0, 3)) expect(refusal(made(most + 1))).toBe("CODEC_LENGTH");
    expect([0].map((count) => refusal(withEntries(count)))).toEqual(["CODEC_LENGTH"]);

    const name = { lane: batch().lane, seq: core.Seq.of(1), digest: digestOf("x") };
    const withNames = (count: number) => ({ ...SAMPLES["offer"], batches: many(count, name) });
    expect([0, 1, 1_024, 1_025].map((count) => refusal(withNames(count)))).toEqual([
      "CODEC_LENGTH",
      "accepted",
      "accepted",
      "CODEC_LENGTH",
    ]);

    const prepared = core.must(viewChange(0).prepared[0], "prepared");
    const withPrepared = (count: number) => ({
      kind: "viewChange",
      ...viewChange(0),
      prepared: many(count, prepared),
    });
    expect([0, 16, 17].map((count) => refusal(withPrepared(count)))).toEqual([
      "accepted",
      "accepted",
      "CODEC_LENGTH",
    ]);

    const withChanges = (count: number) => ({ ...newView(), viewChanges: many(count, viewChange(0)) });
    expect([0, 31, 32].map((count) => refusal(withChanges(count)))).toEqual([
      "CODEC_LENGTH",
      "accepted",
      "CODEC_LENGTH",
    ]);

    const signer = core.must(signersOf(digestOf("x"), [0])[0], "signer");
    const finality = { ...core.must(viewChange(0).finality, "FC") };
    const withSigners = (count: number) => ({
      kind: "finality",
      finality: { ...finality, signers: many(count, signer) },
    });
    expect([0, 31, 32].map((count) => refusal(withSigners(count)))).toEqual([
      "CODEC_LENGTH",
      "accepted",
      "CODEC_LENGTH",
    ]);

    const withBatches = (count: number) => ({ ...SAMPLES["block"], batches: many(count, batch()) });
    expect([0, 512, 513].map((count) => refusal(withBatches(count)))).toEqual([
      "accepted",
      "accepted",
      "CODEC_LENGTH",
    ]);
  });

  test("W-2, W-4 numbers, digests, keys and signatures have their ranges and lengths", () => {
    const prepare = { ...core.must(SAMPLES["prepare"], "sample") };
    const wrong: readonly (readonly [change: object, code: string])[] = [
      [{ view: -1 }, "CODEC_RANGE"],
      [{ view: 2 ** 53 }, "CODEC_RANGE"],
      [{ height: 1.5 }, "CODEC_TYPE"],
      [{ epoch: 3n }, "CODEC_TYPE"],
      [{ validator: 31 }, "CODEC_RANGE"],
      [{ validator: -1 }, "CODEC_RANGE"],
      [{ digest: new Uint8Array(31) }, "CODEC_LENGTH"],
      [{ signature: new Uint8Array(65) }, "CODEC_LENGTH"],
      [{ kind: "prepared" }, "CODEC_UNKNOWN_KIND"],
      [{ more: 1 }, "CODEC_UNKNOWN_FIELD"],
    ];
    for (const [change, code] of wrong)
      expect([change, refusal({ ...prepare, ...change })]).toEqual([change, code]);
    expect(refusal({ ...prepare, validator: 30, height: height(Number.MAX_SAFE_INTEGER) })).toBe("accepted");
    expect(refusal({ ...SAMPLES["ping"], nonce: 1n << 64n })).toBe("CODEC_RANGE");
    expect(refusal({ kind: "batch", batch: { ...batch(), lane: new Uint8Array(33) } })).toBe("CODEC_LENGTH");
  });
});
