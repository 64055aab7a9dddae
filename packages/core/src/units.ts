import { AssertionFailed } from "./assert.ts";
import type { Brand } from "./brand.ts";
import { integer, refine, type Schema, u64 } from "./codec/index.ts";

/**
 * The project's numbers, each with its range and its own type. `Height.of(7)` checks a number of our own,
 * `Height.is` judges one from outside, `Height.schema` is how it stands in bytes.
 */
export interface Unit<T> {
  readonly name: string;
  readonly least: T;
  readonly most: T;
  is(value: unknown): value is T;
  of(value: T extends bigint ? bigint : number): T;
  readonly schema: Schema<T>;
}

function wholeNumber<Name extends string>(
  name: Name,
  least: number,
  most: number,
): Unit<Brand<number, Name>> {
  type T = Brand<number, Name>;
  const is = (value: unknown): value is T =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
  const of = (value: number): T => {
    // The text is only made where it is needed: this runs for every number of the hot path.
    if (!is(value))
      throw new AssertionFailed(`${name} is a whole number from ${least} to ${most}, not ${value}`);
    return value;
  };
  return { name, least: of(least), most: of(most), is, of, schema: refine(integer(least, most), is) };
}

/** How many blocks the chain has. Genesis has height 0. */
export type Height = Brand<number, "Height">;
export const Height: Unit<Height> = wholeNumber("Height", 0, Number.MAX_SAFE_INTEGER);

/** Which try at the open heights this is, and so who leads; from 0 in each epoch. */
export type View = Brand<number, "View">;
export const View: Unit<View> = wholeNumber("View", 0, Number.MAX_SAFE_INTEGER);

/** A run of heights under one set of validators. */
export type Epoch = Brand<number, "Epoch">;
export const Epoch: Unit<Epoch> = wholeNumber("Epoch", 0, Number.MAX_SAFE_INTEGER);

/** The number of a batch in a lane; the first is 1. */
export type Seq = Brand<number, "Seq">;
export const Seq: Unit<Seq> = wholeNumber("Seq", 0, Number.MAX_SAFE_INTEGER);

/** Money in minor units of its currency. Never negative: what could fall below zero is refused before. */
export type Amount = Brand<number, "Amount">;
export const Amount: Unit<Amount> = wholeNumber("Amount", 0, Number.MAX_SAFE_INTEGER);

/** Pieces, milligrams, millilitres: what a class of things is counted in. */
export type Quantity = Brand<number, "Quantity">;
export const Quantity: Unit<Quantity> = wholeNumber("Quantity", 0, Number.MAX_SAFE_INTEGER);

export const BASIS_POINTS_WHOLE = 10_000;

/** Hundredths of a percent, up to the whole. */
export type BasisPoints = Brand<number, "BasisPoints">;
export const BasisPoints: Unit<BasisPoints> = wholeNumber("BasisPoints", 0, BASIS_POINTS_WHOLE);

const U64_MOST = 0xffff_ffff_ffff_ffffn;

/** Nanoseconds: of a moment, since the Unix epoch; of a duration, its length. */
export type Nanos = Brand<bigint, "Nanos">;

function isNanos(value: unknown): value is Nanos {
  return typeof value === "bigint" && value >= 0n && value <= U64_MOST;
}

function toNanos(value: bigint): Nanos {
  if (!isNanos(value)) throw new AssertionFailed(`Nanos is a whole number from 0 to 2^64 - 1, not ${value}`);
  return value;
}

export const Nanos: Unit<Nanos> = {
  name: "Nanos",
  least: toNanos(0n),
  most: toNanos(U64_MOST),
  is: isNanos,
  of: toNanos,
  schema: refine(u64, isNanos),
};

export const MICROSECOND: Nanos = toNanos(1_000n);
export const MILLISECOND: Nanos = toNanos(1_000_000n);
export const SECOND: Nanos = toNanos(1_000_000_000n);
export const MINUTE: Nanos = toNanos(60_000_000_000n);
export const HOUR: Nanos = toNanos(3_600_000_000_000n);
export const DAY: Nanos = toNanos(86_400_000_000_000n);

/** `a + b`, or the largest moment where the sum would be past it. */
export function addNanos(a: Nanos, b: Nanos): Nanos {
  const sum = a + b;
  return toNanos(sum > U64_MOST ? U64_MOST : sum);
}

/** `a - b`, or 0 where b is the later: horizons near the genesis time must not wrap around. */
export function subtractNanos(a: Nanos, b: Nanos): Nanos {
  return toNanos(a > b ? a - b : 0n);
}
