import type { Message } from "../messages.ts";
import { NO_MACHINE, type RunListener } from "./event-log.ts";
import type { RunEvent } from "./run-event.ts";
import { timelinePage } from "./timeline-page.ts";
import {
  type CutSpan,
  DRAWN,
  type Mark,
  type Moment,
  type NetworkSpan,
  type Span,
  type Stroke,
} from "./timeline-parts.ts";
import { drawTimeline } from "./timeline-picture.ts";
import { factToText, messageToText, shortName } from "./trace.ts";
import { MILLIS, RUN_EPOCH } from "./true-time.ts";

/** Views have these colours in turn. */
const VIEW_COLORS = 6;

function toMillis(at: bigint): number {
  return Number(at - RUN_EPOCH) / MILLIS;
}

/**
 * One run as a page: a row for each machine with its views, proposals, deliveries, sightings and faults, the
 * messages between the rows, the cuts by the time that they order, and a list of what was out of the
 * ordinary, with links to where it stands. The page needs nothing but itself.
 */
export class Timeline implements RunListener {
  readonly kinds = "all";
  private readonly marks: Mark[] = [];
  private readonly spans: Span[] = [];
  private readonly network: NetworkSpan[] = [];
  private readonly strokes: Stroke[] = [];
  private readonly cuts: CutSpan[] = [];
  private readonly moments: Moment[] = [];
  private readonly open = new Map<string, Span>();
  private readonly sentAt = new Map<Message, Map<string, number>>();
  private readonly undelivered = new Map<Message["kind"], number>();
  private machines = 0;
  private last = 0;

  observe(event: RunEvent): void {
    const at = toMillis(event.at);
    this.last = Math.max(this.last, at);
    this.machines = Math.max(this.machines, event.machine + 1);
    if (event.machine === NO_MACHINE) this.noteWorld(event, at);
    else if (event.kind === "fact") this.noteFact(event, at);
    else if (event.kind === "sent") this.sent(event.message, event.machine, event.to, at);
    else if (event.kind === "received") this.received(event.message, event.from, event.machine, at);
    else this.noteMachine(event, at);
  }

  private noteMachine(event: RunEvent, at: number): void {
    const { machine } = event;
    switch (event.kind) {
      case "started": {
        const who = event.correct ? "up" : "up hostile";
        this.span("condition", machine, at, who, `started (${event.how})`);
        if (event.how === "genesis") this.span("view", machine, at, "view v0", "v0");
        else this.span("view", machine, at, "view unknown", "");
        if (event.how !== "genesis") this.tell(at, machine, `started (${event.how})`);
        break;
      }
      case "crashed":
        this.span("condition", machine, at, "down", "crashed");
        this.span("view", machine, at, undefined, "");
        this.tell(at, machine, "crashed");
        break;
      case "halted":
        this.span("condition", machine, at, "halted", event.diagnosis);
        this.tell(at, machine, `halted: ${event.diagnosis}`);
        break;
      case "delivered":
        this.delivered(event.block, machine, at);
        break;
      case "adopted":
        this.mark(at, machine, "adopted", `goes on behind h${event.height}`);
        this.tell(at, machine, `goes on behind h${event.height}`);
        break;
      case "final":
        this.mark(at, machine, "final", `h${event.finality.height} final`);
        break;
      case "arrived":
        this.mark(at, machine, "arrived", `arrived ${shortName(event.txid)}`);
        break;
      case "hostile":
        this.mark(at, machine, "hostile", `${event.adversary}: ${event.act}`);
        break;
      default:
        break;
    }
  }

  /** Partitions and the like, each from its fault to what mends it. */
  private noteWorld(event: RunEvent, at: number): void {
    if (event.kind !== "network") return;
    const [word = "", ...rest] = event.what.split(" ");
    const what = rest.join(" ");
    if (event.change === "heal") {
      const isAll = word === "everything";
      for (const span of this.network) if (isAll || span.what === what) span.until ??= at;
    } else {
      const css = event.change === "partition" ? "partition" : "slow";
      this.network.push({ from: at, until: undefined, css, text: event.what, what });
    }
    this.moments.push({ at, text: event.change === "heal" ? `healed: ${event.what}` : event.what });
  }

  private noteFact({ fact, machine }: Extract<RunEvent, { readonly kind: "fact" }>, at: number): void {
    if (fact.kind === "viewChange") {
      this.span("view", machine, at, "view leaving", `leaves for v${fact.view}`);
      this.tell(at, machine, `leaves for view ${fact.view}: ${fact.why}`);
    } else if (fact.kind === "newView") {
      this.inView(machine, at, fact.view);
    } else if (fact.kind !== "delivered") {
      this.mark(at, machine, fact.kind, factToText(fact));
    }
  }

  private delivered(
    { height, epoch, horizon, transactions }: Extract<RunEvent, { readonly kind: "delivered" }>["block"],
    machine: number,
    at: number,
  ): void {
    const text = `h${height}, ${transactions.length} transactions, horizon ${toMillis(horizon).toFixed(3)} ms, epoch ${epoch}`;
    this.mark(at, machine, "delivered", text, `h${height}`);
    if (this.cuts.some((it) => it.height === height)) return;
    const from = this.cuts.find((it) => it.height === height - 1)?.until ?? 0;
    this.cuts.push({ height, from, until: toMillis(horizon), transactions: transactions.length });
  }

  private inView(machine: number, at: number, view: number): void {
    this.span("view", machine, at, `view v${view % VIEW_COLORS}`, `v${view}`);
  }

  /** After a restart, and where an epoch begins, only its votes tell which view a machine is in. */
  private votes(machine: number, at: number, view: number): void {
    const text = this.open.get(`view ${machine}`)?.text;
    if (text !== `v${view}`) this.inView(machine, at, view);
  }

  private tell(at: number, machine: number, what: string): void {
    this.moments.push({ at, text: `machine ${machine} ${what}` });
  }

  private mark(at: number, machine: number, css: string, text: string, label?: string): void {
    this.marks.push({ at, machine, css, text, label });
  }

  /** Ends what was so far, and begins another unless there is none. */
  private span(
    strip: "view" | "condition",
    machine: number,
    at: number,
    css: string | undefined,
    text: string,
  ): void {
    const key = `${strip} ${machine}`;
    const before = this.open.get(key);
    if (before !== undefined) before.until = at;
    this.open.delete(key);
    if (css === undefined) return;
    const span = { strip, machine, from: at, until: undefined, css, text };
    this.spans.push(span);
    this.open.set(key, span);
  }

  private sent(message: Message, from: number, to: number, at: number): void {
    if (message.kind === "prepare" || message.kind === "commit") this.votes(from, at, message.view);
    if (from === to || !DRAWN.has(message.kind)) return;
    const byLink = this.sentAt.get(message) ?? new Map<string, number>();
    byLink.set(`${from} ${to}`, at);
    this.sentAt.set(message, byLink);
    this.undelivered.set(message.kind, (this.undelivered.get(message.kind) ?? 0) + 1);
  }

  private received(message: Message, from: number, to: number, receivedAt: number): void {
    const sentAt = this.sentAt.get(message)?.get(`${from} ${to}`);
    if (sentAt === undefined) return;
    const text = `${from} > ${to} ${messageToText(message)}, ${(receivedAt - sentAt).toFixed(3)} ms`;
    this.strokes.push({ kind: message.kind, from, to, sentAt, receivedAt, text });
    this.undelivered.set(message.kind, (this.undelivered.get(message.kind) ?? 0) - 1);
  }

  page(title: string): string {
    const { marks, spans, network, strokes, cuts, moments, machines } = this;
    // A run in which nothing happened has a picture all the same.
    const last = Math.max(this.last, 1);
    const picture = drawTimeline({ marks, spans, network, strokes, cuts, machines, last });
    const undelivered = [...this.undelivered.values()].reduce((sum, count) => sum + Math.max(0, count), 0);
    const facts = [
      `${machines} machines`,
      `${(last / 1_000).toFixed(2)} s of virtual time`,
      `${cuts.length} heights`,
      `${cuts.reduce((sum, it) => sum + it.transactions, 0)} transactions`,
      `${marks.filter((it) => it.css === "hostile").length} hostile acts`,
      `${undelivered} messages sent and never received`,
    ];
    return timelinePage({ title, facts, moments, last, picture });
  }
}
