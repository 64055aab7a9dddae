import { expect, test } from "vitest";
import { Replica } from "../../../src/replica.ts";
import type { CreateReplica } from "../../../src/sim/machine.ts";
import type { Plan } from "../../../src/sim/plan.ts";
import { quietPlan } from "../../../src/sim/quiet-plan.ts";
import { runPlan } from "../../../src/sim/run.ts";
import { MILLIS, SECONDS, toDuration } from "../../../src/sim/true-time.ts";
import { touchmark } from "./plans.ts";

/** The first leader dies right before healing; clients go on. */
const PLAN: Plan = {
  ...quietPlan({ seed: 1, validators: 4 }),
  faults: [{ kind: "crash", machines: [0], at: 900 * MILLIS }],
  healedAt: SECONDS,
  deadline: 60 * SECONDS,
};

/** Replicas that are deaf to the leaders of the first views, as if those were faulty. */
function deafUpTo(view: number): CreateReplica {
  return (config, rules) => {
    const replica = new Replica(config, rules);
    return {
      step: (input) => {
        const isIgnored =
          input.kind === "message" && input.message.kind === "newView" && input.message.view <= view;
        return isIgnored ? [] : replica.step(input);
      },
    };
  };
}

function violationsOf(view: number, plan = PLAN): readonly string[] {
  const protocol = { ...touchmark, createReplica: deafUpTo(view) };
  return runPlan(plan, { protocol }).violations.map(({ property, detail }) => `${property}: ${detail}`);
}

// f + 2 = 3: one whose timer was under way, one for each faulty leader, and the one that works.
test.each([0, 1, 2])(
  "P-5 a cluster that works in the view after %i failed ones has made progress in time",
  (view) => {
    expect(violationsOf(view)).toEqual([]);
  },
);

test("P-5 one more view than f + 2 is noticed, whatever happens then", () => {
  // View 4 is the dead leader's.
  expect(violationsOf(3)).toContainEqual(
    expect.stringContaining("progress: 5 views were given up after healing"),
  );
});

test("P-5 a cluster that never works again is noticed by what it owes, too", () => {
  const violations = violationsOf(Number.POSITIVE_INFINITY);
  expect(violations).toContainEqual(expect.stringContaining("views were given up after healing"));
  expect(violations).toContainEqual(
    expect.stringMatching(/^progress: transaction .* was due at machine 1 .* never$/),
  );
});

test("O-2, O-4 a cluster that never works again is noticed even where all that it owes expires in a second", () => {
  const params = { ...PLAN.params, ttl: toDuration(2 * SECONDS), inclusionDelayMax: toDuration(2 * SECONDS) };
  const submissions = PLAN.submissions.map((it) => ({ ...it, validFor: SECONDS }));
  const violations = violationsOf(Number.POSITIVE_INFINITY, { ...PLAN, params, submissions });
  expect(violations).not.toContainEqual(expect.stringContaining("was due at machine"));
  expect(violations).toContainEqual(
    expect.stringMatching(
      /^progress: no height above \d+ came from .*, though transaction .* stood in all lanes$/,
    ),
  );
  expect(violations).toContainEqual(expect.stringMatching(/no height above \d+ came after healing$/));
});
