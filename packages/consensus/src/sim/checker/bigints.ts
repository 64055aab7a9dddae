/** Moments are bigints, which Math knows nothing of. */
export function compareBigints(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function latest(first: bigint, ...others: readonly bigint[]): bigint {
  let most = first;
  for (const it of others) if (it > most) most = it;
  return most;
}

export function earliest(first: bigint, ...others: readonly bigint[]): bigint {
  let least = first;
  for (const it of others) if (it < least) least = it;
  return least;
}
