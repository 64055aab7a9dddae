import * as core from "@touchmark/core";
import { nativeVerifier } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";
import { OwnLane } from "../../src/lanes/own-lane.ts";
import type { LaneBatch } from "../../src/messages.ts";
import { defaultParams, type Params } from "../../src/params.ts";
import { batchDigest } from "../../src/signing.ts";
import { TransactionTable } from "../../src/transactions.ts";
import { at, brokenPromises, CHAIN, EPOCH, signerOf, T0, txidOf } from "./lane-world.ts";

const NOWHERE = core.Nanos.of(0n);

class Rig {
  readonly lane: OwnLane;
  readonly params: Params;
  readonly batches: LaneBatch[] = [];
  private readonly table = new TransactionTable();
  private names = 0;

  constructor(params: Partial<Params> = {}) {
    this.params = { ...defaultParams(4), ...params };
    this.lane = new OwnLane(CHAIN, this.params, signerOf(1), T0);
  }

  /** Verification of what arrived came out good. */
  good(ref: number): core.Nanos | undefined {
    const stamp = this.lane.judged(ref);
    if (stamp !== undefined) this.lane.sight(this.table.use(txidOf(this.names++)), stamp);
    return stamp;
  }

  seal(now: bigint | number, foreignHead: core.Nanos = NOWHERE): LaneBatch | undefined {
    const sealed = this.lane.seal(EPOCH, at(now), foreignHead);
    if (sealed !== undefined) this.batches.push(sealed.batch);
    return sealed?.batch;
  }
}

const stampsOf = (batch: LaneBatch | undefined): bigint[] =>
  batch?.sightings.map(({ stamp }) => stamp - T0) ?? [];

describe("stamps", () => {
  test("S-1 a stamp is the time of arrival, and strictly rises while the clock stands or goes back", () => {
    const { lane } = new Rig();
    const stamps = [100, 100, 100, 40, 7, 103, 104].map((now) => lane.stamp(at(now)) - T0);
    expect(stamps).toEqual([100n, 101n, 102n, 103n, 104n, 105n, 106n]);
    expect(lane.stamp(at(5_000)) - T0).toBe(5_000n);
  });

  test("S-1 the first stamp is past the genesis time, whatever the clock says", () => {
    const { lane } = new Rig();
    expect(lane.stamp(core.Nanos.of(0n))).toBe(T0 + 1n);
  });

  test("S-1 no stamp comes at or below a head that was promised, foreign heads included", () => {
    const rig = new Rig();
    expect(rig.seal(10, at(900))?.head).toBe(at(900));
    expect(rig.lane.stamp(at(20))).toBe(at(901));
  });
});

describe("promises", () => {
  test("S-1 the head stays below everything that is still being verified", () => {
    const rig = new Rig();
    rig.lane.arrived(1, at(100));
    rig.lane.arrived(2, at(200));
    rig.good(2);
    expect(rig.lane.hasSightings).toBe(false);
    const first = rig.seal(300);
    expect([first?.head, stampsOf(first)]).toEqual([at(99), []]);
    // Nothing more can be promised before the verdict on the first.
    expect(rig.seal(400)).toBe(undefined);
    rig.good(1);
    const second = rig.seal(500);
    expect([second?.head, stampsOf(second)]).toEqual([at(500), [100n, 200n]]);
    expect(brokenPromises(rig.batches)).toEqual([]);
  });

  test("S-1 verification may finish in any order: the batch goes by stamps", () => {
    const rig = new Rig();
    for (let ref = 0; ref < 6; ref++) rig.lane.arrived(ref, at(10 * (ref + 1)));
    for (const ref of [3, 0, 5, 1, 4, 2]) rig.good(ref);
    expect(stampsOf(rig.seal(100))).toEqual([10n, 20n, 30n, 40n, 50n, 60n]);
  });

  test("S-1 what was refused holds nothing back and is never sighted", () => {
    const rig = new Rig();
    rig.lane.arrived(1, at(10));
    rig.lane.arrived(2, at(20));
    rig.good(2);
    expect(rig.lane.judged(1)).toBe(at(10));
    expect(rig.lane.judged(1)).toBe(undefined);
    expect(stampsOf(rig.seal(30))).toEqual([20n]);
  });

  test("S-1 what is unverified for longer than the verify hold is dropped, and counts as never held", () => {
    const rig = new Rig();
    const hold = rig.params.verifyHold;
    rig.lane.arrived(1, at(10));
    rig.lane.arrived(2, at(20));
    expect(rig.lane.nextOverdue).toBe(at(10n + hold + 1n));
    expect(rig.lane.dropOverdue(at(10n + hold))).toEqual([]);
    expect(rig.lane.dropOverdue(at(10n + hold + 1n))).toEqual([1]);
    expect(rig.good(1)).toBe(undefined);
    expect(rig.seal(10n + hold + 1n)?.head).toBe(at(19));
    expect(rig.lane.pendingCount).toBe(1);
  });

  test("S-1 an empty batch promises the time, and none goes out where nothing can be promised", () => {
    const rig = new Rig();
    expect(rig.seal(0)).toBe(undefined);
    expect(rig.seal(-5)).toBe(undefined);
    expect(rig.seal(7)?.head).toBe(at(7));
    expect(rig.seal(7)).toBe(undefined);
    expect(rig.seal(3)).toBe(undefined);
    expect(rig.lane.lastSentAt).toBe(at(7));
  });

  test("S-4 a full batch leaves the rest for the next, and its head stays below the rest", () => {
    const rig = new Rig({ batchSightingsMax: 3 });
    for (let ref = 0; ref < 8; ref++) {
      rig.lane.arrived(ref, at(10 + ref));
      expect(rig.lane.isFull).toBe(ref > 2);
      rig.good(ref);
    }
    expect(stampsOf(rig.seal(100))).toEqual([10n, 11n, 12n]);
    expect(rig.batches[0]?.head).toBe(at(12));
    expect(stampsOf(rig.seal(100))).toEqual([13n, 14n, 15n]);
    expect(rig.lane.isFull).toBe(false);
    expect(stampsOf(rig.seal(100))).toEqual([16n, 17n]);
    expect(rig.batches[2]?.head).toBe(at(100));
    expect(brokenPromises(rig.batches)).toEqual([]);
  });

  test("S-4 a full batch is within its bytes, whatever the stamps are", () => {
    const rig = new Rig({ batchBytesMax: 1_000 });
    for (let ref = 0; ref < 100; ref++) {
      rig.lane.arrived(ref, at(ref + 1));
      rig.good(ref);
    }
    const count = rig.seal(200)?.sightings.length ?? 0;
    expect(count).toBeGreaterThan(10);
    // A sighting is a list of an id (34 bytes) and a stamp of up to 9.
    expect(count * 44).toBeLessThanOrEqual(1_000);
  });

  test("S-3 every batch is signed and hangs on the one before it", () => {
    const rig = new Rig();
    for (let i = 1; i <= 5; i++) rig.seal(i * 10);
    expect(brokenPromises(rig.batches)).toEqual([]);
    for (const batch of rig.batches) {
      const message = batchDigest(CHAIN, batch);
      const item = {
        algorithm: "ed25519" as const,
        publicKey: batch.lane,
        message,
        signature: batch.signature,
      };
      expect(nativeVerifier.verify(item)).toBe(true);
    }
  });
});

describe("a restart", () => {
  test("S-1, S-3 goes on behind the newest batch: no number, and no stamp up to its head, comes again", () => {
    const before = new Rig();
    before.lane.arrived(1, at(50));
    before.good(1);
    for (const now of [100, 200, 300]) before.seal(now);
    const newest = core.must(before.batches[2], "batch");
    const after = new Rig();
    after.lane.resume(newest);
    after.lane.arrived(1, at(20));
    expect(after.good(1)).toBe(at(301));
    expect(after.seal(150)?.head).toBe(at(301));
    expect(brokenPromises([...before.batches, ...after.batches])).toEqual([]);
  });
});

describe("random schedules", () => {
  test("S-1 whatever the clock, the verification and the crashes do, a lane keeps its promises", () => {
    let sealed = 0;
    for (let seed = 1; seed <= 300; seed++) sealed += runSchedule(seed);
    expect(sealed).toBeGreaterThan(3_000);
  });
});

/** One schedule: arrivals, verdicts in any order, seals, clock jumps, restarts from what was signed. */
function runSchedule(seed: number): number {
  const prng = new core.Prng(seed);
  const small = {
    batchSightingsMax: prng.between(1, 6),
    verifyHold: core.Nanos.of(BigInt(prng.between(5, 80))),
  };
  const signed: LaneBatch[] = [];
  let rig = new Rig(small);
  let pending = new Map<number, bigint>();
  let [now, ref] = [prng.between(-50, 50), 0];
  for (let i = 0; i < 120; i++) {
    now += prng.chance(0.1) ? prng.between(-60, 60) : prng.below(8);
    const clock = at(now);
    switch (prng.below(6)) {
      case 0:
      case 1:
        rig.lane.arrived(ref, clock);
        pending.set(ref++, clock);
        break;
      case 2: {
        if (pending.size === 0) break;
        const chosen = prng.pick([...pending.keys()]);
        const arrivedAt = pending.get(chosen) ?? 0n;
        pending.delete(chosen);
        if (prng.chance(0.2)) rig.lane.judged(chosen);
        // S-1: the stamp is never before the arrival.
        else if ((rig.good(chosen) ?? arrivedAt) < arrivedAt) throw new Error(`seed ${seed}: an early stamp`);
        break;
      }
      case 3:
        for (const dropped of rig.lane.dropOverdue(clock)) pending.delete(dropped);
        break;
      default: {
        const batch = rig.seal(now, prng.chance(0.2) ? at(now + prng.between(-30, 30)) : NOWHERE);
        if (batch === undefined) break;
        signed.push(batch);
        if (batch.head >= oldestOpen(rig)) throw new Error(`seed ${seed}: a head past what is unverified`);
      }
    }
    if (!prng.chance(0.01) || signed.length === 0) continue;
    rig = new Rig(small);
    pending = new Map();
    rig.lane.resume(core.must(signed[signed.length - 1], "batch"));
  }
  const broken = brokenPromises(signed);
  if (broken.length > 0) throw new Error(`seed ${seed}: ${broken.join(", ")}`);
  return signed.length;
}

/** The stamp of the oldest arrival that is still open, by when it would be dropped. */
function oldestOpen(rig: Rig): bigint {
  const overdue = rig.lane.nextOverdue;
  return overdue === undefined ? core.Nanos.most : overdue - rig.params.verifyHold - 1n;
}
