import { must, Prng } from "@touchmark/core";
import type { Flaw } from "../broken.ts";
import type { Case } from "./cases.ts";
import { Explorer } from "./explorer.ts";
import { Puppet } from "./puppet.ts";
import { Setting } from "./setting.ts";
import { Walk } from "./walk.ts";

export interface Exploration {
  /** States of the whole cluster between two phases, in all phases together. */
  readonly states: number;
  /** Choices of what each replica hears, in all phases together; different ones may end in one state. */
  readonly schedules: number;
  /** States behind the last phase. */
  readonly ends: number;
  /** Schedules that were run once more from their beginning, and then healed. */
  readonly healed: number;
  readonly violation: string | undefined;
  /** For a violation, the schedule that leads there, as lines. */
  readonly lines: readonly string[];
}

function explorerOf({ heights, isPuppeted, space }: Case, flaw: Flaw | undefined): Explorer {
  const setting = new Setting(heights, flaw);
  return new Explorer(setting, space, isPuppeted ? (locals) => new Puppet(setting, locals) : undefined);
}

/** Everything that a case allows, up to the first violation; and a sample of it healed. */
export function explore(it: Case, flaw: Flaw | undefined, samples: number): Exploration {
  const explorer = explorerOf(it, flaw);
  explorer.run();
  const { found } = explorer;
  const last = must(explorer.layers.at(-1), "a layer").states;
  let schedules = 0;
  for (const ways of last.values()) schedules += ways;
  const counts = { states: explorer.states, schedules, ends: last.size };
  if (found === undefined) return { ...counts, ...healSome(explorer, samples) };
  const walk = walkOf(explorer);
  for (const step of explorer.pathTo(found.state, found.phase)) walk.take(step);
  // What the states say must be what replicas do that share nothing with any other history.
  const violation = walk.violated ?? `merged states only: ${found.what}`;
  return { ...counts, healed: 0, violation, lines: walk.lines };
}

function walkOf(explorer: Explorer): Walk {
  return new Walk(explorer.setting, explorer.puppet?.index);
}

/**
 * Draws schedules and runs each with replicas of its own: they must come to the very states that merged histories
 * stand for, phase by phase, and to the same blocks everywhere once all is heard again.
 */
function healSome(explorer: Explorer, samples: number): Pick<Exploration, "healed" | "violation" | "lines"> {
  const prng = new Prng(1);
  for (let sample = 0; sample < samples; sample++) {
    const walk = walkOf(explorer);
    const violation = judge(explorer, walk, prng);
    if (violation !== undefined) return { healed: sample, violation, lines: walk.lines };
  }
  return { healed: samples, violation: undefined, lines: [] };
}

function judge(explorer: Explorer, walk: Walk, prng: Prng): string | undefined {
  const drawn = explorer.draw(prng);
  for (const { step, state } of drawn) {
    walk.take(step);
    if (walk.violated !== undefined) return walk.violated;
    const other = state.find((it) => {
      return it.replica !== explorer.puppet?.index && explorer.locals.textOf(it) !== walk.textOf(it.replica);
    });
    if (other !== undefined)
      return `${step.phase}: ${other.replica} is not in the state that stands for its history`;
  }
  return walk.heal(must(drawn.at(-1), "a phase").step.now);
}
