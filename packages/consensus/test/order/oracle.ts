import { createHash } from "node:crypto";

/**
 * The order as the rules tell it, computed again from the whole history of cuts each time, with plain arrays
 * and bigints. It shares no code with the product, and nothing here is clever on purpose.
 *
 * The state after a cut is what Y-1 says that a snapshot needs: the horizon, the last time, the sightings that
 * are live, and the txids that are remembered. A sighting that is live no more never counts again.
 */
interface OracleSighting {
  readonly txid: string;
  readonly stamp: bigint;
}

interface OracleLane {
  readonly name: string;
  readonly head: bigint;
  readonly counts: boolean;
  /** How many batches the cut adds of this lane, and what these name. */
  readonly batches: number;
  readonly sightings: readonly OracleSighting[];
}

export interface OracleCut {
  readonly parentDigest: Uint8Array;
  readonly f: number;
  readonly lanes: readonly OracleLane[];
}

interface OracleFacts {
  readonly validUntil: bigint;
  readonly bytes: number;
}

export interface OracleLimits {
  readonly ttl: bigint;
  readonly transactions: number;
  readonly bytes: number;
}

export interface OracleWorld {
  readonly genesisTime: bigint;
  readonly limits: OracleLimits;
  /** By txid; undefined where the content isn't held. */
  readonly facts: (txid: string) => OracleFacts | undefined;
  /**
   * The plainest reading of O-1 and O-2, without S-6: every sighting counts until it is ignored, and a
   * block is remembered for ever.
   */
  readonly dropsNothing?: boolean;
}

interface OracleTransaction {
  readonly txid: string;
  readonly time: bigint;
  readonly expired: boolean;
}

interface OracleBlock {
  readonly kind: "block";
  readonly horizon: bigint;
  readonly full: boolean;
  readonly transactions: readonly OracleTransaction[];
  readonly lastTime: bigint;
  readonly timersUntil: bigint;
  readonly stillDue: number;
  /** C-3, by lane of the cut. */
  readonly liveCounts: readonly number[];
  /** S-6, by lane of the cut, in the order of the lane. */
  readonly live: readonly (readonly OracleSighting[])[];
  readonly remembered: readonly { readonly txid: string; readonly validUntil: bigint }[];
}

export type OracleAnswer =
  | OracleBlock
  | { readonly kind: "rejected" }
  | { readonly kind: "missing"; readonly txids: readonly string[] };

const MISSING_STAMP = 2n ** 64n - 1n;

interface Held extends OracleSighting {
  readonly lane: string;
}

interface State {
  horizon: bigint;
  lastTime: bigint;
  held: Held[];
  remembered: { txid: string; validUntil: bigint }[];
}

function subtract(a: bigint, b: bigint): bigint {
  return a < b ? 0n : a - b;
}

/** O-1, the sorted list; O-2, what is ignored. */
function stampsOf(txid: string, held: readonly Held[], cut: OracleCut, ignoredUpTo: bigint): bigint[] {
  const list: bigint[] = [];
  for (const lane of cut.lanes) {
    if (!lane.counts) continue;
    const own = held
      .filter((it) => it.lane === lane.name && it.txid === txid && it.stamp > ignoredUpTo)
      .map((it) => it.stamp);
    if (own.length > 0) list.push(own.reduce((a, b) => (a < b ? a : b)));
  }
  return list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** O-2 */
function isInTime(c: bigint, parentHorizon: bigint, validUntil: bigint, ttl: bigint): boolean {
  return parentHorizon < validUntil && c <= validUntil && validUntil <= c + ttl;
}

function salt(parentDigest: Uint8Array, txid: string): string {
  return createHash("sha256").update(parentDigest).update(Buffer.from(txid, "hex")).digest("hex");
}

interface Candidate {
  readonly txid: string;
  readonly stamps: readonly bigint[];
  readonly c: bigint;
  readonly facts: OracleFacts | undefined;
}

function byFairOrder(cut: OracleCut): (a: Candidate, b: Candidate) => number {
  const n = cut.lanes.length;
  return (a, b) => {
    for (let i = cut.f; i < n; i++) {
      const [x, y] = [a.stamps[i] ?? MISSING_STAMP, b.stamps[i] ?? MISSING_STAMP];
      if (x !== y) return x < y ? -1 : 1;
    }
    return salt(cut.parentDigest, a.txid) < salt(cut.parentDigest, b.txid) ? -1 : 1;
  };
}

function fits(candidates: readonly Candidate[], limits: OracleLimits): boolean {
  const bytes = candidates.reduce((sum, it) => sum + (it.facts?.bytes ?? 0), 0);
  return candidates.length <= limits.transactions && bytes <= limits.bytes;
}

interface Choice {
  readonly horizon: bigint;
  readonly full: boolean;
  readonly block: readonly Candidate[];
}

/** C-2 */
function choose(
  due: readonly Candidate[],
  parentHorizon: bigint,
  ofTips: bigint,
  cut: OracleCut,
  limits: OracleLimits,
): Choice {
  const dueAt = (horizon: bigint): Candidate[] => due.filter((it) => it.c <= horizon).sort(byFairOrder(cut));
  if (fits(dueAt(ofTips), limits)) return { horizon: ofTips, full: false, block: dueAt(ofTips) };
  // What is due grows only where some c is, so the largest horizon that fits is just below one.
  const horizons = due.map((it) => it.c - 1n).filter((it) => it > parentHorizon && it < ofTips);
  horizons.sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
  for (const horizon of horizons) {
    if (fits(dueAt(horizon), limits)) return { horizon, full: true, block: dueAt(horizon) };
  }
  const all = dueAt(parentHorizon + 1n);
  let count = all.length;
  while (!fits(all.slice(0, count), limits)) count--;
  return { horizon: parentHorizon + 1n, full: true, block: all.slice(0, count) };
}

function addSightings(state: State, cut: OracleCut, world: OracleWorld): void {
  const ignoredUpTo = subtract(state.horizon, world.limits.ttl);
  // E-1: a lane that has left counts no more, nor if it comes back.
  state.held = state.held.filter((it) => cut.lanes.some((lane) => lane.name === it.lane));
  for (const lane of cut.lanes) {
    for (const { txid, stamp } of lane.sightings) {
      if (stamp <= ignoredUpTo || state.remembered.some((it) => it.txid === txid)) continue;
      state.held.push({ lane: lane.name, txid, stamp });
    }
  }
}

/** S-6, O-2: what stays after the block; gives how many of it are due. */
function keep(state: State, cut: OracleCut, world: OracleWorld): number {
  const { ttl } = world.limits;
  const ignoredUpTo = subtract(state.horizon, ttl);
  state.held = state.held.filter((it) => it.stamp > ignoredUpTo);
  let stillDue = 0;
  for (const txid of new Set(state.held.map((it) => it.txid))) {
    const c = stampsOf(txid, state.held, cut, ignoredUpTo)[cut.f];
    if (c === undefined || c > state.horizon) continue;
    const facts = world.facts(txid);
    if (facts === undefined) throw new Error("the oracle lacks content within the horizon");
    if (isInTime(c, state.horizon, facts.validUntil, ttl)) stillDue++;
    else if (world.dropsNothing !== true) state.held = state.held.filter((it) => it.txid !== txid);
  }
  if (world.dropsNothing === true) return stillDue;
  state.remembered = state.remembered.filter((it) => state.horizon < it.validUntil + ttl);
  return stillDue;
}

function orderCut(state: State, cut: OracleCut, world: OracleWorld): OracleAnswer {
  const parentHorizon = state.horizon;
  const ignoredUpTo = subtract(parentHorizon, world.limits.ttl);
  const heads = cut.lanes.filter((it) => it.counts).map((it) => it.head);
  heads.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const reached = heads[cut.f] ?? 0n;
  const isCatchingUp = reached <= parentHorizon;
  if (isCatchingUp && !cut.lanes.some((it) => it.batches > 0)) return { kind: "rejected" };
  const ofTips = isCatchingUp ? parentHorizon : reached;
  addSightings(state, cut, world);
  const liveCounts = cut.lanes.map((lane) => state.held.filter((it) => it.lane === lane.name).length);
  const candidates: Candidate[] = [];
  for (const txid of new Set(state.held.map((it) => it.txid))) {
    const stamps = stampsOf(txid, state.held, cut, ignoredUpTo);
    const c = stamps[cut.f];
    if (c !== undefined && c <= ofTips) candidates.push({ txid, stamps, c, facts: world.facts(txid) });
  }
  const due = candidates.filter(
    ({ c, facts }) => facts !== undefined && isInTime(c, parentHorizon, facts.validUntil, world.limits.ttl),
  );
  const choice = isCatchingUp
    ? { horizon: parentHorizon, full: false, block: [] }
    : choose(due, parentHorizon, ofTips, cut, world.limits);
  const missing = candidates.filter(({ c, facts }) => facts === undefined && c <= choice.horizon);
  if (missing.length > 0) return { kind: "missing", txids: missing.map((it) => it.txid).sort() };

  const transactions = choice.block.map(({ txid, c, facts }) => {
    const validUntil = facts?.validUntil ?? 0n;
    let time = c;
    if (time < parentHorizon + 1n) time = parentHorizon + 1n;
    if (time < state.lastTime + 1n) time = state.lastTime + 1n;
    state.lastTime = time;
    state.held = state.held.filter((it) => it.txid !== txid);
    state.remembered.push({ txid, validUntil });
    return { txid, time, expired: time > validUntil };
  });
  state.horizon = choice.horizon;
  const stillDue = keep(state, cut, world);
  const last = transactions.at(-1)?.time ?? 0n;
  return {
    kind: "block",
    horizon: choice.horizon,
    full: choice.full,
    transactions,
    lastTime: state.lastTime,
    timersUntil: last > choice.horizon ? last : choice.horizon,
    stillDue,
    liveCounts,
    live: cut.lanes.map((lane) =>
      state.held
        .filter((it) => it.lane === lane.name)
        .map(({ txid, stamp }) => ({ txid, stamp }))
        .sort((a, b) => (a.stamp < b.stamp ? -1 : 1)),
    ),
    remembered: state.remembered.map((it) => ({ ...it })),
  };
}

/** What the last cut of the history leads to. */
export function orderByOracle(history: readonly OracleCut[], world: OracleWorld): OracleAnswer {
  const state: State = {
    horizon: world.genesisTime,
    lastTime: world.genesisTime,
    held: [],
    remembered: [],
  };
  let answer: OracleAnswer = { kind: "rejected" };
  for (const cut of history) {
    answer = orderCut(state, cut, world);
    if (answer.kind !== "block") return answer;
  }
  return answer;
}
