import { Amount, type IdKind, Nanos, toDigest, toId } from "@touchmark/core";
import type { Named } from "../../../src/registry.ts";

/** One value of each operation, timer and event of a machine, whose bytes golden.json pins. */
export interface Samples {
  readonly operations: readonly Named[];
  readonly timers: readonly Named[];
  readonly events: readonly Named[];
}

/** An id of which every byte is the same. */
export function sampleId<Kind extends IdKind>(kind: Kind, byte: number) {
  return toId(kind, new Uint8Array(20).fill(byte));
}

export function sampleDigest(byte: number) {
  return toDigest(new Uint8Array(32).fill(byte));
}

export const SAMPLE_TIME = Nanos.of(1_790_000_000_123_456_789n);
export const SAMPLE_AMOUNT = Amount.of(12_345);
