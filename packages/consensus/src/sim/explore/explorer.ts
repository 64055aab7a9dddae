import { MILLISECOND, must, Nanos, type Prng } from "@touchmark/core";
import type { Message } from "../../messages.ts";
import { type Local, Locals } from "./local.ts";
import { type Hearing, isSaidIn, type Phase } from "./phase.ts";
import type { Puppet } from "./puppet.ts";
import { CLUSTER, type Setting } from "./setting.ts";
import type { Spoken } from "./spoken.ts";
import { type Choice, CRASH_AFTER, type Step } from "./walk.ts";

/** Which crash a schedule may have: none, one replica's behind any phase, or all replicas' behind one phase. */
export interface Crashes {
  readonly who: "nobody" | "one" | "all";
  readonly isBehind: (phase: number) => boolean;
}

export interface Space {
  readonly phases: readonly Phase[];
  readonly crashes: Crashes;
}

/** What one replica is led to in a phase, and by how many choices of what it hears. */
interface Option {
  readonly next: Local;
  readonly ways: number;
  readonly heard: readonly Spoken[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The states of the whole cluster between two phases, each with the number of schedules that lead there. */
export type Layer = Map<number, number>;

export interface Found {
  readonly phase: number;
  readonly state: readonly Local[];
  readonly what: string;
}

/** Room for so many states of one replica between two phases. */
const BASE = 8_192;

/** Everything that a cluster can come to in a space, phase by phase. */
export class Explorer {
  readonly locals: Locals;
  readonly layers: { readonly slots: readonly (readonly Local[])[]; readonly states: Layer }[] = [];
  readonly setting: Setting;
  readonly space: Space;
  readonly puppet: Puppet | undefined;
  private readonly options = new Map<string, readonly Option[]>();
  private slots: Local[][] = [];
  private slotOf = new Map<Local, number>();
  states = 0;
  found: Found | undefined;

  constructor(setting: Setting, space: Space, createPuppet: ((locals: Locals) => Puppet) | undefined) {
    this.setting = setting;
    this.space = space;
    const isPuppeted = createPuppet !== undefined;
    this.locals = new Locals(setting, {
      tellsLogs: space.crashes.who !== "nobody",
      isHeardAfter: (phase, message) =>
        space.phases.some(
          (it, at) => at > phase && (isSaidIn(it, message) || (isPuppeted && certifies(it, message))),
        ),
    });
    this.puppet = createPuppet?.(this.locals);
    this.begin();
    const first: Layer = new Map();
    this.add(first, this.locals.openings, 1, -1);
    this.end(first);
  }

  private begin(): void {
    this.slots = Array.from({ length: CLUSTER }, () => []);
    this.slotOf = new Map();
  }

  private end(states: Layer): void {
    this.layers.push({ slots: this.slots, states });
    this.states += states.size;
  }

  private slot(local: Local): number {
    const known = this.slotOf.get(local);
    if (known !== undefined) return known;
    const slots = must(this.slots[local.replica], "a replica's states");
    const slot = slots.length;
    if (slot >= BASE) throw new Error("more states of one replica than there is room for");
    slots.push(local);
    this.slotOf.set(local, slot);
    return slot;
  }

  private add(layer: Layer, state: readonly Local[], ways: number, phase: number): void {
    let key = 0;
    for (const local of state) key = key * BASE + this.slot(local);
    const known = layer.get(key);
    layer.set(key, (known ?? 0) + ways);
    if (known === undefined && this.found === undefined) this.check(state, phase);
  }

  /** Whether the state is one that correct replicas may be in. */
  private check(state: readonly Local[], phase: number): void {
    const what = violationOf(state, this.puppet === undefined ? 0 : 1);
    if (what !== undefined) this.found = { phase, state: [...state], what };
  }

  *statesOf(at: number): Iterable<readonly [readonly Local[], number]> {
    const { slots, states } = must(this.layers[at], "a layer");
    for (const [key, ways] of states) yield [this.decode(slots, key), ways];
  }

  private decode(slots: readonly (readonly Local[])[], key: number): readonly Local[] {
    const state: Local[] = [...this.locals.openings];
    let rest = key;
    for (let replica = CLUSTER - 1; replica >= 0; replica--) {
      const slot = rest % BASE;
      rest = (rest - slot) / BASE;
      state[replica] = must(slots[replica]?.[slot], "a state");
    }
    return state;
  }

  /** All phases, or those up to the first violation. */
  run(): void {
    for (let phase = 0; phase < this.space.phases.length && this.found === undefined; phase++)
      this.advance(phase);
  }

  private crashTime(phase: number): Nanos {
    return Nanos.of(this.now(phase) + CRASH_AFTER);
  }

  now(phase: number): Nanos {
    const timeouts = this.space.phases.slice(0, phase + 1).filter((it) => it.kind === "timeout").length;
    // Each phase is a moment; a view lasts longer than its timer.
    const at = BigInt(phase) * MILLISECOND + BigInt(timeouts) * 4n * this.setting.params.viewTimeout;
    return Nanos.of(this.setting.begin + at);
  }

  /** One schedule of the space, drawn; and the state that it leads to behind each phase. */
  draw(prng: Prng): readonly { readonly step: Step; readonly state: readonly Local[] }[] {
    const { phases, crashes } = this.space;
    const crashBehind = prng.below(phases.length);
    let state: readonly Local[] = this.locals.openings;
    return phases.map((at, phase) => {
      const options = this.optionsOf(state, at, phase).map((it) => prng.pick(it));
      const isCrash = crashes.who === "one" ? phase === crashBehind : crashes.isBehind(phase);
      const crashed = crashes.who === "one" ? prng.below(CLUSTER) : undefined;
      const choices = options.map(({ heard, next }, replica): Choice => {
        const kept =
          isCrash && (crashed ?? replica) === replica
            ? prng.pick(this.locals.restarts(next, phase))
            : undefined;
        return { heard, kept, ticks: at.kind === "timeout" };
      });
      state = options.map(({ next }, replica) => {
        const kept = choices[replica]?.kept;
        return kept === undefined ? next : this.locals.restart(next, phase, this.crashTime(phase), kept);
      });
      return { step: { phase: at.name, now: this.now(phase), choices }, state };
    });
  }

  /** A schedule that leads to a state behind a phase. */
  pathTo(state: readonly Local[], phase: number): readonly Step[] {
    const steps: Step[] = [];
    let target = state;
    for (let at = phase; at >= 0; at--) {
      const [before, step] = this.stepTo(target, at);
      steps.push(step);
      target = before;
    }
    return steps.reverse();
  }

  private stepTo(target: readonly Local[], phase: number): readonly [readonly Local[], Step] {
    const at = must(this.space.phases[phase], "a phase");
    for (const [state] of this.statesOf(phase)) {
      const choices = this.choicesTo(target, this.optionsOf(state, at, phase), phase);
      if (choices === undefined) continue;
      const ticks = at.kind === "timeout";
      const step = { phase: at.name, now: this.now(phase), choices: choices.map((it) => ({ ...it, ticks })) };
      return [state, step];
    }
    throw new Error("a state that was reached has a way to it");
  }

  private choicesTo(
    target: readonly Local[],
    options: readonly (readonly Option[])[],
    phase: number,
  ): readonly Pick<Choice, "heard" | "kept">[] | undefined {
    const choices: Pick<Choice, "heard" | "kept">[] = [];
    for (const [replica, to] of target.entries()) {
      const choice = this.choiceTo(to, options[replica] ?? [], phase);
      if (choice === undefined) return undefined;
      choices.push(choice);
    }
    const crashed = choices.filter((it) => it.kept !== undefined).length;
    const { who } = this.space.crashes;
    const most = who === "all" ? CLUSTER : 1;
    return crashed === 0 || crashed === most ? choices : undefined;
  }

  private choiceTo(
    to: Local,
    options: readonly Option[],
    phase: number,
  ): Pick<Choice, "heard" | "kept"> | undefined {
    for (const { next, heard } of options) {
      if (next === to) return { heard, kept: undefined };
      if (to.lives === next.lives || !this.space.crashes.isBehind(phase)) continue;
      const kept = this.locals.keptBy(next, to, phase, this.crashTime(phase));
      if (kept !== undefined) return { heard, kept };
    }
    return undefined;
  }

  private advance(phase: number): void {
    const at = must(this.space.phases[phase], "a phase");
    const next: Layer = new Map();
    this.begin();
    for (const [state, ways] of this.statesOf(phase)) {
      const options = this.optionsOf(state, at, phase);
      this.combine(next, options, ways, phase);
    }
    this.crash(next, phase);
    this.end(next);
  }

  /** P-7: at this boundary of phases, in schedules that have had no crash. */
  private crash(layer: Layer, phase: number): void {
    const { who, isBehind } = this.space.crashes;
    if (who === "nobody" || !isBehind(phase) || this.found !== undefined) return;
    const now = this.crashTime(phase);
    for (const [key, ways] of [...layer]) {
      const state = this.decode(this.slots, key);
      if (state.some((it) => it.lives > 1)) continue;
      const restarted = state.map((local) =>
        this.locals.crashes(local, phase, now).map((next) => optionOf(next)),
      );
      const standing = state.map((local) => [optionOf(local)]);
      if (who === "all") this.combine(layer, restarted, ways, phase);
      else
        state.forEach((_, replica) => {
          const options = standing.map((it, at) => (at === replica ? must(restarted[at], "options") : it));
          this.combine(layer, options, ways, phase);
        });
    }
  }

  private optionsOf(state: readonly Local[], at: Phase, phase: number): readonly (readonly Option[])[] {
    const now = this.now(phase);
    if (at.kind === "timeout") {
      return state.map((local) => [
        optionOf(this.isPuppet(local) ? local : this.locals.tick(local, phase, now)),
      ]);
    }
    const said = state.map((local) => (this.isPuppet(local) ? [] : saidIn(local, at)));
    const forged = this.puppet?.says(at, state) ?? [];
    return state.map((local) => {
      if (this.isPuppet(local)) return [optionOf(local)];
      if (!isListening(at, local.replica)) return [optionOf(this.locals.hear(local, phase, now, []))];
      const others = said.filter((it, sender) => it.length > 0 && sender !== local.replica);
      return this.listen(local, at, phase, others, forged);
    });
  }

  private isPuppet(local: Local): boolean {
    return this.puppet !== undefined && local.replica === this.puppet.index;
  }

  /** Every part of what the others say, and of a puppet one thing or nothing. */
  private listen(
    local: Local,
    at: Hearing,
    phase: number,
    said: readonly (readonly Spoken[])[],
    forged: readonly Spoken[],
  ): readonly Option[] {
    const key = [
      `${local.replica}/${local.id}/${phase}`,
      ...said.flat().map(idOf),
      "",
      ...forged.map(idOf),
    ].join();
    const known = this.options.get(key);
    if (known !== undefined) return known;
    const found = new Map<Local, Mutable<Option>>();
    const whole = (1 << said.length) - 1;
    for (let mask = 0; mask <= whole; mask++) {
      if (at.parts !== "any" && mask !== whole && (mask !== 0 || at.parts === "all")) continue;
      const part = said.filter((_, bit) => ((mask >> bit) & 1) === 1).flat();
      for (const lie of [undefined, ...forged]) {
        const heard = lie === undefined ? part : [...part, lie].sort((a, b) => a.sender - b.sender);
        const next = this.locals.hear(local, phase, this.now(phase), heard);
        const option = found.get(next);
        if (option === undefined) found.set(next, { next, ways: 1, heard });
        else option.ways += 1;
      }
    }
    const options = [...found.values()];
    this.options.set(key, options);
    return options;
  }

  private combine(layer: Layer, options: readonly (readonly Option[])[], ways: number, phase: number): void {
    const [first = [], second = [], third = [], fourth = []] = options;
    for (const a of first) {
      for (const b of second) {
        for (const c of third) {
          for (const d of fourth) {
            const state = [a.next, b.next, c.next, d.next];
            this.add(layer, state, ways * a.ways * b.ways * c.ways * d.ways, phase);
            if (this.found !== undefined) return;
          }
        }
      }
    }
  }
}

function isListening({ by, view }: Hearing, replica: number): boolean {
  return by === "all" || (by === "leader") === (replica === view % CLUSTER);
}

function optionOf(next: Local): Option {
  return { next, ways: 1, heard: [] };
}

/** A faulty validator may show in a change of views what others have voted for before. */
function certifies(phase: Phase, message: Message): boolean {
  if (phase.kind !== "hear" || message.kind !== "prepare") return false;
  return phase.sayings.some((it) => it.what === "viewChange" || it.what === "preprepare");
}

function saidIn(local: Local, phase: Hearing): readonly Spoken[] {
  return local.said.filter((it) => isSaidIn(phase, it.message));
}

function idOf({ id }: Spoken): number {
  return id;
}

/** What no correct replica may do, and no two of them together. */
function violationOf(state: readonly Local[], from: number): string | undefined {
  for (let i = from; i < state.length; i++) {
    const local = must(state[i], "a replica");
    if (local.violation !== undefined) return local.violation;
    for (let j = from; j < i; j++) {
      const other = must(state[j], "a replica");
      const heights = Math.min(local.delivered.length, other.delivered.length);
      for (let at = 0; at < heights; at++) {
        if (local.delivered[at] !== other.delivered[at]) {
          return `${j} and ${i} deliver different blocks at height ${at + 1}`;
        }
      }
    }
  }
  return undefined;
}
