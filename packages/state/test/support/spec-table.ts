import { REFUSAL_CODES } from "../../src/codes.ts";
import type { EventDefinition, Operation, TimerDefinition } from "../../src/machine.ts";
import { PARAMETERS, type Parameter } from "../../src/parameters.ts";
import type { Registry } from "../../src/registry.ts";

/** The tables of docs/spec/state.md, as Markdown: one row for each entry, by number. */
function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function codesText(codes: readonly string[]): string {
  return codes.length === 0 ? "–" : [...new Set(codes)].map((code) => `\`${code}\``).join(" ");
}

function eventsText(events: readonly EventDefinition[]): string {
  return events.length === 0 ? "–" : events.map((it) => `\`${it.name}\``).join(" ");
}

function fieldsText(fields: object): string {
  const names = Object.keys(fields);
  return names.length === 0 ? "–" : names.join(", ");
}

function whoText(operation: Operation): string {
  const by = operation.by === undefined ? "" : `; by ${operation.by.join(", ")}`;
  return `${operation.who}${by}${operation.exitSet === true ? "; exit set" : ""}`;
}

function operationRow(it: Operation): string {
  const { name, number, fields, guard, codes, events, since } = it;
  const who = whoText(it);
  return row(
    `\`${name}\``,
    `${number}`,
    `${since}`,
    fieldsText(fields),
    who,
    guard,
    codesText(codes),
    eventsText(events),
  );
}

function timerRow({ name, number, fields, guard, codes, events }: TimerDefinition): string {
  return row(`\`${name}\``, `${number}`, fieldsText(fields), guard, codesText(codes), eventsText(events));
}

const SECOND = 1_000_000_000n;
const UNITS = [
  [86_400n * SECOND, "d"],
  [3_600n * SECOND, "h"],
  [60n * SECOND, "min"],
  [SECOND, "s"],
] as const;

function valueText(value: number | bigint): string {
  if (typeof value === "number") return `${value}`;
  const unit = UNITS.find(([nanos]) => value >= nanos && value % nanos === 0n);
  return unit === undefined ? `${value} ns` : `${value / unit[0]} ${unit[1]}`;
}

function parameterRow([name, it]: readonly [string, Parameter]): string {
  return row(
    `\`${name}\``,
    `${it.number}`,
    valueText(it.standard),
    valueText(it.least),
    valueText(it.most),
    it.by,
  );
}

export interface Section {
  readonly name: string;
  readonly lines: readonly string[];
}

export function sectionsOf(registry: Registry): readonly Section[] {
  const byNumber = Object.entries(PARAMETERS).sort(([, a], [, b]) => a.number - b.number);
  return [
    {
      name: "operations",
      lines: [
        row("operation", "number", "since", "fields", "who", "guard → effect", "codes", "events"),
        "|---|---|---|---|---|---|---|---|",
        ...registry.operations.map(operationRow),
      ],
    },
    {
      name: "timers",
      lines: [
        row("timer", "number", "fields", "what it does", "codes", "events"),
        "|---|---|---|---|---|---|",
        ...registry.timers.map(timerRow),
      ],
    },
    {
      name: "events",
      lines: [
        row("event", "number", "fields"),
        "|---|---|---|",
        ...registry.events.map((it) => row(`\`${it.name}\``, `${it.number}`, fieldsText(it.fields))),
      ],
    },
    {
      name: "codes",
      lines: [
        row("code", "number"),
        "|---|---|",
        ...Object.entries(REFUSAL_CODES).map(([name, number]) => row(`\`${name}\``, `${number}`)),
      ],
    },
    {
      name: "parameters",
      lines: [
        row("parameter", "number", "default", "least", "most", "changed by"),
        "|---|---|---|---|---|---|",
        ...byNumber.map(parameterRow),
      ],
    },
  ];
}

function borders(name: string): readonly [start: string, end: string] {
  return [`<!-- ${name}: from the registry -->`, `<!-- ${name}: end -->`];
}

/** The lines between the borders of a section. */
export function sectionIn(document: string, name: string): string | undefined {
  const [start, end] = borders(name);
  const from = document.indexOf(start);
  const until = document.indexOf(end);
  return from < 0 || until < from ? undefined : document.slice(from + start.length, until).trim();
}

export function withSection(document: string, { name, lines }: Section): string {
  const [start, end] = borders(name);
  const [before, after] = [document.indexOf(start), document.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`docs/spec/state.md has no borders for ${name}`);
  return `${document.slice(0, before + start.length)}\n${lines.join("\n")}\n${document.slice(after)}`;
}
