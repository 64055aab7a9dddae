import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Lane } from "../../src/lanes/lane.ts";
import { at, BEGINNING, batchOf, EPOCH, keyOf, signerOf, T0, txidOf } from "./lane-world.ts";
import { MS, Rig, signer } from "./sightings-rig.ts";

describe("what is sighted", () => {
  test("S-2 a transaction enters the lane once, however often and by whatever path it comes", () => {
    const rig = new Rig().to(MS);
    rig.arrive("a");
    rig.arrive("a");
    rig.to(20n * MS);
    rig.arrive("a");
    rig.to(40n * MS);
    expect(rig.sighted.length).toBe(1);
    rig.order("a");
    rig.arrive("a");
    expect(rig.to(60n * MS).sighted.length).toBe(1);
  });

  test("S-2 its stamp is that of its arrival; its content is durable before the batch", () => {
    const rig = new Rig().to(3n * MS);
    rig.arrive("a");
    rig.to(4n * MS);
    expect(rig.batches[0]?.sightings[0]?.stamp).toBe(at(3n * MS));
    expect(rig.effects.map((it) => it.kind)).toContain("persist");
  });

  test("S-2 only if stamp < validUntil ≤ stamp + TTL", () => {
    const rig = new Rig().to(MS);
    const { ttl } = rig.params;
    rig.arrive("over", 0n);
    // Each stamp is one past the one before.
    rig.arrive("longest", ttl + 1n);
    rig.arrive("too long", ttl + 3n);
    rig.to(20n * MS);
    expect([rig.has("over"), rig.has("longest"), rig.has("too long")]).toEqual([false, true, false]);
    expect([rig.declined("over"), rig.declined("too long")]).toEqual([["WINDOW"], ["WINDOW"]]);
  });

  test("S-2 what its final state refuses it takes up once f + 1 lanes carry it, with a new stamp", () => {
    const rig = new Rig().to(MS);
    rig.sightings.setAdmission({ accepts: (sender) => sender[0] !== 9 });
    rig.arrive("poor", core.MINUTE, 9);
    rig.to(10n * MS);
    expect([rig.has("poor"), rig.declined("poor")]).toEqual([false, ["SENDER"]]);
    rig.carried(1, "poor");
    expect(rig.to(20n * MS).has("poor")).toBe(false);
    rig.carried(2, "poor");
    rig.to(40n * MS);
    expect(rig.has("poor")).toBe(true);
    const stamp = rig.batches.flatMap((it) => it.sightings)[0]?.stamp ?? 0n;
    expect(stamp).toBeGreaterThanOrEqual(at(20n * MS));
  });

  test("S-2 and once its final state accepts the sender", () => {
    const rig = new Rig().to(MS);
    rig.sightings.setAdmission({ accepts: () => false });
    rig.arrive("poor");
    rig.to(10n * MS);
    rig.sightings.setAdmission({ accepts: () => true });
    rig.sightings.settled();
    expect(rig.to(30n * MS).has("poor")).toBe(true);
  });

  test("S-2 what waited past its validUntil is never sighted, and its record goes", () => {
    const rig = new Rig().to(MS);
    rig.sightings.setAdmission({ accepts: () => false });
    rig.arrive("poor", 10n * MS);
    rig.to(20n * MS);
    rig.sightings.setAdmission({ accepts: () => true });
    rig.sightings.settled();
    rig.to(40n * MS);
    expect(rig.has("poor")).toBe(false);
    expect(rig.shared.state.table.find(txidOf("poor"))).toBe(undefined);
  });
});

describe("what expires unshared", () => {
  test("S-6 takes room in the lane until it is ignored, as the order counts it, and not only until it expires", () => {
    const rig = new Rig({ liveMax: 8, batchSightingsMax: 8 }).to(MS);
    for (const name of ["a", "b", "c", "d"]) rig.arrive(name, 10n * MS);
    const horizon = (time: bigint): void => {
      const { state } = rig.shared;
      state.delivered = { ...state.delivered, horizon: at(time) };
      rig.sightings.settled();
    };
    rig.to(20n * MS);
    horizon(20n * MS);
    rig.arrive("e");
    expect([rig.to(30n * MS).has("e"), rig.declined("e")]).toEqual([false, ["ROOM"]]);
    rig.carried(1, "e");
    expect(rig.to(40n * MS).has("e")).toBe(true);
    // All four stamps are ignored now; what waited has expired.
    rig.to(rig.params.ttl + 30n * MS);
    horizon(rig.params.ttl + 20n * MS);
    rig.arrive("f");
    expect(rig.to(rig.params.ttl + 60n * MS).has("f")).toBe(true);
  });

  test("S-6 what the delivered cuts cover counts as the order counts it", () => {
    const rig = new Rig({ liveMax: 8, batchSightingsMax: 8 }).to(MS);
    rig.sightings.coveredLive = 4;
    rig.arrive("a");
    expect(rig.to(10n * MS).has("a")).toBe(false);
    rig.sightings.coveredLive = 3;
    rig.sightings.settled();
    expect(rig.to(30n * MS).has("a")).toBe(true);
  });
});

describe("pace", () => {
  test("S-4 the first sighting goes out at once; under load a batch goes every δ", () => {
    const rig = new Rig().to(MS);
    const delta = rig.params.batchInterval;
    for (let i = 0; i < 100; i++) {
      rig.arrive(`t${i}`);
      rig.to(MS + BigInt(i + 1) * (MS / 2n));
    }
    const heads = rig.batches.map((it) => it.head);
    expect(heads[0]).toBe(at(MS));
    for (let i = 1; i < heads.length; i++)
      expect(core.must(heads[i], "head") - core.must(heads[i - 1], "head")).toBeGreaterThanOrEqual(
        delta - MS / 2n,
      );
    expect(heads.length).toBeLessThanOrEqual(Number((50n * MS) / delta) + 2);
    expect(rig.sighted.length).toBeGreaterThan(85);
  });

  test("S-4 a full batch does not wait", () => {
    const rig = new Rig({ batchSightingsMax: 4 }).to(MS);
    for (let i = 0; i < 9; i++) rig.arrive(`t${i}`);
    rig.to(MS + 2n);
    expect(rig.batches.map((it) => it.sightings.length).slice(0, 2)).toEqual([4, 4]);
  });

  test("S-4 nothing goes out while nothing is open", () => {
    const rig = new Rig().to(10_000n * MS);
    expect(rig.batches).toEqual([]);
    expect(rig.sightings.nextBatch(false)).toBe(undefined);
  });

  test("S-4 heartbeats go out while a sighted transaction is not ordered; after ten their gap doubles up to 1 s", () => {
    const rig = new Rig().to(MS);
    rig.arrive("a");
    rig.to(20_000n * MS);
    const heads = rig.batches.map((it) => it.head);
    const gaps = heads.slice(1).map((head, i) => head - core.must(heads[i], "head"));
    const delta = rig.params.batchInterval;
    expect(gaps.slice(0, 10)).toEqual(new Array(10).fill(delta));
    expect(gaps.slice(10, 13)).toEqual([2n * delta, 4n * delta, 8n * delta]);
    expect(gaps[gaps.length - 1]).toBe(rig.params.heartbeatGapMax);
    rig.order("a");
    const count = rig.batches.length;
    expect(rig.to(30_000n * MS).batches.length).toBe(count);
  });

  test("S-4 the count of ten begins again with every such transaction, and with one that f + 1 lanes carry", () => {
    const rig = new Rig().to(MS);
    rig.arrive("a");
    rig.to(10_000n * MS);
    rig.arrive("b");
    let count = rig.batches.length;
    rig.to(10_060n * MS);
    expect(rig.batches.length - count).toBeGreaterThanOrEqual(10);
    rig.order("a", "b");
    rig.to(20_000n * MS);
    count = rig.batches.length;
    rig.carried(1, "c");
    expect(rig.to(20_100n * MS).batches.length).toBe(count);
    rig.carried(2, "c");
    rig.to(20_160n * MS);
    expect(rig.batches.length - count).toBeGreaterThanOrEqual(10);
  });

  test("S-4 a lane that can promise nothing yet does not ask to be woken at once, for ever", () => {
    const rig = new Rig().to(MS);
    // The others' promises are ahead of the own clock, so the next stamp is one past the own promise.
    for (const lane of [1, 2, 3]) for (let i = 0; i < 8_000; i += 1_000) rig.carried(lane, `x${i}`);
    rig.arrive("a");
    rig.to(MS + 1n);
    rig.sightings.arrived(999);
    expect(() => rig.to(90n * MS)).not.toThrow();
  });
});

describe("clocks", () => {
  test("S-7 a clock ahead of the others stops its lane, says so once, and does not spin", () => {
    const rig = new Rig().to(MS);
    const { clocks, state } = rig.shared;
    rig.arrive("before");
    rig.to(2n * MS);
    expect(rig.batches.length).toBe(1);
    const nonce = core.must(clocks.pingDue(state.now), "ping");
    for (const i of [1, 2, 3])
      clocks.answered(keyOf(signer(i)), nonce, core.Nanos.of(T0 - 3_000n * MS), state.now);
    rig.arrive("a");
    rig.to(500n * MS);
    expect(rig.batches.length).toBe(1);
    const ahead = rig.effects.filter((it) => it.kind === "observe" && it.fact.kind === "clockAhead");
    expect(ahead.length).toBe(1);
    // After ten seconds what was measured is fresh no more.
    rig.to(11_000n * MS);
    expect(rig.has("a")).toBe(true);
  });

  test("S-7 a new head is at least the (f+1)-th highest foreign head held", () => {
    const rig = new Rig().to(10n);
    rig.carried(1, "x");
    for (let i = 0; i < 4; i++) rig.carried(2, `y${i}`);
    for (let i = 0; i < 7; i++) rig.carried(3, `z${i}`);
    rig.arrive("a");
    rig.to(20n);
    expect(rig.batches[0]?.head).toBe(at(4_000));
  });
});

describe("room", () => {
  test("S-6 beyond half of its room the lane takes only what another carries; the rest waits, bounded", () => {
    const rig = new Rig({ liveMax: 8 }).to(MS);
    for (let i = 0; i < 16; i++) rig.arrive(`t${i}`);
    rig.to(30n * MS);
    expect(rig.sighted.length).toBe(4);
    expect(rig.declined("t5")).toEqual(["ROOM"]);
    expect(rig.declined("t13")).toEqual(["BUSY"]);
    rig.carried(1, "t5", "t6");
    rig.to(60n * MS);
    expect([rig.has("t5"), rig.has("t6"), rig.has("t7")]).toEqual([true, true, false]);
    rig.carried(2, "t8", "t9", "t10", "t11");
    expect(rig.to(90n * MS).sighted.length).toBe(8);
    // Room comes back with what is ordered.
    rig.order("t0", "t1", "t2", "t3", "t5", "t6", "t8", "t9");
    expect(rig.to(120n * MS).has("t7")).toBe(true);
  });

  test("S-6 what waits is taken up by its lowest known stamp, as far as there is room", () => {
    const rig = new Rig({ liveMax: 8 }).to(MS);
    for (let i = 0; i < 8; i++) rig.arrive(`t${i}`);
    rig.carried(1, "t4", "t5", "t6", "t7");
    for (let i = 0; i < 4; i++) rig.arrive(`u${i}`);
    rig.carried(3, "x");
    rig.carried(3, "u0");
    rig.carried(2, "u2");
    const taken = () => [0, 1, 2, 3].map((i) => `u${i}`).filter((name) => rig.has(name));
    expect(rig.to(30n * MS).sighted.length).toBe(8);
    expect(taken()).toEqual([]);
    // One lane gave u2 a lower stamp than another gave u0; the rest nobody else carries.
    rig.order("t0");
    rig.to(60n * MS);
    expect(taken()).toEqual(["u2"]);
    rig.order("t1", "t2");
    rig.to(90n * MS);
    expect(taken()).toEqual(["u0", "u2"]);
    rig.order("t3", "t4", "t5", "t6");
    rig.to(120n * MS);
    expect(taken()).toEqual(["u0", "u1", "u2"]);
  });

  test("S-2 after everything is ordered and settled no record is left", () => {
    const rig = new Rig().to(MS);
    for (let i = 0; i < 20; i++) rig.arrive(`t${i}`);
    rig.to(50n * MS);
    for (let i = 0; i < 20; i++) rig.order(`t${i}`);
    const { lanes, state } = rig.shared;
    lanes.settle(keyOf(signer(0)), core.must(lanes.get(keyOf(signer(0))), "lane").newest);
    expect(state.table.size).toBe(0);
    expect(state.table.takeForgotten().length).toBe(20);
  });
});

describe("who makes up the f + 1", () => {
  const dueSoon = (rig: Rig) => [...rig.sightings.dueSoon].map((it) => core.bytesToHex(it.txid));

  test("P-8, S-2, E-1 a joiner's lane does not, until it is in the set", () => {
    const rig = new Rig().to(MS);
    const joiner = signerOf(9);
    const { lanes, state } = rig.shared;
    lanes.admit(keyOf(joiner), Lane.beginning(T0));
    lanes.add(batchOf(joiner, BEGINNING, 1_000, [["a", 999]]), EPOCH, state.now);
    rig.carried(1, "a");
    expect(dueSoon(rig)).toEqual([]);
    // S-6: nor does what it alone carries get the room for what is shared.
    const full = new Rig({ liveMax: 2 }).to(MS);
    full.arrive("t");
    full.arrive("a");
    full.shared.lanes.admit(keyOf(joiner), Lane.beginning(T0));
    full.shared.lanes.add(batchOf(joiner, BEGINNING, 1_000, [["a", 999]]), EPOCH, state.now);
    expect(full.to(30n * MS).has("a")).toBe(false);
    const keys = [...state.committee.keys.slice(0, 3), keyOf(joiner)].sort(core.compareBytes);
    state.startEpoch(keys);
    rig.sightings.epochStarted();
    expect(dueSoon(rig)).toEqual([core.bytesToHex(txidOf("a"))]);
  });

  test("P-8, S-2, E-1 a dead lane does so no more", () => {
    const rig = new Rig().to(MS);
    rig.carried(1, "a");
    rig.carried(2, "a");
    expect(dueSoon(rig)).toEqual([core.bytesToHex(txidOf("a"))]);
    core.must(rig.shared.lanes.get(keyOf(signer(1))), "lane").dead = true;
    rig.sightings.epochStarted();
    expect(dueSoon(rig)).toEqual([]);
    rig.carried(3, "a");
    expect(dueSoon(rig)).toEqual([core.bytesToHex(txidOf("a"))]);
  });
});
