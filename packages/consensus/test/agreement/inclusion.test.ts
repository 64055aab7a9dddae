import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Inclusion } from "../../src/agreement/inclusion.ts";
import { Lane, laneRoom } from "../../src/lanes/lane.ts";
import { LaneSet } from "../../src/lanes/lane-set.ts";
import { PeerClocks } from "../../src/lanes/peer-clocks.ts";
import type { Cut, LaneBatch } from "../../src/messages.ts";
import { defaultParams, type Params } from "../../src/params.ts";
import { ReplicaState, type Shared } from "../../src/replica-state.ts";
import { at, CHAIN, chainOf, EPOCH, keyOf, placeOf, signerOf, T0 } from "../lanes/lane-world.ts";
import { FakeChain, pointOf } from "./fakes.ts";

const MS = core.MILLISECOND;
const SIGNERS = [1, 2, 3, 4].map(signerOf).sort((a, b) => core.compareBytes(a.publicKey, b.publicKey));
const signer = (i: number) => core.must(SIGNERS[i], "signer");
const nth = (chain: readonly LaneBatch[], i: number): LaneBatch => core.must(chain[i], "batch");

class Rig {
  readonly shared: Shared;
  readonly inclusion: Inclusion;
  readonly params: Params;
  readonly chain = chainOf(signer(1), 12);

  constructor(params: Partial<Params> = {}) {
    this.params = { ...defaultParams(4), ...params };
    const validators = SIGNERS.map(keyOf);
    const genesis = { digest: core.ZERO_DIGEST, time: T0, stateRoot: core.ZERO_DIGEST, validators };
    const state = new ReplicaState({ chain: CHAIN, params: this.params, genesis, signer: signer(0) });
    const lanes = new LaneSet(CHAIN, state.table, laneRoom(state.params), {
      held: () => undefined,
      forked: () => undefined,
    });
    for (const key of validators) lanes.admit(key, Lane.beginning(T0));
    this.shared = { state, lanes, clocks: new PeerClocks(this.params) };
    this.inclusion = new Inclusion(this.shared);
  }

  at(time: bigint): this {
    this.shared.state.now = at(time);
    return this;
  }

  hold(count: number): this {
    for (const batch of this.chain.slice(0, count))
      this.shared.lanes.add(batch, EPOCH, this.shared.state.now);
    return this;
  }

  offered(): readonly number[] {
    return this.inclusion.offersDue().map((it) => it.seq);
  }

  /** A cut whose tip of lane 1 is at this number; the other lanes stay. */
  cut(seq: number): Cut {
    const tips = SIGNERS.map((_, i) => {
      const isBeginning = i !== 1 || seq === 0;
      return isBeginning
        ? { seq: core.Seq.of(0), digest: core.ZERO_DIGEST }
        : placeOf(nth(this.chain, seq - 1));
    });
    return { height: core.Height.of(1), parent: core.ZERO_DIGEST, horizon: at(1), tips };
  }

  /** Whether a PRE-PREPARE with this tip, that arrives now, leaves out what had to be in it. */
  fallsShort(seq: number, point: { readonly full?: boolean; readonly live?: number } = {}): boolean {
    const from = SIGNERS.map(() => Lane.beginning(T0));
    const open = new FakeChain(this.shared).add(this.cut(seq));
    open.from = from;
    const live = SIGNERS.map(() => point.live ?? 0);
    const after = pointOf({ full: point.full ?? false, liveCounts: live });
    return this.inclusion.shortfall(open, after, this.shared.state.now) !== undefined;
  }
}

const LAMBDA = 250n * MS;

describe("offers", () => {
  test("V-2 a batch is offered once, after it was held for Λ/4, unless a proposal of this view covers it", () => {
    const rig = new Rig().at(0n).hold(2);
    expect(rig.offered()).toEqual([]);
    expect(rig.inclusion.nextOffer).toBe(at(LAMBDA / 4n));
    expect(rig.at(LAMBDA / 4n).offered()).toEqual([1, 2]);
    expect(rig.at(LAMBDA).offered()).toEqual([]);
    rig.hold(5).inclusion.seen(rig.cut(4));
    expect(rig.at(2n * LAMBDA).offered()).toEqual([5]);
    expect(rig.inclusion.nextOffer).toBe(undefined);
  });

  test("P-6 what no proposal covers is offered again after a while, also where no batch is new", () => {
    const rig = new Rig().at(0n).hold(2).at(LAMBDA);
    expect(rig.offered()).toEqual([1, 2]);
    expect(rig.at(2n * LAMBDA).offered()).toEqual([]);
    rig.inclusion.offerAgain();
    expect(rig.inclusion.nextOffer).toBeLessThanOrEqual(at(2n * LAMBDA));
    expect(rig.offered()).toEqual([1, 2]);
    rig.inclusion.seen(rig.cut(2));
    rig.inclusion.offerAgain();
    expect(rig.inclusion.nextOffer).toBe(undefined);
  });

  test("V-2 on entering a view all that the chain doesn't cover is offered again", () => {
    const rig = new Rig().at(0n).hold(3).at(LAMBDA);
    expect(rig.offered()).toEqual([1, 2, 3]);
    rig.inclusion.enterView();
    expect(rig.at(2n * LAMBDA).offered()).toEqual([1, 2, 3]);
    rig.shared.lanes.settle(keyOf(signer(1)), placeOf(nth(rig.chain, 1)));
    rig.inclusion.enterView();
    expect(rig.at(3n * LAMBDA).offered()).toEqual([3]);
  });
});

describe("what must be in a cut", () => {
  test("V-2 is what was held and offered Λ before the PRE-PREPARE came", () => {
    const rig = new Rig().at(0n).hold(2);
    rig.at(LAMBDA / 4n).offered();
    expect(rig.at(LAMBDA / 4n + LAMBDA - 1n).fallsShort(0)).toBe(false);
    rig.at(LAMBDA / 4n + LAMBDA);
    expect([0, 1, 2].map((seq) => rig.fallsShort(seq))).toEqual([true, true, false]);
  });

  test("V-2 trace (e): what was held and never offered to this view's leader may be left out", () => {
    const rig = new Rig().at(0n).hold(2);
    expect(rig.at(20n * LAMBDA).fallsShort(0)).toBe(false);
    rig.offered();
    rig.inclusion.enterView();
    expect(rig.at(40n * LAMBDA).fallsShort(0)).toBe(false);
  });

  test("V-2 what this view's leader has shown in a cut counts as offered, once it is held", () => {
    const rig = new Rig().at(0n);
    rig.inclusion.seen(rig.cut(3));
    rig.at(LAMBDA);
    expect(rig.fallsShort(0)).toBe(false);
    rig.hold(3).at(2n * LAMBDA);
    expect([2, 3].map((seq) => rig.fallsShort(seq))).toEqual([true, false]);
  });

  test("V-2 a lane with evidence, a full block, and a tip at its C-3 limit are exempt", () => {
    const held = () => {
      const rig = new Rig({ laneAheadBatches: 4, liveMax: 2_000 }).at(0n).hold(8);
      rig.at(LAMBDA).offered();
      return rig.at(3n * LAMBDA);
    };
    expect(held().fallsShort(3)).toBe(true);
    expect(held().fallsShort(3, { full: true })).toBe(false);
    expect(held().fallsShort(4)).toBe(false);
    expect(held().fallsShort(3, { live: 2_000 })).toBe(false);
    const forked = held();
    const lane = core.must(forked.shared.lanes.get(keyOf(signer(1))), "lane");
    lane.prove();
    expect(forked.fallsShort(3)).toBe(false);
  });
});

describe("Λ", () => {
  test("V-2 doubles per failed view up to its cap, and halves once per 100 delivered heights", () => {
    const rig = new Rig();
    const { state } = rig.shared;
    expect(rig.inclusion.inclusionDelay).toBe(LAMBDA);
    for (let i = 0; i < 3; i++) rig.inclusion.viewFailed();
    expect(rig.inclusion.inclusionDelay).toBe(8n * LAMBDA);
    for (let i = 0; i < 9; i++) rig.inclusion.viewFailed();
    expect(rig.inclusion.inclusionDelay).toBe(rig.params.inclusionDelayMax);
    const halvings: number[] = [];
    let last: bigint = rig.inclusion.inclusionDelay;
    for (let height = 1; height <= 900; height++) {
      state.delivered = { ...state.delivered, height: core.Height.of(height) };
      rig.inclusion.deliveredOne();
      if (rig.inclusion.inclusionDelay < last) halvings.push(height);
      last = rig.inclusion.inclusionDelay;
    }
    expect(halvings).toEqual([100, 200, 300, 400, 500, 600]);
    expect(last).toBe(LAMBDA);
  });

  test("V-2 after 2n failed views at one height it is waived until 100 heights are delivered", () => {
    const rig = new Rig();
    const { state } = rig.shared;
    const isShort = () => {
      rig.inclusion.enterView();
      rig.at(state.now - T0 + 100n * LAMBDA).offered();
      return rig.at(state.now - T0 + 100n * LAMBDA).fallsShort(0);
    };
    rig.at(0n).hold(2);
    for (let i = 0; i < 7; i++) rig.inclusion.viewFailed();
    expect(isShort()).toBe(true);
    rig.inclusion.viewFailed();
    expect(isShort()).toBe(false);
    const reach = (height: number) => {
      state.delivered = { ...state.delivered, height: core.Height.of(height) };
      rig.inclusion.deliveredOne();
    };
    reach(99);
    expect(isShort()).toBe(false);
    reach(100);
    expect(isShort()).toBe(true);
  });
});
