import { PROTOCOLS, runSeed } from "@touchmark/consensus/sim";
import { expect, test } from "vitest";

const protocol = PROTOCOLS.get("touchmark");

/** Seeds whose runs once broke a property, in the plans of their time; and a few of every kind beside them. */
const SEEDS = [119, 134, 300, 301, 302, 303, 304, 305, 306, 317];

test.each(SEEDS)(
  "P-1, P-4, P-7 seed %i breaks no property, whatever its faults and adversaries",
  (seed) => {
    if (protocol === undefined) throw new Error("the protocol of this package");
    const { violations, counts } = runSeed(seed, { protocol, plan: { epochs: false } });
    expect(violations).toEqual([]);
    expect(counts.heights).toBeGreaterThanOrEqual(30);
  },
  60_000,
);
