import { describe, expect, test } from "vitest";
import { parseScenario } from "../../src/sim/scenario/parse.ts";
import { paramsOf } from "../../src/sim/scenario/parse-param.ts";
import { runScenario } from "../../src/sim/scenario/run.ts";
import type { Scenario } from "../../src/sim/scenario/steps.ts";
import { ScenarioError } from "../../src/sim/scenario/words.ts";
import { Tracer } from "../../src/sim/trace.ts";
import { MILLIS, SECONDS } from "../../src/sim/true-time.ts";

function parse(text: string): Scenario {
  const scenario = parseScenario(text);
  if (scenario instanceof ScenarioError) throw scenario;
  return scenario;
}

function traceOf(text: string): readonly string[] {
  const lines: string[] = [];
  runScenario(parse(text), { listeners: [new Tracer((line) => lines.push(line))] });
  return lines;
}

describe("the text of a scenario", () => {
  test("says what the cluster is like, and what happens line by line", () => {
    const scenario = parse(`# a comment
validators 4, window 2
let laneAheadBatches 8, let viewTimeout 2 s      # another one
hostile 1
fails without unchained by halt
drop prepare commit of height 1 from 0 to 2 3
run 20 ms`);
    expect(scenario.validators).toBe(4);
    expect([...scenario.hostile]).toEqual([1]);
    expect(scenario.controls).toEqual([{ flaw: "unchained", sign: "halt" }]);
    const params = paramsOf(scenario);
    expect([params.window, params.laneAheadBatches, params.viewTimeout]).toEqual([2, 8, 2_000_000_000n]);
    const [drop, run] = scenario.steps;
    const filter = {
      kinds: new Set(["prepare", "commit"]),
      from: new Set([0]),
      to: new Set([2, 3]),
      height: 1,
      view: undefined,
    };
    expect(drop).toMatchObject({ kind: "traffic", line: 6, rule: { fate: "drop", filter } });
    expect(run).toMatchObject({ kind: "run", line: 7, length: 20 * MILLIS });
  });

  test("repeats what stands between repeat and end", () => {
    const { steps } = parse("validators 1\nrepeat 3 times\n  run 1 s\n  heal\nend\nrun 2 s");
    expect(steps.map((it) => it.kind)).toEqual(["run", "heal", "run", "heal", "run", "heal", "run"]);
    expect(steps.at(-1)).toMatchObject({ length: 2 * SECONDS });
  });

  test.each([
    ["run 1 s", 1, "validators stand first"],
    ["", 1, "how many validators"],
    ["validators 4\nfly", 2, "no step begins like this"],
    ["validators 4\nrun 5", 2, "a unit of time is missing"],
    ["validators 4\nrun 5 ms fast", 2, '"fast" is not understood'],
    ["validators 4\n\ncrash 4", 3, "a machine is a number up to 3"],
    ["validators 4\ndrop votes", 2, '"votes" is none of'],
    ["validators 4\nlet speed 3", 2, '"speed" is no parameter'],
    ["validators 4\nlet viewTimeout 3", 2, "a unit of time is missing"],
    ["validators 4\nrun 1 s\nwindow 2", 3, "before the first step"],
    ["validators 4\nsubmit a to 0", 2, "capital letters"],
    ["validators 4\nexpect joy", 2, '"evidence against" is expected'],
    ["validators 4\nexpect height 2 or less", 2, '"or" is not understood'],
    ["validators 4\nfails without hope by halt", 2, '"hope" is no negative control'],
    ["validators 4\nfails without unchained by luck", 2, '"luck" is none of'],
    ["validators 4\nrepeat 2 times\nrun 1 s", 2, "has no end"],
    ["validators 4\nend", 2, "nothing is repeated"],
    ["validators 4\ntwin of 0\ncrash 5", 3, "a machine is a number up to 4"],
  ])("%j is refused at line %i: %s", (text, line, why) => {
    const refused = parseScenario(text);
    if (!(refused instanceof ScenarioError)) throw new Error("understood");
    expect(refused.line).toBe(line);
    expect(refused.message).toContain(why);
  });
});

describe("a scenario that runs", () => {
  const QUIET = "validators 4\nsubmit A to 0\nexpect delivered A within 1 s";

  test("is the same run every time, event by event", () => {
    expect(traceOf(QUIET)).toEqual(traceOf(QUIET));
  });

  test("ends with the first expectation that isn't met, and says which", () => {
    const text = `${QUIET}\nexpect height 7 at 2\nexpect height 9`;
    expect(runScenario(parse(text))).toEqual([
      { property: "expectation", detail: "line 4: expect height 7 at 2: machine 2 has height 1" },
    ]);
  });

  test("drops, delays, holds and passes by the last line that fits", () => {
    const lost = "validators 4\ndrop everything\nsubmit A to 0\nrun 900 ms\nexpect undelivered A";
    expect(runScenario(parse(lost))).toEqual([]);
    expect(runScenario(parse(`${lost}\nheal\nexpect delivered A within 3 s`))).toEqual([]);
    const late = "validators 4\ndelay prepare by 80 ms\nsubmit A to 0\nrun 80 ms\nexpect undelivered A";
    expect(runScenario(parse(`${late}\nexpect delivered A within 100 ms`))).toEqual([]);
    const held = "validators 4\nhold prepare\nsubmit A to 0\nrun 300 ms\nexpect undelivered A";
    expect(runScenario(parse(`${held}\nrelease\nexpect delivered A within 20 ms`))).toEqual([]);
    const passed = "validators 4\ndrop everything\npass everything\nsubmit A to 0";
    expect(runScenario(parse(`${passed}\nexpect delivered A within 100 ms`))).toEqual([]);
  });

  test("knows what is undelivered, out of order, or not caught", () => {
    const found = (line: string) =>
      runScenario(parse(`${QUIET}\nsubmit B to 1\n${line}`)).map((it) => it.detail);
    expect(found("expect undelivered A at 0")).toEqual([
      "line 5: expect undelivered A at 0: machine 0 has delivered 1 of 1 A",
    ]);
    expect(found("expect order B A at 0")).toEqual([
      "line 5: expect order B A at 0: machine 0 has them at places -1, 0",
    ]);
    expect(found("expect evidence against 2 at 3")).toEqual([
      "line 5: expect evidence against 2 at 3: machine 3 has seen none",
    ]);
    expect(found("expect view 1 at 0")).toEqual(["line 5: expect view 1 at 0: machine 0 has view 0"]);
    expect(found("crash 0 1 2 3, expect no complaint")).toEqual([
      "line 5: expect no complaint: no correct machine runs",
    ]);
  });
});
