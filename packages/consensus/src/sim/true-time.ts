import { assert, Nanos } from "@touchmark/core";

/**
 * True time, which no replica knows: nanoseconds since the run began. A plain number is exact up to 104
 * days of virtual time, and far cheaper than a bigint in a queue that is touched for every message.
 */
export type TrueTime = number;

/** What a faultless clock shows when a run begins. */
export const RUN_EPOCH: Nanos = Nanos.of(1_760_000_000_000_000_000n);

export const MICROS = 1_000;
export const MILLIS = 1_000_000;
export const SECONDS = 1_000_000_000;

/** Without the message that `Nanos.of` composes on every call: this runs several times per event. */
function inRange(value: bigint): Nanos {
  if (!Nanos.is(value)) throw new RangeError("a clock shows a moment from 0 to 2^64 - 1");
  return value;
}

/** The moment that a faultless clock shows at this true time. */
export function toNanos(at: TrueTime): Nanos {
  return inRange(RUN_EPOCH + BigInt(at));
}

/** A length of time, as the rules' parameters have it. */
export function toDuration(length: TrueTime): Nanos {
  assert(length >= 0, "a duration is not negative");
  return inRange(BigInt(length));
}

/** Durations of the parameters in the simulator's own numbers. */
export function toTrueTime(duration: Nanos): TrueTime {
  return Number(duration);
}
