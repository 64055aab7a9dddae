import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { OpenChain } from "../../src/agreement/open-chain.ts";
import { Lane, laneRoom } from "../../src/lanes/lane.ts";
import { LaneSet } from "../../src/lanes/lane-set.ts";
import type { Cut, LaneBatch } from "../../src/messages.ts";
import { OrderBook } from "../../src/order/order-book.ts";
import { defaultParams, type Params } from "../../src/params.ts";
import { ReplicaState } from "../../src/replica-state.ts";
import {
  BEGINNING,
  batchOf,
  CHAIN,
  EPOCH,
  keyOf,
  type Place,
  placeOf,
  signerOf,
  T0,
} from "../lanes/lane-world.ts";

const SIGNERS = [1, 2, 3, 4].map(signerOf).sort((a, b) => core.compareBytes(a.publicKey, b.publicKey));
const signer = (i: number) => core.must(SIGNERS[i], "signer");
const HEIGHT = core.Height.of(1);

/** The open cuts of a replica of four, and what it holds of their lanes. */
class Rig {
  readonly state: ReplicaState;
  readonly lanes: LaneSet;
  readonly open: OpenChain;

  constructor(params: Partial<Params>) {
    const validators = SIGNERS.map(keyOf);
    const genesis = { digest: core.ZERO_DIGEST, time: T0, stateRoot: core.ZERO_DIGEST, validators };
    const all = { ...defaultParams(4), ...params };
    this.state = new ReplicaState({ chain: CHAIN, params: all, genesis, signer: signer(0) });
    const { table } = this.state;
    this.lanes = new LaneSet(CHAIN, table, laneRoom(all), { held: () => undefined, forked: () => undefined });
    for (const key of validators) this.lanes.admit(key, Lane.beginning(T0));
    const setting = { limits: all, table, hasher: CHAIN.hasher };
    this.open = new OpenChain(this.state, this.lanes, OrderBook.atGenesis(setting, T0, validators));
  }

  /** Batches of one lane, each with so many sightings of transactions that nobody else names. */
  write(lane: number, sightings: readonly number[]): LaneBatch[] {
    let prev: Place = BEGINNING;
    return sightings.map((count, at) => {
      const head = (at + 1) * 100;
      const named = Array.from({ length: count }, (_, i) => [`${lane}/${at}/${i}`, head - 50 + i] as const);
      const batch = batchOf(signer(lane), prev, head, named);
      this.lanes.add(batch, EPOCH, T0);
      prev = placeOf(batch);
      return batch;
    });
  }

  /** The cut of height 1 with these tips, valid or not. */
  cut(horizon: number, tips: readonly Place[], height = 1, parent: core.Digest = core.ZERO_DIGEST): Cut {
    const named = tips.map(({ seq, digest }) => ({ seq: core.Seq.of(seq), digest }));
    return {
      height: core.Height.of(height),
      parent,
      horizon: core.Nanos.of(T0 + BigInt(horizon)),
      tips: named,
    };
  }

  /** How far the candidate on genesis goes, lane by lane. */
  tips(): readonly number[] {
    const candidate = this.open.candidate(HEIGHT, core.ZERO_DIGEST);
    core.assert(candidate !== undefined && "cut" in candidate, "something can be proposed");
    expect(this.open.evaluate(this.open.add(candidate.cut)).kind).toBe("ready");
    return candidate.cut.tips.map((it) => it.seq);
  }
}

describe("C-3 the leader's candidate", () => {
  test("C-3 a lane with more live sightings than it may have goes as far as they fit", () => {
    const rig = new Rig({ liveMax: 10 });
    rig.write(0, [1, 1]);
    rig.write(1, [3, 3, 3, 3, 3]);
    rig.write(2, [11]);
    rig.write(3, [10, 1, 0]);
    expect(rig.tips()).toEqual([2, 3, 0, 1]);
  });

  test("C-3 a lane that is too far ahead goes as far as batches and bytes allow", () => {
    const rig = new Rig({ laneAheadBatches: 4, laneAheadBytes: 3_000 });
    rig.write(0, [0, 0, 0, 0, 0, 0]);
    rig.write(1, [20, 20, 20]);
    rig.write(2, [1]);
    expect(rig.tips()).toEqual([4, 2, 1, 0]);
  });
});

describe("P-6 open cuts", () => {
  test("P-6 what nothing names goes, unless something that is named hangs on it, and may come again", () => {
    const rig = new Rig({});
    const written = [0, 1, 2, 3].map((lane) => rig.write(lane, [1, 1, 1]));
    const tips = (seq: number) => written.map((batches) => placeOf(core.must(batches[seq - 1], "batch")));
    const first = rig.open.add(rig.cut(100, tips(1)));
    const second = rig.open.add(rig.cut(200, tips(2), 2, first.digest));
    const other = rig.open.add(rig.cut(200, tips(2)));
    for (const open of [first, second, other]) expect(rig.open.evaluate(open).kind).toBe("ready");
    rig.open.retain((open) => open === second);
    expect(rig.open.find(first.digest)).toBe(first);
    expect(rig.open.find(second.digest)).toBe(second);
    expect(rig.open.find(other.digest)).toBe(undefined);
    expect(rig.open.evaluate(rig.open.add(other.cut)).kind).toBe("ready");
    rig.open.retain(() => false);
    for (const open of [first, second, other]) expect(rig.open.find(open.digest)).toBe(undefined);
  });

  test("P-6 a cut whose parent comes back after it had gone is judged anew", () => {
    const rig = new Rig({});
    const written = [0, 1, 2, 3].map((lane) => rig.write(lane, [1, 1]));
    const tips = (seq: number) => written.map((batches) => placeOf(core.must(batches[seq - 1], "batch")));
    const parent = rig.cut(100, tips(1));
    const unrelated = rig.open.add(rig.cut(150, tips(1)));
    const child = rig.open.add(rig.cut(200, tips(2), 2, rig.open.digestOf(parent)));
    expect(rig.open.evaluate(child).kind).toBe("needsParent");
    rig.open.retain((open) => open !== unrelated);
    rig.open.add(parent);
    expect(rig.open.evaluate(child).kind).toBe("ready");
  });

  test("C-3 a tip too far ahead is refused by its number, before any batch is asked for", () => {
    const rig = new Rig({ laneAheadBatches: 4 });
    const far = { seq: 5, digest: CHAIN.hasher.sha256(Uint8Array.of(1)) };
    const near = { seq: 4, digest: CHAIN.hasher.sha256(Uint8Array.of(1)) };
    const judge = (tip: Place) =>
      rig.open.evaluate(rig.open.add(rig.cut(100, [tip, BEGINNING, BEGINNING, BEGINNING]))).kind;
    expect([judge(far), judge(near)]).toEqual(["invalid", "needsBatches"]);
  });
});
