/** Up to this many a plain insertion is quicker than merging. */
const RUN = 8;

/**
 * The indexes by the ascending stamps that they point to, equal ones as they stood: a merge sort from the
 * bottom. The language's own sort calls back for each comparison, which costs more than all else in a merge
 * of lanes.
 */
export function sortByStamp(indexes: Int32Array, stamps: BigUint64Array): Int32Array {
  let from = indexes.slice();
  for (let start = 0; start < from.length; start += RUN) {
    insertRun(from, stamps, start, Math.min(start + RUN, from.length));
  }
  let to = new Int32Array(from.length);
  for (let width = RUN; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) {
      mergeRuns(from, to, stamps, start, width);
    }
    [from, to] = [to, from];
  }
  return from;
}

function insertRun(indexes: Int32Array, stamps: BigUint64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const index = indexes[i] ?? 0;
    const stamp = stamps[index] ?? 0n;
    let at = i;
    while (at > start && (stamps[indexes[at - 1] ?? 0] ?? 0n) > stamp) {
      indexes[at] = indexes[at - 1] ?? 0;
      at--;
    }
    indexes[at] = index;
  }
}

function mergeRuns(
  from: Int32Array,
  to: Int32Array,
  stamps: BigUint64Array,
  start: number,
  width: number,
): void {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(middle + width, from.length);
  let [left, right] = [start, middle];
  for (let at = start; at < end; at++) {
    const a = from[left] ?? 0;
    const b = from[right] ?? 0;
    const takesLeft = right >= end || (left < middle && (stamps[a] ?? 0n) <= (stamps[b] ?? 0n));
    to[at] = takesLeft ? a : b;
    if (takesLeft) left++;
    else right++;
  }
}
