import { Prng } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Scheduler } from "../../src/sim/scheduler.ts";

describe("the scheduler", () => {
  test("runs entries by time, and those of one moment in the order in which they came", () => {
    const prng = new Prng(3);
    const scheduler = new Scheduler();
    const expected = Array.from({ length: 500 }, (_, order) => ({ at: prng.below(50), order }));
    const ran: { at: number; order: number }[] = [];
    for (const entry of expected) scheduler.at(entry.at, () => ran.push(entry));
    scheduler.run(100);
    expect(ran).toEqual([...expected].sort((a, b) => a.at - b.at || a.order - b.order));
  });

  test("what runs may schedule more, also for the same moment", () => {
    const scheduler = new Scheduler();
    const ran: string[] = [];
    scheduler.at(5, () => {
      ran.push("first");
      scheduler.after(0, () => ran.push("third"));
      scheduler.after(1, () => ran.push("fourth"));
    });
    scheduler.at(5, () => ran.push("second"));
    scheduler.run(10);
    expect(ran).toEqual(["first", "second", "third", "fourth"]);
    expect(scheduler.now).toBe(10);
  });

  test("stops at a time and when told, and goes on from there", () => {
    const scheduler = new Scheduler();
    let count = 0;
    for (let at = 1; at <= 10; at++) scheduler.at(at, () => (count += 1));
    scheduler.run(4);
    expect([count, scheduler.now]).toEqual([4, 4]);
    scheduler.run(10, () => count === 7);
    expect([count, scheduler.now]).toEqual([7, 7]);
  });

  test("nothing is scheduled in the past", () => {
    const scheduler = new Scheduler();
    scheduler.run(10);
    expect(() => scheduler.at(9, () => undefined)).toThrow("ahead");
    expect(() => scheduler.at(10.5, () => undefined)).toThrow("whole");
  });
});
