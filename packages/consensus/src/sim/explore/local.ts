import { bytesToHex, bytesToKey, must, type Nanos } from "@touchmark/core";
import type { Message, MessageOf } from "../../messages.ts";
import type { DurableRecord } from "../../recovery.ts";
import { Body, type Happening } from "./body.ts";
import { keyOf, textOf } from "./fingerprint.ts";
import type { Setting } from "./setting.ts";
import { type Spoken, SpokenBook } from "./spoken.ts";

/** What brings a replica from one state to another. */
type Change =
  | { readonly kind: "opening" }
  | { readonly kind: "heard"; readonly now: Nanos; readonly heard: readonly Spoken[] }
  | { readonly kind: "tick"; readonly now: Nanos }
  | { readonly kind: "restart"; readonly now: Nanos; readonly kept: number };

/** P-7: what had been said and delivered with so many records in the log, in the last change. */
interface Mark {
  readonly records: number;
  readonly said: number;
  readonly delivered: number;
}

interface Progress {
  readonly said: Spoken[];
  /** Delivered blocks, as numbers, by height. */
  readonly delivered: number[];
  violation: string | undefined;
  readonly marks: Mark[];
}

/**
 * One state of one replica, as far as it can matter: histories that end in the same state share it. It is known
 * by what brought it about, and made again by replaying that.
 */
export interface Local {
  readonly id: number;
  readonly replica: number;
  readonly from: Local | undefined;
  readonly change: Change;
  readonly phase: number;
  readonly lives: number;
  readonly records: number;
  readonly said: readonly Spoken[];
  readonly delivered: readonly number[];
  readonly violation: string | undefined;
  readonly marks: readonly Mark[];
}

/** How many bodies wait to be led on, so that not every step begins with a replay. */
const BODIES_KEPT = 1_000;

export interface LocalsOptions {
  /** A restart may come yet, so what is in the log tells states apart. */
  readonly tellsLogs: boolean;
  readonly isHeardAfter: (phase: number, message: Message) => boolean;
}

/** The states of all replicas of one case, and what leads from one to the next. */
export class Locals {
  readonly spoken: SpokenBook;
  readonly openings: readonly Local[];
  /** Times that a replica was stepped through something not seen before. */
  steps = 0;
  private readonly setting: Setting;
  private readonly options: LocalsOptions;
  private readonly byKey = new Map<string, Local>();
  private readonly changes = new Map<string, Local>();
  private readonly blocks = new Map<string, number>();
  private readonly bodies = new Map<Local, Body>();
  private readonly openedRecords: number[] = [];
  private readonly counts: number[] = [];

  constructor(setting: Setting, options: LocalsOptions) {
    this.setting = setting;
    this.options = options;
    this.spoken = new SpokenBook(setting);
    this.openings = setting.keys.map((_, replica) => this.open(replica));
  }

  private open(replica: number): Local {
    const body = new Body(this.setting, replica);
    const happenings = applyTo(body, { kind: "opening" });
    this.openedRecords[replica] = body.records.length;
    return this.settle(body, undefined, { kind: "opening" }, -1, happenings);
  }

  /** Who hears nothing comes out of the phase too: what it said for this phase does not matter any more. */
  hear(local: Local, phase: number, now: Nanos, heard: readonly Spoken[]): Local {
    return this.go(local, phase, { kind: "heard", now, heard }, `h${heard.map((it) => it.id).join()}`);
  }

  tick(local: Local, phase: number, now: Nanos): Local {
    return this.go(local, phase, { kind: "tick", now }, "t");
  }

  /**
   * P-7: every way to find the replica after a crash. What left it was durable before; of what the last phase
   * put into the log behind that, any first part may have reached the disk.
   */
  crashes(local: Local, phase: number, now: Nanos): readonly Local[] {
    return [...new Set(this.restarts(local, phase).map((kept) => this.restart(local, phase, now, kept)))];
  }

  restarts(local: Local, phase: number): readonly number[] {
    const least = local.phase === phase ? must(local.marks[0], "a mark").records : local.records;
    return Array.from({ length: local.records - least + 1 }, (_, lost) => local.records - lost);
  }

  restart(local: Local, phase: number, now: Nanos, kept: number): Local {
    return this.go(local, phase, { kind: "restart", now, kept }, `r${kept}`);
  }

  /** How many records a crash leaves that leads from one state to the other. */
  keptBy(from: Local, to: Local, phase: number, now: Nanos): number | undefined {
    return this.restarts(from, phase).find((kept) => this.restart(from, phase, now, kept) === to);
  }

  private go(local: Local, phase: number, change: Change, name: string): Local {
    const key = `${local.replica}/${local.id}/${phase}/${name}`;
    const known = this.changes.get(key);
    if (known !== undefined) return known;
    const body = this.take(local);
    this.steps += 1;
    const next = this.settle(body, local, change, phase, applyTo(body, change));
    this.changes.set(key, next);
    return next;
  }

  /** A body in this state, for the taker to keep. */
  take(local: Local): Body {
    const kept = this.bodies.get(local);
    if (kept !== undefined) {
      this.bodies.delete(local);
      return kept;
    }
    const body = new Body(this.setting, local.replica);
    for (const change of pathTo(local)) applyTo(body, change);
    return body;
  }

  /** What the state is known by, of the replica itself. */
  textOf(local: Local): string {
    const body = this.take(local);
    this.keep(local, body);
    return textOf(body.inside);
  }

  private settle(
    body: Body,
    from: Local | undefined,
    change: Change,
    phase: number,
    happenings: readonly Happening[],
  ): Local {
    const progress = this.progressOf(body, from, change, happenings);
    const key = this.keyOf(body, phase, progress);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const id = this.counts[body.index] ?? 0;
    this.counts[body.index] = id + 1;
    const place = { id, replica: body.index, from, change, phase };
    const local: Local = { ...place, lives: body.lives, records: body.records.length, ...progress };
    this.byKey.set(key, local);
    this.keep(local, body);
    return local;
  }

  private keep(local: Local, body: Body): void {
    this.bodies.set(local, body);
    if (this.bodies.size <= BODIES_KEPT) return;
    for (const oldest of this.bodies.keys()) {
      this.bodies.delete(oldest);
      return;
    }
  }

  private keyOf(body: Body, phase: number, { said, delivered, violation, marks }: Progress): string {
    const parts = [
      `${body.index}/${body.lives}`,
      // What nobody can hear any more does not matter, but for one who might say it again otherwise (P-7).
      said
        .filter((it) => this.matters(it, body, phase))
        .map((it) => it.id)
        .join(),
      delivered.join(),
      violation ?? "",
      textOf(body.inside),
    ];
    if (this.options.tellsLogs && body.lives === 1) {
      // P-7: what may be lost yet, and what a restart would find.
      const opened = this.openedRecords[body.index] ?? 0;
      const lost = marks.map((it) => `${it.records}-${it.said}-${it.delivered}`);
      parts.push(`${phase}`, lost.join(), ...body.records.slice(opened).map(recordText));
    }
    return keyOf(parts.join("|"));
  }

  private matters({ message }: Spoken, body: Body, phase: number): boolean {
    if (this.options.isHeardAfter(phase, message)) return true;
    return body.lives > 1 && (!("view" in message) || message.view >= body.view);
  }

  private progressOf(
    body: Body,
    from: Local | undefined,
    change: Change,
    happenings: readonly Happening[],
  ): Progress {
    const { said, delivered } = this.before(from, change);
    const { violation } = from ?? { violation: undefined };
    const progress: Progress = { said: [...said], delivered: [...delivered], violation, marks: [] };
    const mark = (records: number): void => {
      progress.marks.push({ records, said: progress.said.length, delivered: progress.delivered.length });
    };
    mark(from?.records ?? 0);
    for (const it of happenings) {
      this.note(body.index, it, progress);
      mark(it.records);
    }
    return progress;
  }

  /** P-7: what stood behind records that a crash took was never said, unless nothing waits for the disk. */
  private before(from: Local | undefined, change: Change): Pick<Local, "said" | "delivered"> {
    if (from === undefined) return { said: [], delivered: [] };
    if (change.kind !== "restart" || change.kept === from.records) return from;
    const mark = from.marks.findLast((it) => it.records <= change.kept);
    if (mark === undefined || !this.setting.shell.waitsForDisk) return from;
    return { said: from.said.slice(0, mark.said), delivered: from.delivered.slice(0, mark.delivered) };
  }

  private note(replica: number, happening: Happening, progress: Progress): void {
    const { said, delivered } = progress;
    if (happening.kind === "halted") progress.violation ??= `${replica} halts: ${happening.diagnosis}`;
    else if (happening.kind === "delivered") {
      const { height, blockHash } = happening.block;
      const block = this.blockNumber(bytesToHex(blockHash));
      const known = delivered[height - 1] ?? block;
      if (known !== block) progress.violation ??= `${replica} delivers two blocks at height ${height}`;
      delivered[height - 1] = block;
    } else {
      const spoken = this.spoken.find(replica, happening.message);
      if (spoken === undefined || said.includes(spoken)) return;
      const other = said.find((it) => it.slot === spoken.slot && it.signed !== spoken.signed);
      if (other !== undefined) progress.violation ??= `${replica} signs two things as ${spoken.slot}`;
      said.push(spoken);
    }
  }

  /** A block's hash, as a number from 1. */
  blockNumber(name: string): number {
    const known = this.blocks.get(name) ?? this.blocks.size + 1;
    this.blocks.set(name, known);
    return known;
  }
}

/** What a restart makes of a record: of changes of views it needs the cuts that they name. */
function recordText(record: DurableRecord): string {
  if (record.kind === "acceptedView") return newViewText(record.newView);
  if (record.kind !== "sent") return textOf(record);
  const { message } = record;
  if (message.kind === "viewChange") return `left for ${message.view}`;
  return message.kind === "newView" ? newViewText(message) : textOf(record);
}

function newViewText({ kind, view, chosen, viewChanges }: MessageOf<"newView">): string {
  const cuts = viewChanges.flatMap((it) =>
    it.prepared.map(({ certificate }) => bytesToKey(certificate.digest)),
  );
  return `${kind} ${view} ${textOf(chosen)} ${[...new Set(cuts)].sort(byText).join()}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function pathTo(local: Local): readonly Change[] {
  const path: Change[] = [];
  for (let at: Local | undefined = local; at !== undefined; at = at.from) path.push(at.change);
  return path.reverse();
}

function applyTo(body: Body, change: Change): readonly Happening[] {
  const { setting } = body;
  switch (change.kind) {
    case "opening":
      return body.open();
    case "tick":
      return body.take({ now: change.now, kind: "tick" });
    case "restart":
      return body.restart(change.now, change.kept);
    case "heard":
      return change.heard.flatMap(({ sender, verified: message }) =>
        body.take({ now: change.now, kind: "message", from: setting.key(sender), message }),
      );
  }
}
