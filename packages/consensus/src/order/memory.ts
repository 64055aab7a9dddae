import { type Digest, type Epoch, Nanos, type Txid } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { LaneMemory, OrderMemory } from "../recovery.ts";
import type { TransactionTable } from "../transactions.ts";
import { type Entries, type Entry, NONE } from "./entries.ts";
import { Point, type PointLane } from "./point.ts";
import type { Remembered } from "./remembered.ts";
import type { SightingPool } from "./sighting-pool.ts";
import type { Departure } from "./view.ts";

/** What the chain calls the settled point; the order itself never needs these names. */
export interface SettledName {
  readonly epoch: Epoch;
  readonly digest: Digest;
  readonly blockHash: Digest;
  /** S-5: whether the owner of the lane was proven faulty. */
  readonly isDead?: (lane: ValidatorKey) => boolean;
}

/** Where the parts of a book stand. */
export interface BookParts {
  readonly sightings: SightingPool;
  readonly entries: Entries;
  readonly remembered: Remembered;
}

const neverDead = (): boolean => false;

/** Y-1, S-6: the live sightings of each lane, in its order; the lanes in the order of the tips. */
function liveLanes(
  { sightings }: BookParts,
  settled: Point,
  isDead: (lane: ValidatorKey) => boolean,
): readonly LaneMemory[] {
  return settled.lanes.map(({ lane, tip, head }) => {
    const live: LaneMemory["live"][number][] = [];
    for (let at = lane.oldest; at !== NONE; at = sightings.afterOf(at)) {
      live.push({ txid: sightings.entryOf(at).record.txid, stamp: Nanos.of(sightings.stampOf(at)) });
    }
    return { key: lane.key, tip, head, live, dead: isDead(lane.key) };
  });
}

/**
 * Y-1: all that later orders follow from. What is remembered stands in the order of the chain, which is the
 * same everywhere: a replica that starts from a memory goes on with that list.
 */
export function toMemory(parts: BookParts, settled: Point, name: SettledName): OrderMemory {
  const { horizon, height, lastTime } = settled;
  const remembered = parts.remembered.at(horizon);
  const { epoch, digest, blockHash, isDead = neverDead } = name;
  const lanes = liveLanes(parts, settled, isDead);
  return { epoch, height, digest, blockHash, horizon, lastTime, lanes, remembered };
}

/** The settled point that the memory is of; fills the empty parts. */
export function fromMemory(parts: BookParts, table: TransactionTable, memory: OrderMemory): Point {
  const entryOf = (txid: Txid): Entry => {
    const record = table.use(txid);
    const entry = parts.entries.at(record);
    // The entry has its own use of the record now.
    table.release(record);
    return entry;
  };
  const lanes: PointLane[] = [];
  for (const { key, tip, head, live } of memory.lanes) {
    const lane = parts.sightings.openLane(
      key,
      lanes.map((it) => it.lane),
    );
    for (const { txid, stamp } of live) parts.sightings.push(entryOf(txid), lane, stamp);
    lanes.push({ lane, tip, head, counts: true, live: live.length });
  }
  for (const piece of memory.remembered) {
    const departures = piece.map(({ txid, validUntil }): Departure => {
      const entry = entryOf(txid);
      entry.orderedUntil = validUntil;
      return { entry, orderedUntil: validUntil, newest: NONE, orderedBefore: undefined };
    });
    parts.remembered.restore(departures, memory.horizon);
  }
  return settledPoint(memory, lanes);
}

/** A point that no cut in this book led to: f, and which lanes count, are known with the next cut. */
export function settledPoint(
  { height, horizon, lastTime }: Pick<OrderMemory, "height" | "horizon" | "lastTime">,
  lanes: readonly PointLane[],
): Point {
  const result = {
    height,
    horizon,
    parentHorizon: horizon,
    full: false,
    transactions: [],
    lastTime,
    timersUntil: lastTime > horizon ? lastTime : horizon,
    stillDue: 0,
    liveCounts: lanes.map(({ live }) => live),
    lanes,
    f: undefined,
    ripe: undefined,
  };
  return new Point(result, undefined);
}
