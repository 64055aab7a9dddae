import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { PeerClocks } from "../../src/lanes/peer-clocks.ts";
import { defaultParams } from "../../src/params.ts";
import { at, keyOf, signerOf } from "./lane-world.ts";

const S = core.SECOND;
const PARAMS = defaultParams(7);
const PEERS = [11, 12, 13, 14, 15, 16].map((seed) => keyOf(signerOf(seed)));
const peer = (index: number) => core.must(PEERS[index], "peer");

/** Pings at `sentAt`; each peer's clock is off by its offset, and answers after half the round trip. */
function measured(
  offsets: readonly bigint[],
  sentAt: bigint,
  roundTrip = 0n,
  clocks = new PeerClocks(PARAMS),
): PeerClocks {
  const nonce = core.must(clocks.pingDue(at(sentAt)), "ping");
  offsets.forEach((offset, i) => {
    clocks.answered(peer(i), nonce, at(sentAt + roundTrip / 2n + offset), at(sentAt + roundTrip));
  });
  return clocks;
}

describe("the reference", () => {
  test("S-7 is the (f+1)-th highest peer clock: f liars can't push it up, nor can any number pull it below", () => {
    const offsets = [900n * S, 800n * S, 3n * S, 2n * S, -5n * S, -700n * S];
    const clocks = measured(offsets, 0n);
    expect(clocks.reference(2, at(0))).toBe(at(3n * S));
    expect(clocks.reference(0, at(0))).toBe(at(900n * S));
    expect(clocks.reference(5, at(0))).toBe(at(-700n * S));
  });

  test("S-7 needs f + 1 answers", () => {
    const clocks = measured([0n, 0n], 0n);
    expect(clocks.reference(2, at(0))).toBe(undefined);
    expect(clocks.ahead(2, at(0))).toBe(undefined);
    expect(clocks.reference(1, at(0))).toBe(at(0));
  });

  test("S-7 goes on with the own clock between pings, for as long as the answers are fresh", () => {
    const clocks = measured([5n * S, 5n * S, 5n * S], 0n);
    expect(clocks.reference(2, at(7n * S))).toBe(at(12n * S));
    expect(clocks.reference(2, at(PARAMS.clockFresh))).not.toBe(undefined);
    expect(clocks.reference(2, at(PARAMS.clockFresh + 1n))).toBe(undefined);
  });

  test("S-7 allows half of the round trip", () => {
    const clocks = measured([0n, 0n, 0n], 0n, 1n * S);
    expect(clocks.reference(2, at(1n * S))).toBe(at(1n * S));
  });

  test("S-7 does not fall below zero where a peer's clock stands at the beginning of time", () => {
    const clocks = new PeerClocks(PARAMS);
    const nonce = core.must(clocks.pingDue(at(0)), "ping");
    clocks.answered(peer(0), nonce, core.Nanos.of(0n), at(0));
    expect(clocks.reference(0, at(0))).toBe(0n);
    expect(clocks.reference(0, core.Nanos.of(at(0) - 1n))).toBe(undefined);
  });
});

describe("answers", () => {
  test("S-7 an answer that took more than two seconds, to no ping or to an older one, says nothing", () => {
    const clocks = measured([9n * S], 0n, 2n * S + 1n);
    expect(clocks.reference(0, at(3n * S))).toBe(undefined);
    clocks.answered(peer(0), at(12_345), at(0), at(3n * S));
    const old = at(0);
    core.must(clocks.pingDue(at(3n * S)), "second ping");
    clocks.answered(peer(0), old, at(3n * S), at(3n * S));
    expect(clocks.reference(0, at(3n * S))).toBe(undefined);
    expect(new PeerClocks(PARAMS).reference(0, at(0))).toBe(undefined);
  });

  test("S-7 the first answer to a ping counts: one that is sent again later can't shift a peer's clock", () => {
    const clocks = measured([0n, 0n, 0n], 0n);
    const replayedAt = at(1_900_000_000n);
    for (const i of [0, 1, 2]) clocks.answered(peer(i), at(0), at(0), replayedAt);
    expect(clocks.reference(2, replayedAt)).toBe(replayedAt);
  });

  test("S-7 each ping replaces what was known of a peer", () => {
    const clocks = measured([5n * S], 0n);
    measured([-2n * S], PARAMS.pingInterval, 0n, clocks);
    expect(clocks.reference(0, at(PARAMS.pingInterval))).toBe(at(PARAMS.pingInterval - 2n * S));
  });
});

describe("the own clock", () => {
  test("S-7 is ahead from more than a second past the (f+1)-th highest peer clock on", () => {
    const second = PARAMS.clockAheadMax;
    const clocks = measured([-second, -second, -second, 60n * S, 60n * S, -90n * S], 0n);
    expect(clocks.ahead(2, at(0))).toBe(undefined);
    const further = measured([-second - 1n, -second - 1n, -second - 1n, 60n * S, 60n * S, -90n * S], 0n);
    expect(further.ahead(2, at(0))).toBe(second + 1n);
  });

  test("S-7 pings go out at their interval", () => {
    const clocks = new PeerClocks(PARAMS);
    expect(clocks.nextPing).toBe(0n);
    expect(clocks.pingDue(at(5))).toBe(at(5));
    expect(clocks.pingDue(at(5n + PARAMS.pingInterval - 1n))).toBe(undefined);
    expect(clocks.nextPing).toBe(at(5n + PARAMS.pingInterval));
    expect(clocks.pingDue(at(5n + PARAMS.pingInterval))).toBe(at(5n + PARAMS.pingInterval));
  });
});
