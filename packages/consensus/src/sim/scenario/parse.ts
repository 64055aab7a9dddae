import { VALIDATORS_MAX, WINDOW_FORMAT_MAX } from "../../params.ts";
import { FLAWS } from "../broken.ts";
import { PROPERTY_NAMES } from "../checker/setup.ts";
import { MICROS, MILLIS } from "../true-time.ts";
import type { PlannedSetChange } from "../world.ts";
import { parseExpectation } from "./parse-expectation.ts";
import { parseParam } from "./parse-param.ts";
import { parseStep } from "./parse-step.ts";
import type { Control, Scenario, Sign, Step } from "./steps.ts";
import { ScenarioError, Words } from "./words.ts";

const LINKS = 5 * MILLIS;
const EXECUTION = 100 * MICROS;
/** As good as nothing, so that what follows from what is easily read. */
const DISK = 1;
const REPEATS_MAX = 100;
const SIGNS: readonly Sign[] = [...PROPERTY_NAMES, "halt", "expectation"];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What has been read so far. */
class Reader {
  readonly scenario: Mutable<Omit<Scenario, "validators">> & { validators: number | undefined };
  private readonly params = new Map<string, bigint | number>();
  private readonly hostile = new Set<number>();
  private readonly twins: number[] = [];
  private readonly setChanges: PlannedSetChange[] = [];
  private readonly controls: Control[] = [];
  private readonly steps: Step[] = [];
  /** The repetition that is open: how often, and where it began. */
  private repeat: { readonly times: number; readonly from: number; readonly line: number } | undefined;

  constructor() {
    const { params, hostile, twins, setChanges, controls, steps } = this;
    this.scenario = {
      validators: undefined,
      seed: 1,
      window: undefined,
      links: LINKS,
      execution: EXECUTION,
      disk: DISK,
      joiners: 0,
      params,
      hostile,
      twins,
      setChanges,
      controls,
      steps,
    };
  }

  private machines(words: Words): number {
    const { validators, joiners } = this.scenario;
    if (validators === undefined) throw words.error("validators stand first");
    return validators + joiners + this.twins.length - 1;
  }

  read(words: Words): void {
    if (this.header(words)) {
      if (this.steps.length > 0) throw words.error("what the cluster is like stands before the first step");
    } else if (words.takes("repeat")) this.beginRepeat(words);
    else if (words.takes("end")) this.endRepeat(words);
    else this.steps.push(this.step(words));
    words.end();
  }

  private step(words: Words): Step {
    const { line, text } = words;
    const most = this.machines(words);
    if (!words.takes("expect")) return { line, text, ...parseStep(words, most) };
    const expectation = parseExpectation(words, most);
    const within = words.takes("within") ? words.duration() : 0;
    return { line, text, kind: "expect", expectation, within };
  }

  /** What the cluster is like. */
  private header(words: Words): boolean {
    const { scenario } = this;
    if (words.takes("validators")) scenario.validators = words.number("how many", VALIDATORS_MAX);
    else if (words.takes("window")) scenario.window = words.number("the window", WINDOW_FORMAT_MAX);
    else if (words.takes("seed")) scenario.seed = words.number("the seed");
    else if (words.takes("links")) scenario.links = words.duration();
    else if (words.takes("execution takes")) scenario.execution = words.duration();
    else if (words.takes("the disk takes")) scenario.disk = words.duration();
    else if (words.takes("let")) {
      const { name, value } = parseParam(words);
      this.params.set(name, value);
    } else if (words.takes("hostile")) {
      for (const it of words.numbers("a machine", this.machines(words))) this.hostile.add(it);
    } else if (words.takes("twin of")) this.twins.push(words.number("a key", this.machines(words)));
    else if (words.takes("joins at height")) this.join(words);
    else if (words.takes("fails without")) this.controls.push(parseControl(words));
    else return false;
    return true;
  }

  private join(words: Words): void {
    const { scenario } = this;
    const { validators } = scenario;
    if (validators === undefined) throw words.error("validators stand first");
    const joiner = validators + scenario.joiners;
    const height = words.number("a height");
    const leaver = words.takes("in place of") ? words.number("a machine", validators - 1) : undefined;
    scenario.joiners += 1;
    this.setChanges.push({ height, joiner, leaver, suspends: false });
  }

  private beginRepeat(words: Words): void {
    if (this.repeat !== undefined) throw words.error("a repetition has none within");
    const times = words.number("how often", REPEATS_MAX);
    words.must("times");
    this.repeat = { times, from: this.steps.length, line: words.line };
  }

  private endRepeat(words: Words): void {
    if (this.repeat === undefined) throw words.error("nothing is repeated here");
    const { times, from } = this.repeat;
    const once = this.steps.splice(from);
    for (let time = 0; time < times; time++) this.steps.push(...once);
    this.repeat = undefined;
  }

  end(): Scenario {
    const { scenario, repeat } = this;
    const { validators } = scenario;
    if (validators === undefined) throw new ScenarioError(1, "a scenario says how many validators there are");
    if (repeat !== undefined) throw new ScenarioError(repeat.line, "what is repeated has no end");
    return { ...scenario, validators };
  }
}

function parseControl(words: Words): Control {
  const flaw = words.word("a negative control");
  if (!FLAWS.has(flaw)) throw words.error(`"${flaw}" is no negative control`);
  words.must("by");
  const name = words.word("how that is noticed");
  const sign = SIGNS.find((it) => it === name);
  if (sign === undefined) throw words.error(`"${name}" is none of ${SIGNS.join(", ")}`);
  return { flaw, sign };
}

/** One statement stands on a line, or several with commas between; what follows a # is for people. */
export function parseScenario(text: string): Scenario | ScenarioError {
  const reader = new Reader();
  try {
    text.split("\n").forEach((whole, i) => {
      const [told = ""] = whole.split("#");
      for (const statement of told.split(",")) {
        const trimmed = statement.trim();
        if (trimmed !== "") reader.read(new Words(i + 1, trimmed));
      }
    });
    return reader.end();
  } catch (thrown) {
    if (thrown instanceof ScenarioError) return thrown;
    throw thrown;
  }
}
