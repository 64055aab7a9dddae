import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import type { Effect, Manifest, MessageOf } from "../../src/index.ts";
import * as consensus from "../../src/index.ts";
import { laneRoom } from "../../src/lanes/lane.ts";
import { LaneSet } from "../../src/lanes/lane-set.ts";
import { PeerClocks } from "../../src/lanes/peer-clocks.ts";
import { ReplicaState, type Shared } from "../../src/replica-state.ts";
import { SnapshotMaker } from "../../src/sync/snapshot.ts";
import { type Fetched, SnapshotFetch } from "../../src/sync/snapshot-fetch.ts";
import * as world from "../wire/signed-world.ts";

const { CHAIN, EPOCH, KEYS } = world;
const verifier = world.verifierOf();

function verdict(message: consensus.Message): string {
  const verified = verifier.verify(message);
  return core.isRejection(verified) ? verified.code : "verified";
}

/** Signed truly, and then one thing in it is exchanged. */
function forged(change: Partial<Manifest>): consensus.Message {
  const good = world.snapshot();
  return { ...good, manifest: { ...good.manifest, ...change } };
}

const OTHER = world.digestOf("other");

describe("a snapshot that is not what q validators signed", () => {
  const { manifest } = world.snapshot();
  const [lane] = manifest.lanes;
  test.each<readonly [string, Partial<Manifest>]>([
    ["live sightings", { lanes: manifest.lanes.map((it) => ({ ...it, pieces: [OTHER] })) }],
    ["fewer live sightings", { lanes: manifest.lanes.map((it) => ({ ...it, pieces: [] })) }],
    ["a lane's tip", { lanes: manifest.lanes.map((it) => ({ ...it, tip: core.must(lane, "lane").tip })) }],
    ["what is remembered", { remembered: manifest.remembered.slice(1) }],
    ["the order of what is remembered", { remembered: manifest.remembered.toReversed() }],
    ["the last time", { lastTime: core.Nanos.of(manifest.lastTime + 1n) }],
    ["the horizon", { horizon: core.Nanos.of(manifest.horizon - 1n) }],
    ["the set", { validators: KEYS.slice(1) }],
    ["the epoch's end", { epochEnd: core.Height.of(9_999) }],
    ["joiners", { joiners: [] }],
    ["lanes that left", { past: [] }],
    ["the height", { height: core.Height.of(11) }],
    ["the epoch", { epoch: core.Epoch.of(EPOCH + 1) }],
    ["the block", { blockHash: OTHER }],
  ])("Y-1 with other %s is refused", (_, change) => {
    expect(verdict(world.snapshot())).toBe("verified");
    expect(verdict(forged(change))).toBe("CERTIFICATE_MISMATCH");
  });

  test("Y-1 with a certificate that signs no memory is refused", () => {
    const good = world.snapshot();
    expect(verdict({ ...good, finality: world.finality() })).toBe("CERTIFICATE_MISMATCH");
  });

  test("Y-1 is refused under too few signatures, and under those of a set that nobody can check", () => {
    expect(verdict(world.snapshot({}, [0, 2]))).toBe("SHORT_QUORUM");
    expect(verdict({ ...world.snapshot(), knownEpoch: core.Epoch.of(9) })).toBe("UNKNOWN_EPOCH");
  });
});

describe("the chain of sets", () => {
  const later = { epoch: core.Epoch.of(EPOCH + 1) };

  test("Y-1 leads over a change to the set that signed, and over epochs that keep it", () => {
    expect(verdict(world.snapshotOverChange())).toBe("verified");
    expect(verdict(world.snapshot(later))).toBe("verified");
  });

  test("Y-1 a certificate of another epoch's set is refused", () => {
    const over = world.snapshotOverChange();
    // Without the change, the new set's two signatures are too few of the old one's four.
    expect(verdict({ ...over, changes: [] })).toBe("SHORT_QUORUM");
    // The old set's signatures are none of the new one's.
    expect(verdict({ ...world.snapshot(later), changes: [world.changeTo(KEYS.slice(1))] })).not.toBe(
      "verified",
    );
    // The set of an epoch before the change didn't sign in a later one, nor the new one in an earlier.
    expect(verdict({ ...world.snapshot({}, [0, 2]), changes: over.changes })).toBe("CERTIFICATE_MISMATCH");
  });

  test("Y-1 a set that its certificate doesn't name is refused, and so is one that can't be a set", () => {
    const change = world.changeTo(KEYS.slice(0, 3));
    const good = world.snapshotOverChange();
    const wrong = [KEYS.slice(1), KEYS, KEYS.slice(0, 3).toReversed()];
    for (const validators of wrong) {
      expect(verdict({ ...good, changes: [{ ...change, validators }] })).toBe("CERTIFICATE_MISMATCH");
    }
    const reversed = world.changeTo(KEYS.slice(0, 3).toReversed());
    expect(verdict({ ...good, changes: [reversed] })).toBe("CERTIFICATE_MISMATCH");
  });
});

describe("pieces", () => {
  const [self, liar, honest] = [world.signerAt(0), core.must(KEYS[1], "key"), core.must(KEYS[2], "key")];

  function sharedOf(): Shared {
    const params = { ...consensus.defaultParams(4), keptHeights: 8 };
    const digest = world.digestOf("genesis");
    const genesis = { digest, time: world.at(0), stateRoot: digest, validators: KEYS };
    const state = new ReplicaState({ chain: CHAIN, params, genesis, signer: self });
    const listener = { held: () => undefined, forked: () => undefined };
    const lanes = new LaneSet(CHAIN, state.table, laneRoom(params), listener);
    return { state, lanes, clocks: new PeerClocks(params) };
  }

  const memory: consensus.ChainMemory = {
    order: {
      epoch: core.Epoch.of(0),
      height: core.Height.of(40),
      digest: OTHER,
      blockHash: OTHER,
      horizon: world.at(60),
      lastTime: world.at(55),
      lanes: KEYS.map((key, i) => ({
        key,
        tip: { seq: core.Seq.of(9), digest: OTHER },
        head: world.at(50),
        dead: false,
        live: i === 0 ? [{ txid: core.toTxid(world.digestOf("live")), stamp: world.at(41) }] : [],
      })),
      remembered: [[{ txid: core.toTxid(world.digestOf("old")), validUntil: world.at(99) }]],
    },
    validators: KEYS,
    epochEnd: core.Height.of(10_000),
    joiners: [],
    past: [],
  };
  const snapshot = new SnapshotMaker(CHAIN).make(memory);

  function stage() {
    const shared = sharedOf();
    const done: Fetched[] = [];
    const fetching = new SnapshotFetch(shared, { highestKnown: undefined }, (it) => done.push(it));
    const { state } = shared;
    const sent: (readonly [to: string, MessageOf<"askSnapshot"> | MessageOf<"askPieces">])[] = [];
    const after = (seconds: bigint): void => {
      state.now = core.Nanos.of(state.now + seconds * core.SECOND);
      fetching.tick();
      collect(state.out.take());
    };
    const collect = (effects: readonly Effect[]): void => {
      for (const effect of effects) {
        if (effect.kind !== "send") continue;
        const { message, to } = effect;
        if (message.kind === "askSnapshot" || message.kind === "askPieces")
          sent.push([core.bytesToHex(to), message]);
      }
    };
    const answer = (from: consensus.ValidatorKey): void => {
      const finality = { ...world.finality(), height: core.Height.of(40) };
      const { manifest } = snapshot;
      fetching.onSnapshot(from, {
        kind: "snapshot",
        knownEpoch: core.Epoch.of(0),
        changes: [],
        finality,
        manifest,
      });
      collect(state.out.take());
    };
    const give = (from: consensus.ValidatorKey, index: number, entries: consensus.Piece): void => {
      fetching.onPiece(from, { kind: "piece", height: core.Height.of(40), index, entries });
      fetching.tick();
      collect(state.out.take());
    };
    after(0n);
    fetching.heardOf(40);
    return { after, answer, give, sent, done, state: shared.state };
  }

  const good = snapshot.pieces;
  const asked = (sent: ReturnType<typeof stage>["sent"]) => sent.filter(([, it]) => it.kind === "askPieces");

  test("Y-1 make the memory that they were made of", () => {
    const { after, answer, give, sent, done } = stage();
    answer(honest);
    expect(sent).toEqual([]);
    after(6n);
    expect(sent.map(([, it]) => it.kind)).toEqual(["askSnapshot"]);
    answer(honest);
    for (const [index, entries] of good.entries()) give(honest, index, entries);
    expect(done.map((it) => it.memory)).toEqual([memory]);
  });

  test("Y-1 of a chain of sets that begins before the asker's own one none are asked for", () => {
    const { after, answer, sent, state } = stage();
    state.startEpoch(KEYS);
    after(6n);
    answer(liar);
    expect(sent.map(([, it]) => it.kind)).toEqual(["askSnapshot"]);
  });

  test("Y-1 that lie are not kept, and the next peer is asked", () => {
    const { after, answer, give, sent, done } = stage();
    after(6n);
    answer(liar);
    expect(asked(sent).map(([to]) => to)).toEqual([core.bytesToHex(liar)]);
    const [first, second] = good;
    give(liar, 0, [...core.must(first, "piece"), ...core.must(second, "piece")]);
    const [, [next]] = asked(sent) as [unknown, [string]];
    expect(next).not.toBe(core.bytesToHex(world.signerAt(0).publicKey));
    // What a peer sends that isn't asked, even what is true, is passed over.
    give(core.bytesToHex(liar) === next ? honest : liar, 0, core.must(first, "piece"));
    expect(done).toEqual([]);
    const peer = core.must(
      KEYS.find((key) => core.bytesToHex(key) === next),
      "peer",
    );
    for (const [index, entries] of good.entries()) give(peer, index, entries);
    expect(done.length).toBe(1);
  });

  test("Y-1 that never come are asked of others, and at last of whoever has a newer snapshot", () => {
    const { after, answer, give, sent, done } = stage();
    after(6n);
    answer(honest);
    give(honest, 0, core.must(good[0], "piece"));
    for (let second = 0; second < 12; second++) after(1n);
    expect(new Set(asked(sent).map(([to]) => to)).size).toBe(3);
    expect(sent.filter(([, it]) => it.kind === "askSnapshot").length).toBeGreaterThan(1);
    // Piece 0 is here already.
    answer(liar);
    const last = core.must(asked(sent).at(-1), "question")[1];
    expect(last.kind === "askPieces" && last.indexes).toEqual([1]);
    give(liar, 1, core.must(good[1], "piece"));
    expect(done.map((it) => it.memory)).toEqual([memory]);
  });

  test("Y-1 of one that is too large there are none: the format refuses it", () => {
    const entry = core.must(good[0]?.[0], "entry");
    const entries = Array.from({ length: consensus.PIECE_ENTRIES_MAX + 1 }, () => entry);
    const value = core.validate(consensus.message, { kind: "piece", height: 40, index: 0, entries });
    expect(core.isRejection(value)).toBe(true);
  });
});
