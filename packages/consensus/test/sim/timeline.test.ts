import { describe, expect, test } from "vitest";
import { Replica } from "../../src/replica.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import type { Plan } from "../../src/sim/plan.ts";
import { quietPlan } from "../../src/sim/quiet-plan.ts";
import { Timeline } from "../../src/sim/timeline.ts";
import { drawTimeline, LINES_MAX } from "../../src/sim/timeline-picture.ts";
import { MILLIS } from "../../src/sim/true-time.ts";

function pageOf(plan: Plan): string {
  const cluster = new Cluster({ plan, createReplica: (config, rules) => new Replica(config, rules) });
  const timeline = new Timeline();
  cluster.listen(timeline);
  cluster.runToEnd();
  return timeline.page("a <run> & its page");
}

/** Every tag that is opened is closed in its turn. */
function unbalanced(page: string): string | undefined {
  const open: string[] = [];
  const alone = new Set(["meta", "input", "hr", "br"]);
  for (const [tag, slash = "", name = ""] of page.matchAll(/<(\/?)([a-z0-9]+)\b[^>]*>/g)) {
    if (alone.has(name)) continue;
    if (slash === "") open.push(name);
    else if (open.pop() !== name) return tag;
  }
  return open.at(-1);
}

const QUIET = quietPlan({ seed: 1, validators: 4, transactions: 7 });
const TROUBLED: Plan = {
  ...QUIET,
  faults: [
    { at: 100 * MILLIS, kind: "crash", machines: [0] },
    { at: 120 * MILLIS, kind: "cut", from: [1], to: [2, 3] },
    { at: 180 * MILLIS, kind: "mend", from: [1], to: [2, 3] },
    { at: 1_500 * MILLIS, kind: "restart", machines: [0] },
  ],
  healedAt: 1_500 * MILLIS,
};

describe("a timeline's page", () => {
  const quiet = pageOf(QUIET);
  const troubled = pageOf(TROUBLED);

  test("needs nothing from elsewhere and no script, and is well-formed", () => {
    for (const page of [quiet, troubled]) {
      expect(page).not.toMatch(/<script|https?:|url\(|@import|<link|<img/);
      expect(unbalanced(page)).toBe(undefined);
      expect(page).toContain("<title>a &lt;run&gt; &amp; its page</title>");
      expect(page).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test("has a row for each machine, and each machine's deliveries, cuts and messages in it", () => {
    for (let machine = 0; machine < 4; machine++) expect(quiet).toContain(`machine ${machine}</b>`);
    for (let height = 1; height <= 7; height++) {
      expect(quiet.split(`<small>h${height}</small>`).length - 1).toBe(4);
      expect(quiet).toContain(`title="cut ${height} orders`);
    }
    expect(quiet.match(/<line class="preprepare"/g)?.length).toBe(7 * 3);
    expect(quiet).toContain("Nothing out of the ordinary happened");
  });

  test("tells of crashes, partitions and views, with a link to where each stands", () => {
    for (const what of [
      "machine 0 crashed",
      "cut 1&gt;2,3",
      "machine 0 started (restart)",
      "healed: mend 1&gt;2,3",
    ])
      expect(troubled).toContain(what);
    expect(troubled).toMatch(/machine \d leaves for view 1: P-5 TIMER/);
    const links = [...troubled.matchAll(/href="#(at-\d+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(5);
    for (const id of links) expect(troubled).toContain(`id="${id}"`);
    expect(troubled).toMatch(/class="bar condition down"/);
    expect(troubled).toMatch(/class="bar network partition"/);
    expect(troubled).toMatch(/class="bar view v1"/);
  });

  test("has a switch for each kind of message and a width for each zoom", () => {
    for (const kind of ["preprepare", "prepare", "commit", "final", "batch"]) {
      expect(quiet).toContain(`id="show-${kind}"`);
      expect(quiet).toContain(`#show-${kind}:not(:checked) ~ .scroll line.${kind} { display: none }`);
    }
    const zooms = [...quiet.matchAll(/name="zoom" id="(zoom-\d)"/g)].map(([, id]) => id);
    expect(zooms.length).toBeGreaterThan(1);
    for (const id of zooms) expect(quiet).toContain(`#${id}:checked ~ .scroll .picture { width: `);
    expect(quiet.match(/name="zoom"[^>]* checked/g)?.length).toBe(1);
  });
});

test("a timeline draws no more lines than a browser bears, the rare kinds first, and says so", () => {
  const batch = { kind: "batch", from: 0, to: 1, sentAt: 1, receivedAt: 2, text: "batch" } as const;
  const strokes = [
    ...Array.from({ length: LINES_MAX + 5 }, () => batch),
    { ...batch, kind: "newView" } as const,
  ];
  const nothing = { marks: [], spans: [], network: [], cuts: [], machines: 2, last: 10 };
  const { drawn, body, delay } = drawTimeline({ ...nothing, strokes });
  expect(drawn.get("newView")).toEqual({ lines: 1, of: 1 });
  expect(drawn.get("batch")).toEqual({ lines: LINES_MAX - 1, of: LINES_MAX + 5 });
  expect(body.match(/<line /g)?.length).toBe(LINES_MAX);
  expect(delay).toBe(1);
});
