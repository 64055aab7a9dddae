import { ADVERSARIES, type RunCounts, type RunResult, type RunViolation } from "@touchmark/consensus/sim";

/** All the runs of one call. */
export interface Summary {
  readonly seeds: number;
  readonly counts: RunCounts;
  readonly violations: readonly { readonly seed: number; readonly violation: RunViolation }[];
  readonly seconds: number;
}

const NANOS_PER_HOUR = 3.6e12;
const NANOS_PER_SECOND = 1e9;
/** From so many unrestricted seeds on, whatever was never tried is a fault of the generator. */
export const SEEDS_THAT_TRY_ALL = 100;

function perMinute(amount: number, seconds: number): number {
  return (amount * 60) / Math.max(seconds, 1e-9);
}

/** What a person looks at first; the order is that of the table. */
function rowsOf({ seeds, counts, violations, seconds }: Summary): readonly (readonly [string, string])[] {
  const faults = counts.crashes + counts.partitions;
  return [
    ["seeds", String(seeds)],
    ["violations", String(violations.length)],
    ["heights", String(counts.heights)],
    ["heights per seed", (counts.heights / Math.max(1, seeds)).toFixed(1)],
    ["transactions", String(counts.transactions)],
    ["view changes", String(counts.viewChanges)],
    ["crashes", String(counts.crashes)],
    ["partitions", String(counts.partitions)],
    ["views per fault", (counts.viewChanges / Math.max(1, faults)).toFixed(2)],
    ...[...ADVERSARIES.keys()].map((name) => [`acts: ${name}`, String(counts.acts.get(name) ?? 0)] as const),
    ["virtual seconds per seed", (counts.virtualTime / NANOS_PER_SECOND / Math.max(1, seeds)).toFixed(1)],
    ["virtual hours per real minute", perMinute(counts.virtualTime / NANOS_PER_HOUR, seconds).toFixed(2)],
    ["events per second", (counts.entries / Math.max(seconds, 1e-9)).toFixed(0)],
    ["seeds per minute", perMinute(seeds, seconds).toFixed(0)],
  ];
}

export function summaryTable(summary: Summary): string {
  const rows = rowsOf(summary);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value.padStart(12)}`).join("\n");
}

export function summaryJson(summary: Summary): string {
  const { counts, seeds, seconds, violations } = summary;
  const acts = Object.fromEntries([...ADVERSARIES.keys()].map((name) => [name, counts.acts.get(name) ?? 0]));
  return JSON.stringify({
    seeds,
    seconds,
    ...counts,
    acts,
    seedsPerMinute: perMinute(seeds, seconds),
    virtualHoursPerRealMinute: perMinute(counts.virtualTime / NANOS_PER_HOUR, seconds),
    violations: violations.map(({ seed, violation }) => ({ seed, ...violation })),
  });
}

/** What no run has done. */
export function untried({ counts }: Summary): readonly string[] {
  const all = new Map<string, number>([
    ["heights", counts.heights],
    ["transactions", counts.transactions],
    ["view changes", counts.viewChanges],
    ["crashes", counts.crashes],
    ["partitions", counts.partitions],
    ...[...ADVERSARIES.keys()].map((name) => [`acts of ${name}`, counts.acts.get(name) ?? 0] as const),
  ]);
  return [...all].filter(([, count]) => count === 0).map(([name]) => name);
}

export function violationLines({ seed, violations }: RunResult): readonly string[] {
  const [first] = violations;
  if (first === undefined) return [];
  const details = violations.map(({ property, detail, cause }) => {
    const stack = cause instanceof Error ? `\n${cause.stack}` : "";
    return `  ${property}: ${detail}${stack}`;
  });
  return [`violation: ${first.property} seed ${seed}`, ...details];
}
