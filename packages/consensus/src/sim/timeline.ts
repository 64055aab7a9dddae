import type { Message } from "../messages.ts";
import { NO_MACHINE, type RunListener } from "./event-log.ts";
import type { RunEvent } from "./run-event.ts";
import { timelinePage } from "./timeline-page.ts";
import { factToText, messageToText, shortName } from "./trace.ts";
import { MILLIS, RUN_EPOCH } from "./true-time.ts";

const ROW_HEIGHT = 84;
const TOP = 60;
const LEFT = 90;
const VIEW_STRIP = 14;
const WIDTH_MAX = 16_000;
const PIXELS_PER_MILLI_MAX = 1;
/** Messages drawn as lines; the rest would hide them. */
const DRAWN: ReadonlySet<Message["kind"]> = new Set([
  "batch",
  "preprepare",
  "prepare",
  "commit",
  "final",
  "viewChange",
  "newView",
  "complaint",
  "evidence",
]);

interface Stroke {
  readonly message: Message;
  readonly from: number;
  readonly to: number;
  readonly sentAt: number;
  readonly receivedAt: number;
}

interface Mark {
  readonly at: number;
  readonly machine: number;
  readonly css: string;
  readonly text: string;
}

interface Span {
  readonly machine: number;
  readonly from: number;
  until: number | undefined;
  readonly css: string;
  readonly text: string;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * One run as a picture: a row for each machine with its views, proposals, deliveries, sightings and faults,
 * and the messages between the rows. The page needs nothing but itself.
 */
export class Timeline implements RunListener {
  readonly kinds = "all";
  private readonly marks: Mark[] = [];
  private readonly spans: Span[] = [];
  private readonly strokes: Stroke[] = [];
  private readonly open = new Map<string, Span>();
  private readonly sentAt = new Map<Message, Map<string, number>>();
  private machines = 0;
  private last = 0;

  observe(event: RunEvent): void {
    const at = Number(event.at - RUN_EPOCH) / MILLIS;
    this.last = Math.max(this.last, at);
    this.machines = Math.max(this.machines, event.machine + 1);
    this.note(event, at);
  }

  private note(event: RunEvent, at: number): void {
    const { machine } = event;
    switch (event.kind) {
      case "sent":
        this.sent(event.message, machine, event.to, at);
        break;
      case "received":
        this.received(event.message, event.from, machine, at);
        break;
      case "started":
        this.span("condition", machine, at, event.correct ? "up" : "up hostile", `started (${event.how})`);
        this.span("view", machine, at, "view v0", "v0");
        break;
      case "crashed":
        this.span("condition", machine, at, "down", "crashed");
        this.span("view", machine, at, undefined, "");
        break;
      case "halted":
        this.span("condition", machine, at, "halted", event.diagnosis);
        break;
      case "delivered": {
        const { height, transactions } = event.block;
        this.mark(at, machine, "delivered", `h${height}, ${transactions.length} transactions`);
        break;
      }
      case "final":
        this.mark(at, machine, "final", `h${event.finality.height} final`);
        break;
      case "arrived":
        this.mark(at, machine, "arrived", `arrived ${shortName(event.txid)}`);
        break;
      case "hostile":
        this.mark(at, machine, "hostile", `${event.adversary}: ${event.act}`);
        break;
      case "network":
        this.mark(at, NO_MACHINE, event.change, event.what);
        break;
      case "fact":
        if (event.fact.kind === "viewChange")
          this.span("view", machine, at, "view leaving", `to v${event.fact.view}`);
        else if (event.fact.kind === "newView") {
          this.span("view", machine, at, `view v${event.fact.view % 6}`, `v${event.fact.view}`);
        } else this.mark(at, machine, `fact ${event.fact.kind}`, factToText(event.fact));
        break;
      default:
        break;
    }
  }

  private mark(at: number, machine: number, css: string, text: string): void {
    this.marks.push({ at, machine, css, text });
  }

  /** Ends what was so far, and begins another unless there is none. */
  private span(strip: string, machine: number, at: number, css: string | undefined, text: string): void {
    const key = `${strip} ${machine}`;
    const before = this.open.get(key);
    if (before !== undefined) before.until = at;
    this.open.delete(key);
    if (css === undefined) return;
    const span = { machine, from: at, until: undefined, css, text };
    this.spans.push(span);
    this.open.set(key, span);
  }

  private sent(message: Message, from: number, to: number, at: number): void {
    if (from === to || !DRAWN.has(message.kind)) return;
    const byLink = this.sentAt.get(message) ?? new Map<string, number>();
    byLink.set(`${from} ${to}`, at);
    this.sentAt.set(message, byLink);
  }

  private received(message: Message, from: number, to: number, receivedAt: number): void {
    const sentAt = this.sentAt.get(message)?.get(`${from} ${to}`);
    if (sentAt !== undefined) this.strokes.push({ message, from, to, sentAt, receivedAt });
  }

  /** The page; every kind of message can be switched off in it. */
  page(title: string): string {
    const scale = Math.min(PIXELS_PER_MILLI_MAX, WIDTH_MAX / Math.max(1, this.last));
    const x = (at: number): string => (LEFT + at * scale).toFixed(1);
    const height = TOP + this.machines * ROW_HEIGHT + 30;
    const parts = [
      ...this.axis(x, height),
      ...this.spans.map((it) => this.drawSpan(it, x)),
      ...this.strokes.map((it) => drawStroke(it, x)),
      ...this.marks.map((it) => drawMark(it, x, height)),
    ];
    const kinds = [...DRAWN].filter((kind) => this.strokes.some((it) => it.message.kind === kind));
    const width = LEFT + this.last * scale + 40;
    return timelinePage({ title: escapeText(title), width, height, kinds, body: parts.join("\n") });
  }

  private axis(x: (at: number) => string, height: number): readonly string[] {
    const lines: string[] = [];
    const step = this.last > 60_000 ? 5_000 : this.last > 20_000 ? 1_000 : 250;
    for (let at = 0; at <= this.last; at += step) {
      lines.push(`<line class="grid" x1="${x(at)}" x2="${x(at)}" y1="${TOP - 8}" y2="${height - 20}"/>`);
      lines.push(`<text class="time" x="${x(at)}" y="${height - 6}">${at} ms</text>`);
    }
    for (let machine = 0; machine < this.machines; machine++) {
      lines.push(`<text class="name" x="6" y="${rowOf(machine) + 44}">machine ${machine}</text>`);
    }
    return lines;
  }

  private drawSpan(span: Span, x: (at: number) => string): string {
    const from = x(span.from);
    const width = (Number(x(span.until ?? this.last)) - Number(from)).toFixed(1);
    const isView = span.css.startsWith("view");
    const y = rowOf(span.machine) + (isView ? 0 : VIEW_STRIP);
    const height = isView ? VIEW_STRIP : ROW_HEIGHT - VIEW_STRIP - 10;
    const label = isView
      ? `<text class="label" x="${from}" y="${y + 11}">${escapeText(span.text)}</text>`
      : "";
    const title = `<title>${escapeText(span.text)}</title>`;
    return `<rect class="${span.css}" x="${from}" y="${y}" width="${width}" height="${height}">${title}</rect>${label}`;
  }
}

function rowOf(machine: number): number {
  return TOP + machine * ROW_HEIGHT;
}

/** Where in its row a machine speaks and listens. */
function lineOf(machine: number): number {
  return rowOf(machine) + 44;
}

function drawStroke({ message, from, to, sentAt, receivedAt }: Stroke, x: (at: number) => string): string {
  const ends = `x1="${x(sentAt)}" y1="${lineOf(from)}" x2="${x(receivedAt)}" y2="${lineOf(to)}"`;
  const title = escapeText(`${from} > ${to} ${messageToText(message)}`);
  return `<line class="message ${message.kind}" ${ends}><title>${title}</title></line>`;
}

function drawMark({ at, machine, css, text }: Mark, x: (at: number) => string, height: number): string {
  const title = `<title>${escapeText(text)}</title>`;
  if (machine === NO_MACHINE) {
    const line = `<line class="network ${css}" x1="${x(at)}" x2="${x(at)}" y1="30" y2="${height - 20}">${title}</line>`;
    return `${line}<text class="network ${css}" x="${x(at)}" y="24">${escapeText(css)}</text>`;
  }
  const y = lineOf(machine);
  switch (css) {
    case "delivered": {
      const label = escapeText(text.slice(0, text.indexOf(",")));
      return `<circle class="delivered" cx="${x(at)}" cy="${y}" r="3">${title}</circle><text class="height" x="${x(at)}" y="${y - 6}">${label}</text>`;
    }
    case "final":
      return `<circle class="final" cx="${x(at)}" cy="${y + 10}" r="2.5">${title}</circle>`;
    case "arrived":
      return `<circle class="arrived" cx="${x(at)}" cy="${y + 22}" r="1.6">${title}</circle>`;
    case "hostile":
      return `<text class="hostile" x="${x(at)}" y="${y - 18}">✗${title}</text>`;
    case "fact sighted":
      return `<circle class="sighted" cx="${x(at)}" cy="${y + 18}" r="1.6">${title}</circle>`;
    case "fact proposed":
      return `<text class="proposed" x="${x(at)}" y="${y + 4}">◆${title}</text>`;
    default:
      return `<circle class="${css}" cx="${x(at)}" cy="${y - 12}" r="1.4">${title}</circle>`;
  }
}
