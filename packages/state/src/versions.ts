/**
 * L-18: which version of the state machines holds at a height, and which kinds of operation are withdrawn. Both
 * are one leaf each, written by governance (2b §11).
 */
import { Height, integer, list, tuple } from "@touchmark/core";
import { keyspace, type StateView } from "./keyspace.ts";

const VERSION_MAX = 65_535;
const ACTIVATIONS_MAX = 1_024;
const WITHDRAWN_MAX = 1_024;

/** The key of what there is one of. */
export const ONLY_SCHEMA = integer(0, 0);
export const ONLY_KEY = 0;

const activation = tuple({ version: integer(1, VERSION_MAX), from: Height.schema });

/** Ascending by version and height; version 1 holds from the beginning and stands in no record. */
export const versions = keyspace("versions", ONLY_SCHEMA, list(activation, 1, ACTIVATIONS_MAX));

/** The numbers of the operations that are refused until they are restored, ascending. */
export const withdrawn = keyspace("withdrawn", ONLY_SCHEMA, list(integer(1, 65_535), 1, WITHDRAWN_MAX));

export function versionAt(state: StateView, height: number): number {
  const activations = state.get(versions, ONLY_KEY) ?? [];
  return activations.findLast((it) => it.from <= height)?.version ?? 1;
}

export function isWithdrawn(state: StateView, operation: number): boolean {
  return state.get(withdrawn, ONLY_KEY)?.includes(operation) ?? false;
}
