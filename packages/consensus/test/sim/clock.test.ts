import { Nanos, Prng } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Clock } from "../../src/sim/clock.ts";
import { RUN_EPOCH, SECONDS } from "../../src/sim/true-time.ts";

describe("a machine's clock", () => {
  test("is off by its offset, drifts, and leaps when it is set", () => {
    const clock = new Clock(-500, 100);
    expect(clock.read(0)).toBe(RUN_EPOCH - 500n);
    expect(clock.read(10 * SECONDS)).toBe(RUN_EPOCH + 10_000_000_000n - 500n + 1_000_000n);
    clock.jump(10 * SECONDS, -2 * SECONDS);
    expect(clock.ahead(10 * SECONDS)).toBe(1_000_000 - 500 - 2 * SECONDS);
  });

  test("a timer rings at the first moment at which the clock shows its time", () => {
    const prng = new Prng(11);
    for (let run = 0; run < 200; run++) {
      const clock = new Clock(prng.between(-1_000_000, 1_000_000), prng.between(-300, 300));
      let now = 0;
      for (let turn = 0; turn < 5; turn++) {
        now += prng.below(1_000_000_000);
        if (prng.chance(0.3)) clock.jump(now, prng.between(-1_000_000, 1_000_000));
        const wanted = Nanos.of(clock.read(now) + BigInt(prng.below(1_000_000_000)));
        const at = clock.whenShows(wanted, now);
        expect(clock.read(at) >= wanted).toBe(true);
        expect(at === now || clock.read(at - 1) < wanted).toBe(true);
      }
    }
  });
});
