import { type Figure, type FigureKind, isMet, type Target } from "./figure.ts";
import type { Machine } from "./machine.ts";

/** Where the figures go: each is written when it is there, since a full run takes a minute. */
export interface Report {
  start(): void;
  add(figure: Figure): void;
  end(): void;
}

export interface RunFacts extends Machine {
  readonly seed: number;
  readonly runs: number;
  /** Whether it ran long enough to say anything about targets. */
  readonly isJudged: boolean;
}

type WriteLine = (line: string) => void;

const DIGITS = 6;

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

export function jsonReport(facts: RunFacts, writeLine: WriteLine): Report {
  return {
    start: () => undefined,
    add(figure) {
      const { bench, unit, target = null } = figure;
      const line = {
        bench,
        unit,
        value: rounded(figure.value),
        floor: rounded(figure.floor),
        ratio: rounded(figure.ratio),
        target,
        met: facts.isJudged ? (isMet(figure) ?? null) : null,
        commit: facts.commit ?? null,
        node: facts.node,
        cpu: facts.cpu,
        seed: facts.seed,
      };
      writeLine(JSON.stringify(line));
    },
    end: () => undefined,
  };
}

/** As many digits as mean something. */
function inUnit(value: number, unit: string): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

function targetToText(target: Target, unit: string): string {
  const [sign, limit] = "most" in target ? ["≤", target.most] : ["≥", target.least];
  return target.of === "ratio" ? `${sign} ${limit} × floor` : `${sign} ${limit.toLocaleString("en")} ${unit}`;
}

function metToText(met: boolean | undefined): string {
  if (met === undefined) return "";
  return met ? "met" : "MISSED";
}

const COLUMN_WIDTHS = { value: 17, floor: 17, ratio: 7, target: 15, met: 7 } as const;

type Row = Readonly<Record<"bench" | "floorIs" | keyof typeof COLUMN_WIDTHS, string>>;

function rowToLine(row: Row, nameWidth: number): string {
  const { value, floor, ratio, target, met } = COLUMN_WIDTHS;
  const numbers = row.value.padStart(value) + row.floor.padStart(floor) + row.ratio.padStart(ratio);
  const judged = row.target.padEnd(target) + row.met.padEnd(met);
  return `${row.bench.padEnd(nameWidth)}${numbers}   ${judged} ${row.floorIs}`.trimEnd();
}

const HEADER: Row = {
  bench: "bench",
  value: "value",
  floor: "floor",
  ratio: "ratio",
  target: "target",
  met: "",
  floorIs: "the floor is",
};

function figureToRow(figure: Figure, met: boolean | undefined): Row {
  const { bench, unit, floorIs, target } = figure;
  return {
    bench,
    value: inUnit(figure.value, unit),
    floor: inUnit(figure.floor, unit),
    ratio: figure.ratio.toFixed(2),
    target: target === undefined ? "" : targetToText(target, unit),
    met: metToText(met),
    floorIs,
  };
}

export function tableReport(facts: RunFacts, kinds: readonly FigureKind[], writeLine: WriteLine): Report {
  const nameWidth = Math.max(...kinds.map((kind) => kind.bench.length));
  const verdicts: boolean[] = [];
  return {
    start() {
      const { cpu, node, commit = "none", seed, runs } = facts;
      writeLine(`${cpu}, Node ${node}, commit ${commit}, seed ${seed}, median of ${runs} runs\n`);
      writeLine(rowToLine(HEADER, nameWidth));
    },
    add(figure) {
      const met = facts.isJudged ? isMet(figure) : undefined;
      if (met !== undefined) verdicts.push(met);
      writeLine(rowToLine(figureToRow(figure, met), nameWidth));
    },
    end() {
      const met = verdicts.filter((verdict) => verdict).length;
      const summary = facts.isJudged ? `${met} of ${verdicts.length} targets met` : "too short to judge";
      writeLine(`\n${kinds.length} figures; ${summary}.`);
    },
  };
}
