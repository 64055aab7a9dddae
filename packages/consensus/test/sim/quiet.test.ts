import { Replica } from "@touchmark/consensus";
import { Cluster, quietPlan } from "@touchmark/consensus/sim";
import { expect, test } from "vitest";

test.each([1, 4, 7])(
  "V-3, P-5 where nothing goes wrong, %i validators never change the view",
  (validators) => {
    for (const seed of [1, 2, 3]) {
      const plan = quietPlan({ seed, validators });
      const cluster = new Cluster({ plan, createReplica: (config, rules) => new Replica(config, rules) });
      const changes: string[] = [];
      cluster.listen({
        kinds: new Set(["fact"]),
        observe: (event) => {
          if (event.kind === "fact" && event.fact.kind === "viewChange") changes.push(event.fact.why);
        },
      });
      cluster.runToEnd();
      expect(changes).toEqual([]);
      expect(Math.min(...cluster.machines.map((machine) => machine.finalHeight))).toBeGreaterThanOrEqual(40);
    }
  },
);
