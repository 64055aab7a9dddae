import { bytesToKey, Nanos } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { Params } from "../params.ts";

interface Offset {
  /** The peer's clock less the own one; may be negative. */
  readonly offset: bigint;
  readonly measuredAt: Nanos;
}

interface Asked {
  readonly nonce: Nanos;
  readonly at: Nanos;
}

/** A reply that took longer says too little about the peer's clock. */
const ROUND_TRIP_MAX = 2_000_000_000n;

/**
 * S-7: what the other validators' clocks show, by signed replies to pings. Heads of lanes would not do: they
 * stand still while nothing happens, and then every clock looks ahead of all of them.
 */
export class PeerClocks {
  private readonly params: Params;
  private readonly offsets = new Map<string, Offset>();
  private asked: Asked | undefined;
  /** The offset asked for last, for as long as it is the same: it is asked for with every input. */
  private middle:
    | {
        readonly f: number;
        readonly from: bigint;
        readonly until: bigint;
        readonly offset: bigint | undefined;
      }
    | undefined;

  constructor(params: Params) {
    this.params = params;
  }

  /** The nonce of the ping that is due now, if one is. */
  pingDue(now: Nanos): Nanos | undefined {
    if (this.asked !== undefined && now < this.asked.at + this.params.pingInterval) return undefined;
    this.asked = { nonce: now, at: now };
    return now;
  }

  get nextPing(): Nanos {
    return this.asked === undefined ? Nanos.of(0n) : Nanos.of(this.asked.at + this.params.pingInterval);
  }

  answered(peer: ValidatorKey, nonce: Nanos, time: Nanos, now: Nanos): void {
    if (this.asked === undefined || this.asked.nonce !== nonce) return;
    const roundTrip = now - this.asked.at;
    if (roundTrip < 0n || roundTrip > ROUND_TRIP_MAX) return;
    const key = bytesToKey(peer);
    // The first answer counts: a copy that somebody held back would make the peer's clock look late.
    if ((this.offsets.get(key)?.measuredAt ?? -1n) >= this.asked.at) return;
    this.middle = undefined;
    this.offsets.set(key, { offset: time + roundTrip / 2n - now, measuredAt: now });
  }

  /** The (f+1)-th highest fresh peer clock: at most f lie, so a correct one is at least that high. */
  reference(f: number, now: Nanos): Nanos | undefined {
    const offset = this.middleOffset(f, now);
    if (offset === undefined) return undefined;
    const reference = now + offset;
    return Nanos.of(reference > 0n ? reference : 0n);
  }

  private middleOffset(f: number, now: Nanos): bigint | undefined {
    const { middle } = this;
    if (middle !== undefined && middle.f === f && now >= middle.from && now <= middle.until) {
      return middle.offset;
    }
    const fresh: bigint[] = [];
    let oldest: bigint = now;
    let isWhole = true;
    for (const { offset, measuredAt } of this.offsets.values()) {
      const age = now - measuredAt;
      if (age < 0n) isWhole = false;
      if (age < 0n || age > this.params.clockFresh) continue;
      fresh.push(offset);
      if (measuredAt < oldest) oldest = measuredAt;
    }
    fresh.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
    const offset = fresh[f];
    this.middle = isWhole ? { f, from: now, until: oldest + this.params.clockFresh, offset } : undefined;
    return offset;
  }

  /** By how much the own clock is ahead of what S-7 allows. */
  ahead(f: number, now: Nanos): Nanos | undefined {
    const reference = this.reference(f, now);
    if (reference === undefined || now <= reference + this.params.clockAheadMax) return undefined;
    return Nanos.of(now - reference);
  }
}
