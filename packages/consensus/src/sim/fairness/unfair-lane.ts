import { bytesToKey, Nanos } from "@touchmark/core";
import type { LaneBatch } from "../../messages.ts";
import { type LaneOwner, LaneRewriter } from "../adversaries/lane-rewriter.ts";
import type { Wishes } from "./wishes.ts";

/**
 * A colluding lane: it never names what is to come late, and keeps silent, promising nothing, until what is
 * to come early is there. That gets the lowest stamp that S-1 leaves, which is older than any correct one;
 * and the head is the time, so that the lane doesn't hold the horizon back (C-2).
 */
export function createUnfairLane(owner: LaneOwner, wishes: Wishes): LaneRewriter {
  return new LaneRewriter(owner, ({ head, sightings }: LaneBatch, prevHead) => {
    const hastened = sightings.filter((it) => wishes.isSecond(bytesToKey(it.txid)));
    if (hastened.length === 0) return "swallow";
    const early = hastened.map(({ txid }, at) => ({ txid, stamp: Nanos.of(prevHead + BigInt(at + 1)) }));
    return { head, sightings: early };
  });
}
