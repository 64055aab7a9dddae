import { parseNames } from "./parse-expectation.ts";
import { type Step, TRAFFIC, type TrafficFilter, type TrafficRule } from "./steps.ts";
import type { Words } from "./words.ts";

/** A step without its place in the text. */
type Bare = Step extends infer One ? (One extends Step ? Omit<One, "line" | "text"> : never) : never;

const WITHOUT_LIMIT: TrafficFilter = {
  kinds: undefined,
  from: undefined,
  to: undefined,
  height: undefined,
  view: undefined,
};
const COUNT_MAX = 10_000;
const FACTOR_MAX = 1_000_000;

/** Everything that a scenario lets happen. */
export function parseStep(words: Words, most: number): Bare {
  if (words.hasNumber) return parseDeed(words, most);
  if (words.takes("run")) return { kind: "run", length: words.duration() };
  if (words.takes("submit")) return parseSubmit(words, most);
  if (words.takes("heal")) return { kind: "heal" };
  if (words.takes("release")) {
    return { kind: "release", filter: words.next === undefined ? undefined : parseFilter(words, most) };
  }
  for (const kind of ["crash", "restart"] as const) {
    if (words.takes(kind)) return { kind, machines: words.numbers("a machine", most) };
  }
  if (words.takes("slow execution")) {
    const factor = words.number("how many times", FACTOR_MAX);
    words.must("times at");
    return { kind: "execution", machines: words.numbers("a machine", most), factor };
  }
  if (words.takes("clock of")) return parseClock(words, most);
  return { kind: "traffic", rule: parseTraffic(words, most) };
}

/** What one machine does. */
function parseDeed(words: Words, most: number): Bare {
  const machine = words.number("a machine", most);
  if (words.takes("declares ready to")) {
    return { kind: "ready", machine, to: words.numbers("a machine", most) };
  }
  words.must("proposes in view");
  const view = words.number("a view");
  words.must("the cut of height");
  const height = words.number("a height");
  words.must("of view");
  const ofView = words.number("a view");
  words.must("to");
  return { kind: "propose", machine, view, height, ofView, to: words.numbers("a machine", most) };
}

function parseSubmit(words: Words, most: number): Bare {
  const count = words.hasNumber ? words.number("how many", COUNT_MAX) : 1;
  const names = parseNames(words);
  words.must("to");
  const to = words.numbers("a machine", most);
  const every = words.takes("every") ? words.duration() : 0;
  const validFor = words.takes("valid") ? words.duration() : undefined;
  return { kind: "submit", names, count, to, every, validFor };
}

function parseClock(words: Words, most: number): Bare {
  const machine = words.number("a machine", most);
  const isForward = words.takes("forward");
  if (!isForward) words.must("back");
  const by = words.duration();
  return { kind: "clock", machine, by: isForward ? by : -by };
}

function parseTraffic(words: Words, most: number): TrafficRule {
  for (const fate of ["drop", "pass", "hold"] as const) {
    if (words.takes(fate)) return { fate, filter: parseFilter(words, most) };
  }
  if (words.takes("delay")) {
    const filter = parseFilter(words, most);
    words.must("by");
    return { fate: { delay: words.duration() }, filter };
  }
  for (const [name, fate] of [
    ["cut", "drop"],
    ["mend", "pass"],
  ] as const) {
    if (words.takes(name)) return { fate, filter: parseLinks(words, most) };
  }
  throw words.error("no step begins like this");
}

/** One-sided; both sides take two lines. */
function parseLinks(words: Words, most: number): TrafficFilter {
  const from = new Set(words.numbers("a machine", most));
  words.must("->");
  const to = new Set(words.numbers("a machine", most));
  return { ...WITHOUT_LIMIT, from, to };
}

function parseFilter(words: Words, most: number): TrafficFilter {
  const kinds = new Set<string>();
  const isAll = words.takes("everything");
  while (!isAll && words.next !== undefined && TRAFFIC.includes(words.next)) kinds.add(words.word("a kind"));
  if (!isAll && kinds.size === 0) throw words.error(`"${words.next ?? ""}" is none of ${TRAFFIC.join(", ")}`);
  const height = words.takes("of height") ? words.number("a height") : undefined;
  const view = words.takes("of view") ? words.number("a view") : undefined;
  const from = words.takes("from") ? new Set(words.numbers("a machine", most)) : undefined;
  const to = words.takes("to") ? new Set(words.numbers("a machine", most)) : undefined;
  return { kinds: isAll ? undefined : kinds, from, to, height, view };
}
