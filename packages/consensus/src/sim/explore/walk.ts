import { bytesToHex, equalBytes, isRejection, MILLISECOND, must, Nanos, SECOND } from "@touchmark/core";
import type { Input } from "../../input.ts";
import type { Message } from "../../messages.ts";
import { Body, type Happening } from "./body.ts";
import { textOf } from "./fingerprint.ts";
import type { Setting } from "./setting.ts";
import { isSignedOnce, type Spoken, slotOf } from "./spoken.ts";

/** What happens to one replica in one phase. */
export interface Choice {
  readonly heard: readonly Spoken[];
  readonly ticks: boolean;
  /** It crashes behind this phase, and finds so many records again. */
  readonly kept: number | undefined;
}

/** One phase of a schedule: a choice for each replica. */
export interface Step {
  readonly phase: string;
  readonly now: Nanos;
  readonly choices: readonly Choice[];
}

/** After the last phase everything is heard again; so long may it take until all is delivered. */
const HEALING = 60n;
const DELAY: bigint = MILLISECOND;
/** A crash comes between two phases. */
export const CRASH_AFTER: bigint = MILLISECOND / 2n;

interface Event {
  readonly at: bigint;
  readonly to: Body;
  readonly input: Input;
  /** The wake that it stands for. */
  readonly wake: Nanos | undefined;
}

function nameOf(message: Message): string {
  return isSignedOnce(message) ? slotOf(message) : message.kind;
}

/** One schedule, with replicas of its own that share nothing with any other. */
export class Walk {
  readonly setting: Setting;
  readonly bodies: readonly Body[];
  readonly delivered: Map<number, string>[];
  readonly lines: string[] = [];
  private readonly said: Map<string, Message>[];
  private readonly puppet: number | undefined;
  private violation: string | undefined;

  constructor(setting: Setting, puppet: number | undefined) {
    this.setting = setting;
    this.puppet = puppet;
    this.bodies = setting.keys.map((_, index) => new Body(setting, index));
    this.said = this.bodies.map(() => new Map());
    this.delivered = this.bodies.map(() => new Map());
    for (const body of this.bodies) this.note(body, body.open());
  }

  private get correct(): readonly Body[] {
    return this.bodies.filter((it) => it.index !== this.puppet);
  }

  /** What no correct replica may do, as soon as one has. */
  get violated(): string | undefined {
    return this.violation;
  }

  textOf(index: number): string {
    return textOf(must(this.bodies[index], "a body").inside);
  }

  private note(body: Body, happenings: readonly Happening[]): void {
    for (const it of happenings) {
      if (it.kind === "halted") this.violation ??= `${body.index} halts: ${it.diagnosis}`;
      else if (it.kind === "sent") this.noteSaid(body, it.message);
      else this.noteBlock(body, it.block.height, bytesToHex(it.block.blockHash));
    }
  }

  private noteSaid(body: Body, message: Message): void {
    const said = must(this.said[body.index], "what it said");
    const slot = nameOf(message);
    const known = said.get(slot);
    if (known !== undefined && isSignedOnce(known) && isSignedOnce(message)) {
      const isSame = equalBytes(known.signature, message.signature);
      if (!isSame && body.index !== this.puppet)
        this.violation ??= `${body.index} signs two things as ${slot}`;
    }
    said.set(slot, message);
  }

  private noteBlock(body: Body, height: number, hash: string): void {
    for (const { index } of this.correct) {
      const other = this.delivered[index]?.get(height) ?? hash;
      if (other !== hash && body.index !== this.puppet) {
        this.violation ??= `${index} and ${body.index} deliver different blocks at height ${height}`;
      }
    }
    this.delivered[body.index]?.set(height, hash);
  }

  /** All hear what was said before the phase, and nothing of what is said in it. */
  take({ phase, now, choices }: Step): void {
    this.lines.push(`${phase}:`);
    const given = choices.map(({ heard }) => heard.map((it) => this.actual(it)));
    choices.forEach(({ heard, ticks, kept }, index) => {
      const body = must(this.bodies[index], "a body");
      if (index === this.puppet) return;
      if (ticks) this.note(body, body.take({ now, kind: "tick" }));
      given[index]?.forEach(({ sender, message }) => {
        this.note(body, this.hear(body, sender, message, now));
      });
      const what = heard.map((it) => it.text).join("; ");
      if (what !== "") this.lines.push(`  ${index} hears ${what}`);
      if (kept === undefined) return;
      this.lines.push(`  ${index} crashes, and finds ${kept} of ${body.records.length} records`);
      this.note(body, body.restart(Nanos.of(now + CRASH_AFTER), kept));
    });
  }

  /** What the sender says here; in another history with the same states its certificates may have other signers. */
  private actual({ sender, message }: Spoken): { readonly sender: number; readonly message: Message } {
    if (sender === this.puppet) return { sender, message };
    return { sender, message: must(this.said[sender]?.get(nameOf(message)), "what is heard was said") };
  }

  private hear(body: Body, sender: number, message: Message, now: Nanos): readonly Happening[] {
    const verified = this.setting.verifier.verify(message);
    if (isRejection(verified)) return [];
    return body.take({ now, kind: "message", from: this.setting.key(sender), message: verified });
  }

  /**
   * The fair part behind the last phase: everything arrives, every timer fires. Gives what is wrong, if not all
   * correct replicas come to the same blocks at the explored heights.
   */
  heal(from: Nanos): string | undefined {
    const events: Event[] = [];
    const end = from + HEALING * SECOND;
    for (const body of this.correct) {
      body.showsBatches = true;
      this.wake(events, body, from);
    }
    for (const body of this.correct) {
      for (const message of body.withheld) this.spread(events, body, message, from);
    }
    while (this.violation === undefined && !this.isHealed) {
      let first: Event | undefined;
      for (const it of events) if (first === undefined || it.at < first.at) first = it;
      if (first === undefined || first.at > end) return "not all is delivered after healing";
      events.splice(events.indexOf(first), 1);
      if (first.wake !== undefined && first.wake !== first.to.wakeAt) continue;
      const happenings = first.to.take(first.input);
      this.note(first.to, happenings);
      this.send(events, first.to, happenings, first.at);
      this.wake(events, first.to, Nanos.of(first.at));
    }
    return this.violation;
  }

  private get isHealed(): boolean {
    return this.correct.every(({ index }) => {
      return Array.from({ length: this.setting.heights }, (_, at) => at + 1).every((height) =>
        this.delivered[index]?.has(height),
      );
    });
  }

  private wake(events: Event[], to: Body, now: Nanos): void {
    if (to.wakeAt === undefined) return;
    const at = to.wakeAt > now ? to.wakeAt : Nanos.of(now + 1n);
    if (events.some((it) => it.to === to && it.wake === to.wakeAt)) return;
    events.push({ at, to, input: { now: at, kind: "tick" }, wake: to.wakeAt });
  }

  private send(events: Event[], from: Body, happenings: readonly Happening[], now: bigint): void {
    for (const it of happenings) {
      if (it.kind !== "sent") continue;
      // What is broadcast has come back to its sender already.
      const to = this.correct.filter((other) => {
        return it.to === undefined ? other !== from : equalBytes(it.to, this.setting.key(other.index));
      });
      this.post(events, from, to, it.message, now);
    }
  }

  private spread(events: Event[], from: Body, message: Message, now: bigint): void {
    this.post(events, from, this.correct, message, now);
  }

  private post(events: Event[], from: Body, to: readonly Body[], message: Message, now: bigint): void {
    const at = Nanos.of(now + DELAY);
    const verified = this.setting.verifier.verify(message);
    if (isRejection(verified)) return;
    for (const it of to) {
      const input: Input = {
        now: at,
        kind: "message",
        from: this.setting.key(from.index),
        message: verified,
      };
      events.push({ at, to: it, input, wake: undefined });
    }
  }
}
