import { CASES, type Exploration, explore, FLAWS } from "@touchmark/consensus/sim";

const HELP = `Usage: pnpm sim explore [case ...] [--broken NAME]

Every schedule of small clusters, phase by phase: ${[...CASES.keys()].join(", ")}.
With --broken a negative control is explored instead, up to its first violation. Exits with 1 on a violation.
`;
/** Schedules of each case that are run once more by themselves, and healed. */
const SAMPLES = 25;
const MICROS_PER_SECOND = 1e6;

function row(name: string, it: Exploration, seconds: number): string {
  const violations = it.violation === undefined ? 0 : 1;
  const numbers = [
    it.states,
    it.schedules.toExponential(2),
    it.ends,
    it.healed,
    violations,
    seconds.toFixed(1),
  ];
  return name.padEnd(24) + numbers.map((number) => String(number).padStart(11)).join("");
}

/** Prints a table, a line for each case. */
export function exploreCases(args: readonly string[]): number {
  const at = args.indexOf("--broken");
  const broken = at < 0 ? undefined : (args[at + 1] ?? "");
  const names = args.filter((_, place) => at < 0 || (place !== at && place !== at + 1));
  const isKnown = names.every((it) => CASES.has(it)) && (broken === undefined || FLAWS.has(broken));
  if (!isKnown) {
    console.log(HELP);
    return args.includes("--help") ? 0 : 2;
  }
  const heads = ["states", "schedules", "ends", "healed", "violations", "CPU s"];
  console.log("case".padEnd(24) + heads.map((it) => it.padStart(11)).join(""));
  let violations = 0;
  for (const name of names.length === 0 ? CASES.keys() : names) {
    const it = CASES.get(name);
    if (it === undefined) continue;
    const before = process.cpuUsage();
    const result = explore(it, broken === undefined ? undefined : FLAWS.get(broken), SAMPLES);
    const { user, system } = process.cpuUsage(before);
    console.log(row(name, result, (user + system) / MICROS_PER_SECOND));
    if (result.violation === undefined) continue;
    violations += 1;
    console.error([`violation: ${result.violation}`, ...result.lines].join("\n"));
  }
  return violations === 0 ? 0 : 1;
}
