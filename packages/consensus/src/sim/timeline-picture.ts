import {
  type CutSpan,
  DRAWN,
  escapeText,
  type Mark,
  type NetworkSpan,
  type Span,
  type Stroke,
  SYMBOLS,
} from "./timeline-parts.ts";

/**
 * The picture: everything's place in time is a part of the whole width, so the page can be zoomed by making
 * the picture wider, without a script. Lines are an SVG that is stretched; signs and text stand over it.
 */
export interface PictureParts {
  readonly marks: readonly Mark[];
  readonly spans: readonly Span[];
  readonly network: readonly NetworkSpan[];
  readonly strokes: readonly Stroke[];
  readonly cuts: readonly CutSpan[];
  readonly machines: number;
  /** The end of the run, in milliseconds. */
  readonly last: number;
}

export interface Picture {
  readonly body: string;
  readonly height: number;
  /** The kinds of messages that were received; of each, how many are drawn of how many. */
  readonly drawn: ReadonlyMap<string, { readonly lines: number; readonly of: number }>;
  /** The middle one of all delays, in milliseconds. */
  readonly delay: number;
}

/** More lines than this nobody can tell apart, and no browser draws gladly. */
export const LINES_MAX = 15_000;
/** Signs that matter are always drawn; of arrivals and sightings no more than this. */
const DOTS_MAX = 10_000;
/** Labels of the time that the widest zoom has room for. */
const TICKS = 200;

const AXIS = 20;
const NETWORK = 24;
const CUTS = 22;
const TOP = AXIS + NETWORK + CUTS + 6;
const ROW = 92;
const VIEW = 14;
/** Where in its row a machine speaks and listens. */
const LINE = 50;

function rowOf(machine: number): number {
  return TOP + machine * ROW;
}

function lineOf(machine: number): number {
  return rowOf(machine) + LINE;
}

/** Whole kinds, the rare ones first, until there are enough lines. */
function chooseLines(strokes: readonly Stroke[]): readonly Stroke[] {
  const chosen: Stroke[] = [];
  for (const kind of DRAWN.keys()) {
    const ofKind = strokes.filter((it) => it.kind === kind);
    chosen.push(...ofKind.slice(0, LINES_MAX - chosen.length));
  }
  return chosen;
}

function chooseMarks(marks: readonly Mark[]): readonly Mark[] {
  let dots = 0;
  return marks.filter(({ css }) => {
    if (!SYMBOLS.has(css)) return css === "adopted" || css === "equivocation" || css === "clockAhead";
    if (css !== "arrived" && css !== "sighted") return true;
    dots += 1;
    return dots <= DOTS_MAX;
  });
}

function medianDelay(strokes: readonly Stroke[]): number {
  const delays = strokes.map((it) => it.receivedAt - it.sentAt).sort((a, b) => a - b);
  return delays[delays.length >> 1] ?? 1;
}

class Drawing {
  private readonly last: number;

  constructor(last: number) {
    this.last = last;
  }

  /** In percent of the width. */
  private x(at: number): string {
    return ((100 * Math.min(at, this.last)) / this.last).toFixed(4);
  }

  bar(
    css: string,
    from: number,
    until: number | undefined,
    y: number,
    height: number,
    text: string,
    label = "",
  ) {
    const end = until ?? this.last;
    const width = (Number(this.x(end)) - Number(this.x(from))).toFixed(4);
    const style = `left:${this.x(from)}%;width:${width}%;top:${y}px;height:${height}px`;
    return `<div class="bar ${css}" style="${style}" title="${escapeText(text)}"><span>${escapeText(label)}</span></div>`;
  }

  sign(css: string, at: number, y: number, text: string, symbol: string, label = ""): string {
    const style = `left:${this.x(at)}%;top:${y}px`;
    const name = label === "" ? "" : `<small>${escapeText(label)}</small>`;
    return `<i class="${css}" style="${style}" title="${escapeText(text)}">${symbol}${name}</i>`;
  }

  line({ kind, from, to, sentAt, receivedAt, text }: Stroke): string {
    const ends = `x1="${this.x(sentAt)}" y1="${lineOf(from)}" x2="${this.x(receivedAt)}" y2="${lineOf(to)}"`;
    return `<line class="${kind}" ${ends}><title>${escapeText(text)}</title></line>`;
  }

  /** A step of 1, 2 or 5 times a power of ten, for as many labels as the widest zoom has room for. */
  axis(height: number): string {
    const least = this.last / TICKS;
    let step = 0.001;
    // 1, 2, 5, 10, 20, 50 …
    for (let turn = 0; step < least; turn++) step *= turn % 3 === 1 ? 2.5 : 2;
    const ticks: string[] = [];
    for (let tick = 0; tick * step <= this.last; tick++) {
      const at = tick * step;
      // At the least zoom only every fiftieth has room, then every tenth.
      const css = tick % 50 === 0 ? "tick first" : tick % 10 === 0 ? "tick second" : "tick third";
      const label = at >= 1_000 ? `${Number((at / 1_000).toFixed(4))} s` : `${Number(at.toFixed(3))} ms`;
      ticks.push(`<div class="${css}" style="left:${this.x(at)}%;height:${height}px">${label}</div>`);
    }
    return ticks.join("\n");
  }
}

/** Where in the row a sign stands: what belongs to content low, what belongs to heights on the line. */
const SIGN_TOPS: ReadonlyMap<string, number> = new Map([
  ["delivered", LINE],
  ["proposed", LINE],
  ["final", LINE + 11],
  ["sighted", LINE + 24],
  ["arrived", LINE + 31],
]);
const OTHER_SIGN_TOP = LINE - 22;

function drawMark(drawing: Drawing, { at, machine, css, text, label }: Mark): string {
  const [symbol] = SYMBOLS.get(css) ?? ["*"];
  const y = rowOf(machine) + (SIGN_TOPS.get(css) ?? OTHER_SIGN_TOP);
  return drawing.sign(css, at, y, text, symbol, label);
}

function drawSpan(drawing: Drawing, { strip, machine, from, until, css, text }: Span): string {
  const y = rowOf(machine);
  if (strip === "view") return drawing.bar(css, from, until, y, VIEW, text, text);
  const label = css === "up" ? "" : css === "up hostile" ? "hostile" : text;
  return drawing.bar(`condition ${css}`, from, until, y + VIEW, ROW - VIEW - 8, text, label);
}

function drawCut(drawing: Drawing, { height, from, until, transactions }: CutSpan): string {
  const text = `cut ${height} orders ${from.toFixed(3)} to ${until.toFixed(3)} ms: ${transactions} transactions`;
  const css = height % 2 === 0 ? "cut even" : "cut odd";
  return drawing.bar(css, from, until, AXIS + NETWORK + 2, CUTS - 4, text, `h${height}`);
}

export function drawTimeline(parts: PictureParts): Picture {
  const drawing = new Drawing(parts.last);
  const height = TOP + parts.machines * ROW + 8;
  const lines = chooseLines(parts.strokes);
  // Both directions of a partition begin together: each has a line of its own to say so.
  const bands = parts.network.map(({ from, until, css, text }, i) => {
    const top = AXIS + (i % 2) * (NETWORK / 2);
    return drawing.bar(`network ${css}`, from, until, top, height - top, text, text);
  });
  const names = Array.from(
    { length: parts.machines },
    (_, machine) => `<b style="top:${lineOf(machine) - 8}px">machine ${machine}</b>`,
  );
  const svg = `<svg viewBox="0 0 100 ${height}" preserveAspectRatio="none" height="${height}">`;
  const body = [
    drawing.axis(height),
    ...parts.spans.map((it) => drawSpan(drawing, it)),
    ...bands,
    ...parts.cuts.map((it) => drawCut(drawing, it)),
    svg,
    ...lines.map((it) => drawing.line(it)),
    "</svg>",
    ...chooseMarks(parts.marks).map((it) => drawMark(drawing, it)),
    `<div class="names"><b style="top:${AXIS + NETWORK + 3}px">cuts</b>${names.join("")}</div>`,
  ].join("\n");
  const drawn = new Map<string, { lines: number; of: number }>();
  for (const { kind } of parts.strokes) {
    const of = (drawn.get(kind)?.of ?? 0) + 1;
    drawn.set(kind, { lines: drawn.get(kind)?.lines ?? 0, of });
  }
  for (const { kind } of lines) {
    const counts = drawn.get(kind);
    if (counts !== undefined) counts.lines += 1;
  }
  return { body, height, drawn, delay: medianDelay(parts.strokes) };
}
