import type { Expectation, Wanted } from "./steps.ts";
import type { Seen, Watcher } from "./watcher.ts";

/** What an expectation is judged by. */
export interface Evidence {
  readonly watcher: Watcher;
  /** The machines that it is about. */
  readonly machines: readonly number[];
  /** The keys of the transactions of that name. */
  readonly keysOf: (name: string) => readonly string[];
}

function isMet({ number, orMore }: Wanted, got: number): boolean {
  return got === number || (orMore && got > number);
}

/** What is otherwise than expected; nothing where it is as expected. */
export function whatIsAmiss(expectation: Expectation, evidence: Evidence): string | undefined {
  const { watcher, machines } = evidence;
  if (expectation.of === "no fork") {
    const height = watcher.forkedAt;
    return height === undefined ? undefined : `two blocks at height ${height}`;
  }
  if (machines.length === 0) return "no correct machine runs";
  const amiss = machines.flatMap((machine) => {
    const why = amissAt(expectation, watcher.at(machine), evidence);
    return why === undefined ? [] : [`machine ${machine} ${why}`];
  });
  return amiss.length === 0 ? undefined : amiss.join("; ");
}

function amissAt(expectation: Expectation, seen: Seen, evidence: Evidence): string | undefined {
  switch (expectation.of) {
    case "height":
    case "final":
    case "view":
    case "epoch": {
      const { of, wanted } = expectation;
      return isMet(wanted, seen[of]) ? undefined : `has ${of} ${seen[of]}`;
    }
    case "delivered":
    case "undelivered":
      return amissOfNames(expectation.of === "delivered", expectation.names, seen, evidence);
    case "order":
      return amissInOrder(expectation.names, seen, evidence);
    case "evidence":
      return seen.accused.has(expectation.against) ? undefined : "has seen none";
    case "no view change":
      return seen.viewChanges === 0 ? undefined : `gave up ${seen.viewChanges} views`;
    case "no complaint":
      return seen.complaints === 0 ? undefined : "complained";
    case "no fork":
      return undefined;
  }
}

function amissOfNames(
  wanted: boolean,
  names: readonly string[],
  seen: Seen,
  { keysOf }: Evidence,
): string | undefined {
  for (const name of names) {
    const keys = keysOf(name);
    const count = keys.filter((key) => seen.order.includes(key)).length;
    if (wanted ? count < keys.length : count > 0) return `has delivered ${count} of ${keys.length} ${name}`;
  }
  return undefined;
}

function amissInOrder(names: readonly string[], seen: Seen, { keysOf }: Evidence): string | undefined {
  const places = names.flatMap((name) => keysOf(name).map((key) => seen.order.indexOf(key)));
  const isInOrder = places.every((place, i) => place >= 0 && place > (places[i - 1] ?? -1));
  return isInOrder ? undefined : `has them at places ${places.join(", ")}`;
}
