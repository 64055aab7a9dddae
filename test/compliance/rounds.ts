import { concatBytes, must, u32ToBytes } from "@touchmark/core";
import type { Store, Write } from "@touchmark/state";

/** A keyspace that is written anew in each round, and one to which each round adds while it takes an old one away. */
const [SAME, OWN] = [4, 5];
const KEYS = 40;
const ROUNDS_KEPT = 3;

function key(number: number, ...parts: readonly number[]): Uint8Array {
  return concatBytes(Uint8Array.of(0, number), ...parts.map((it) => u32ToBytes(it)));
}

/** Many keys, and values long enough that a batch spans several of the disk's blocks. */
export function batchOfRound(round: number): readonly Write[] {
  return Array.from({ length: KEYS }, (_, i): readonly Write[] => {
    const value = concatBytes(u32ToBytes(round), new Uint8Array(400).fill(i));
    const now = [
      { key: key(SAME, i), value },
      { key: key(OWN, round, i), value },
    ];
    if (round <= ROUNDS_KEPT) return now;
    return [...now, { key: key(OWN, round - ROUNDS_KEPT, i), value: undefined }];
  }).flat();
}

function roundOf(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}

/** The round that the store is at; throws where it is between two. 0 where nothing was written. */
export function roundOfStore(store: Store): number {
  const same = [...store.entries(SAME)].map((it) => roundOf(it.value, 0));
  const own = [...store.entries(OWN)].map((it) => roundOf(it.key, 2));
  if (same.length === 0 && own.length === 0) return 0;
  const round = must(same[0], "a round");
  const kept = Math.min(round, ROUNDS_KEPT);
  const expected = Array.from({ length: kept * KEYS }, (_, i) => round - kept + 1 + Math.floor(i / KEYS));
  if (same.length !== KEYS || same.some((it) => it !== round)) throw new Error(`half a batch: ${same}`);
  if (own.join() !== expected.join()) throw new Error(`half a batch: ${own} in round ${round}`);
  return round;
}
