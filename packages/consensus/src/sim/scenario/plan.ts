import type { MachineTraits } from "../machine.ts";
import type { Plan } from "../plan.ts";
import { quietPlan } from "../quiet-plan.ts";
import { paramsOf } from "./parse-param.ts";
import type { Scenario } from "./steps.ts";

/** The name under which the cluster finds the script that runs a hostile machine. */
export function puppetName(machine: number): string {
  return `scenario ${machine}`;
}

/** The cluster of a scenario: alike machines and links, without any chance in them. */
export function planOfScenario(scenario: Scenario): Plan {
  const { seed, validators, joiners, twins, links, execution, disk, setChanges } = scenario;
  const quiet = quietPlan({ seed, validators, params: paramsOf(scenario), transactions: 0 });
  const keys = [...Array.from({ length: validators + joiners }, (_, key) => key), ...twins];
  const machines = keys.map((key, machine): MachineTraits => {
    const isHostile = scenario.hostile.has(machine) || twins.includes(key);
    return {
      key,
      place: machine < validators + joiners ? 0 : 1,
      adversary: isHostile ? puppetName(machine) : undefined,
      clock: { offset: 0, driftPpm: 0 },
      disk: { least: disk, spread: 0 },
      execution: { least: execution, spread: 0, perTransaction: 0 },
      content: { checkLeast: 1, checkSpread: 0, forwardTo: 0 },
    };
  });
  const least = machines.map(() => machines.map(() => links));
  return {
    ...quiet,
    joiners,
    machines,
    links: { least, spread: 0, loss: 0, duplication: 0, reorders: false },
    setChanges,
  };
}
