import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";

describe("units", () => {
  test.each([core.Height, core.View, core.Epoch, core.Seq, core.Amount, core.Quantity, core.BasisPoints])(
    "$name takes its own range and nothing else",
    (unit) => {
      expect(unit.of(0)).toBe(0);
      expect(unit.of(unit.most)).toBe(unit.most);
      for (const wrong of [-1, 0.5, Number.NaN, Number(unit.most) + 1, 2 ** 53]) {
        expect(unit.is(wrong)).toBe(false);
        expect(() => unit.of(wrong)).toThrow(unit.name);
        expect(core.isRejection(core.validate<number>(unit.schema, wrong))).toBe(true);
      }
      expect(core.decode<number>(unit.schema, core.encode<unknown>(unit.schema, unit.most))).toBe(unit.most);
    },
  );

  test("nanoseconds are a u64, and saturate where they would wrap around", () => {
    expect(() => core.Nanos.of(-1n)).toThrow("Nanos");
    expect(() => core.Nanos.of(1n << 64n)).toThrow("Nanos");
    expect(core.Nanos.is(5)).toBe(false);
    expect(core.addNanos(core.Nanos.most, core.SECOND)).toBe(core.Nanos.most);
    expect(core.addNanos(core.SECOND, core.MILLISECOND)).toBe(1_001_000_000n);
    expect(core.subtractNanos(core.SECOND, core.MINUTE)).toBe(0n);
    expect(core.subtractNanos(core.DAY, core.HOUR)).toBe(23n * core.HOUR);
    expect(core.MILLISECOND).toBe(1_000n * core.MICROSECOND);
  });
});

describe("the three failures", () => {
  test("a rejection is a value with a code and facts, and says both", () => {
    const rejection = core.reject("STALE_VIEW", { got: 3, current: 5n });
    expect(core.isRejection(rejection)).toBe(true);
    expect(String(rejection)).toBe("STALE_VIEW got=3 current=5");
    expect(core.isRejection({ code: "STALE_VIEW" })).toBe(false);
  });

  test("an assertion stops at our own bug and names it", () => {
    expect(() => core.assert(false, "why")).toThrow(new core.AssertionFailed("why"));
    expect(() => core.must(undefined, "a tip")).toThrow("a tip is missing");
    expect(core.must(0, "zero")).toBe(0);
    // A value that the types rule out, as a bug elsewhere might let through.
    for (const [odd, named] of [
      ['"odd"', "unhandled case: odd"],
      ['{"kind":"odd"}', "unhandled case: kind odd"],
    ] as const) {
      expect(() => core.assertNever(JSON.parse(odd) as never)).toThrow(new core.AssertionFailed(named));
    }
    for (const odd of [Object.create(null), Symbol("odd"), 7n, undefined]) {
      expect(() => core.assertNever(odd as never)).toThrow(core.AssertionFailed);
    }
  });
});
