import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import * as consensus from "../../src/index.ts";
import { digests, POINT } from "./signed-digests.ts";
import { batch, CHAIN, COMMITTEE, digestOf, height, SAMPLES, view, viewChange } from "./signed-world.ts";

interface Golden {
  readonly encodings: Readonly<Record<string, string>>;
  readonly digests: Readonly<Record<string, string>>;
}
const GOLDEN = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8")) as Golden;

const hexes = (values: Readonly<Record<string, Uint8Array>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, bytes]) => [name, core.bytesToHex(bytes)]));

describe("golden vectors", () => {
  test("W-1 the bytes of every kind of message are what they were", () => {
    const kinds = new Set(Object.values(SAMPLES).map((it) => it.kind));
    expect(kinds.size).toBe(22);
    const encodings = Object.entries(SAMPLES).map(
      ([name, it]) => [name, core.encode(consensus.message, it)] as const,
    );
    expect(hexes(Object.fromEntries(encodings))).toEqual(GOLDEN.encodings);
  });

  test("M-1 what each signature covers is what it was", () => {
    expect(hexes(digests())).toEqual(GOLDEN.digests);
  });

  test("M-1 no two of them are alike", () => {
    const all = Object.values(hexes(digests()));
    expect(new Set(all).size).toBe(all.length);
  });
});

const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
const prefixed = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "ascii")]);
const domain = (type: string): Buffer =>
  Buffer.concat([prefixed(`touchmark/v1/${type}`), prefixed("golden-chain"), u64(3)]);
const sha256 = (...parts: readonly Uint8Array[]): string => hash("sha256", Buffer.concat(parts), "hex");

describe("written out by hand", () => {
  test("M-1 a PREPARE signs tag, chain, epoch, view, height and digest", () => {
    const byHand = sha256(domain("prepare"), u64(1), u64(12), digestOf("cut"));
    expect(byHand).toBe(GOLDEN.digests["prepare"]);
  });

  test("M-1 a batch's digest is over plain MessagePack of all but its signature", () => {
    const { lane, prev, sightings } = batch();
    const binary32 = (bytes: Uint8Array) => Buffer.concat([Buffer.from([0xc4, 32]), bytes]);
    const nanos = (value: bigint) => Buffer.concat([Buffer.from([0xcf]), u64(value)]);
    const entries = sightings.map((it) =>
      Buffer.concat([Buffer.from([0x92]), binary32(it.txid), nanos(it.stamp)]),
    );
    const body = Buffer.concat([
      Buffer.from([0x96, 3]),
      binary32(lane),
      Buffer.from([7]),
      binary32(prev),
      nanos(1_780_000_000_000_000_900n),
      Buffer.from([0x92]),
      ...entries,
    ]);
    expect(sha256(domain("batch"), body)).toBe(GOLDEN.digests["batch"]);
  });

  test("M-1 a VIEW-CHANGE signs its view, its FC and the certificates that it carries", () => {
    const { finality, prepared } = viewChange(1);
    const certificates = prepared.flatMap(({ certificate: it }) => [u64(it.height), it.digest, u64(it.view)]);
    const fc = core.must(finality, "FC");
    const byHand = sha256(
      domain("viewchange"),
      u64(2),
      Buffer.from([1]),
      u64(10),
      fc.digest,
      ...certificates,
    );
    expect(byHand).toBe(GOLDEN.digests["viewchange"]);
    expect(sha256(domain("viewchange"), u64(2), Buffer.from([0]))).toBe(
      GOLDEN.digests["viewchange at genesis"],
    );
  });

  test("M-1 a block's hash is over its cut, its parent and its order, and over no state", () => {
    const order = sha256(domain("order"), u64(1), digestOf("tx a"), u64(1_780_000_000_000_000_070n));
    const byHand = sha256(domain("block"), digestOf("cut"), digestOf("parent"), Buffer.from(order, "hex"));
    expect(byHand).toBe(GOLDEN.digests["block"]);
  });

  test("M-1 every field moves the digest, and so do chain and epoch", () => {
    const of = (chain: consensus.Chain, point: consensus.VotePoint) =>
      core.bytesToHex(consensus.voteDigest(chain, "commit", point));
    const variants = [
      of(CHAIN, POINT),
      of({ ...CHAIN, chainId: "golden-chaim" }, POINT),
      of(CHAIN, { ...POINT, epoch: core.Epoch.of(4) }),
      of(CHAIN, { ...POINT, view: view(2) }),
      of(CHAIN, { ...POINT, height: height(13) }),
      of(CHAIN, { ...POINT, digest: digestOf("other") }),
    ];
    expect(new Set(variants).size).toBe(variants.length);
    expect(COMMITTEE.quorum).toBe(3);
  });
});
