import * as consensus from "@touchmark/consensus";
import {
  bytesToHex,
  Epoch,
  encode,
  Height,
  Nanos,
  Prng,
  portableHasher,
  portableSigner,
  Seq,
  secretKeyFromSeed,
  toDigest,
  toTxid,
  View,
} from "@touchmark/core";
import * as state from "@touchmark/state";
import { expect, test } from "vitest";

/** The state judges evidence by formats of its own (G-6); these tests hold them against those of consensus. */
const CHAIN: consensus.Chain = { chainId: "story-0123456789abcdef", hasher: portableHasher };
const STAMP = 1_790_000_000_000_000_000n;

function bytesOf(prng: Prng, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => prng.below(256));
}

function batchOf(prng: Prng, sightings: number): consensus.LaneBatch {
  const signer = portableSigner(secretKeyFromSeed("ed25519", bytesOf(prng, 32)));
  const { publicKey: lane } = signer;
  if (!consensus.isValidatorKey(lane)) throw new Error("a key");
  const body = {
    epoch: Epoch.of(prng.below(1_000_000)),
    lane,
    seq: Seq.of(prng.below(1_000_000)),
    prev: toDigest(bytesOf(prng, 32)),
    head: Nanos.of(STAMP + BigInt(prng.below(1_000_000))),
    sightings: Array.from({ length: sightings }, (_, i) => ({
      txid: toTxid(bytesOf(prng, 32)),
      stamp: Nanos.of(STAMP + BigInt(i)),
    })),
  };
  return { ...body, signature: signer.sign(consensus.batchDigest(CHAIN, body)) };
}

test.each([0, 1, 7, consensus.BATCH_SIGHTINGS_FORMAT_MAX])(
  "G-6 a batch of %i sightings has the bytes and the digest of consensus",
  (sightings) => {
    const batch = batchOf(new Prng(sightings), sightings);
    const bytes = encode(consensus.laneBatch, batch);
    expect(bytesToHex(encode(state.signedBatch, batch))).toBe(bytesToHex(bytes));
    expect(state.batchDigest(CHAIN, batch)).toEqual(consensus.batchDigest(CHAIN, batch));
  },
);

test("G-6 the most sightings are as many in both", () => {
  const more = batchOf(new Prng(1), consensus.BATCH_SIGHTINGS_FORMAT_MAX);
  const last = more.sightings.slice(0, 1);
  expect(() => encode(state.signedBatch, { ...more, sightings: [...more.sightings, ...last] })).toThrow();
  expect(state.signedBatch.maxBytes).toBe(consensus.laneBatch.maxBytes);
});

test.each(["preprepare", "prepare", "commit"] as const)("G-6 a %s signs the digest of consensus", (phase) => {
  const prng = new Prng(9);
  for (let i = 0; i < 20; i++) {
    const at = {
      phase,
      epoch: Epoch.of(prng.below(1_000_000)),
      view: View.of(prng.below(1_000_000)),
      height: Height.of(prng.below(1_000_000)),
    };
    const digest = toDigest(bytesOf(prng, 32));
    expect(state.voteDigest(CHAIN, at, digest)).toEqual(
      consensus.voteDigest(CHAIN, phase, { ...at, digest }),
    );
  }
});

test("G-2 a quorum is that of consensus, for every size of a set", () => {
  const keys = Array.from(
    { length: consensus.VALIDATORS_MAX },
    (_, i): Uint8Array => new Uint8Array(32).fill(i + 1),
  ).filter(consensus.isValidatorKey);
  for (let n = 1; n <= consensus.VALIDATORS_MAX; n++) {
    const { quorum } = new consensus.Committee(Epoch.of(0), keys.slice(0, n));
    expect(state.quorumOf(n)).toBe(quorum);
  }
});
