import { Epoch, Height, Nanos, Prng, SIGNATURE_BYTES, View, ZERO_DIGEST } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import type { DurableRecord } from "../../src/recovery.ts";
import { Disk } from "../../src/sim/disk.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";

function record(number: number): DurableRecord {
  const cut = { height: Height.of(number), parent: ZERO_DIGEST, horizon: Nanos.of(1n), tips: [] };
  const message = {
    kind: "preprepare",
    epoch: Epoch.of(0),
    view: View.of(0),
    cut,
    parentCertificate: undefined,
    signature: new Uint8Array(SIGNATURE_BYTES),
  } as const;
  return { kind: "sent", message };
}

function numbersOf(records: readonly DurableRecord[]): readonly number[] {
  return records.map((it) =>
    it.kind === "sent" && it.message.kind === "preprepare" ? it.message.cut.height : -1,
  );
}

function create(seed: number, waits = true): { scheduler: Scheduler; disk: Disk } {
  const scheduler = new Scheduler();
  return { scheduler, disk: new Disk(scheduler, new Prng(seed), { least: 100, spread: 0 }, waits) };
}

describe("a disk", () => {
  test("P-7 a crash takes a part of what was not synced, from the end, and nothing else", () => {
    const survivors = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const { scheduler, disk } = create(seed);
      for (const number of [1, 2, 3]) disk.append(record(number));
      scheduler.run(100);
      for (const number of [4, 5, 6]) disk.append(record(number));
      scheduler.run(150);
      disk.crash();
      const left = numbersOf(disk.read());
      expect(left).toEqual([1, 2, 3, 4, 5, 6].slice(0, left.length));
      expect(left.length).toBeGreaterThanOrEqual(3);
      expect(disk.lostRecords).toBe(6 - left.length);
      survivors.add(left.length);
    }
    expect([...survivors].sort()).toEqual([3, 4, 5, 6]);
  });

  test("P-7 what waits for the log happens in its order, each as soon as its records are durable", () => {
    const { scheduler, disk } = create(1);
    const done: string[] = [];
    const note = (text: string) => () => done.push(`${text} at ${scheduler.now}`);
    disk.whenDurable(note("nothing to wait for"));
    disk.append(record(1));
    disk.whenDurable(note("first"));
    disk.whenDurable(note("also first"));
    scheduler.run(50);
    disk.append(record(2));
    disk.whenDurable(note("second"));
    scheduler.run(1_000);
    expect(done).toEqual(["nothing to wait for at 0", "first at 100", "also first at 100", "second at 200"]);
  });

  test("records of one moment share a sync; later ones wait for the next", () => {
    const { scheduler, disk } = create(1);
    for (const number of [1, 2, 3]) disk.append(record(number));
    scheduler.run(10);
    disk.append(record(4));
    scheduler.run(100);
    expect(disk.durableSize).toBe(3);
    scheduler.run(200);
    expect(disk.durableSize).toBe(4);
  });

  test("what waited when the machine crashed never happens", () => {
    const { scheduler, disk } = create(2);
    const done: string[] = [];
    disk.append(record(1));
    disk.whenDurable(() => done.push("sent"));
    scheduler.run(50);
    disk.crash();
    disk.append(record(2));
    disk.whenDurable(() => done.push("sent after the restart"));
    scheduler.run(1_000);
    expect(done).toEqual(["sent after the restart"]);
  });

  test("an old copy holds the first records and no more", () => {
    const { scheduler, disk } = create(3);
    for (const number of [1, 2, 3, 4]) disk.append(record(number));
    scheduler.run(1_000);
    disk.wipe(2);
    expect(numbersOf(disk.read())).toEqual([1, 2]);
    disk.wipe(0);
    expect(disk.read()).toEqual([]);
  });

  test("Y-1 what stands in front of a checkpoint goes in any steps, and the rest is found as it was", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { scheduler, disk } = create(seed);
      const done: string[] = [];
      for (const number of [1, 2, 3, 4]) disk.append(record(number));
      scheduler.run(1_000);
      disk.deleteBefore(2);
      expect([disk.size, numbersOf(disk.read())]).toEqual([4, [3, 4]]);
      disk.append(record(5));
      disk.whenDurable(() => done.push("sent"));
      // It can't go before it is durable.
      disk.deleteBefore(9);
      expect(numbersOf(disk.read())).toEqual([5]);
      disk.crash();
      const left = numbersOf(disk.read());
      expect([[], [5]]).toContainEqual(left);
      disk.append(record(6));
      disk.whenDurable(() => done.push("sent after the restart"));
      scheduler.run(2_000);
      expect(done).toEqual(["sent after the restart"]);
      expect(numbersOf(disk.read())).toEqual([...left, 6]);
      disk.wipe(1);
      expect(numbersOf(disk.read()).length).toBe(1);
    }
  });

  test("the negative control does not wait", () => {
    const { disk } = create(4, false);
    const done: string[] = [];
    disk.append(record(1));
    disk.whenDurable(() => done.push("sent too early"));
    expect(done).toEqual(["sent too early"]);
    expect(disk.durableSize).toBe(0);
  });
});
