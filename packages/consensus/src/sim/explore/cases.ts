import type { Crashes, Space } from "./explorer.ts";
import { type Hearing, hearing, leaving, type Phase } from "./phase.ts";

/**
 * What is explored. In every case any part of each phase of view 0 may be heard; where a case would be too large,
 * the last view says less: its proposal comes with its NEW-VIEW, and all votes in it are heard, since whoever hears
 * less there only delivers less.
 */
export interface Case {
  readonly heights: number;
  readonly space: Space;
  readonly isPuppeted: boolean;
}

const NO_CRASHES: Crashes = { who: "nobody", isBehind: () => false };

function all(phase: Hearing): Hearing {
  return { ...phase, parts: "all" };
}

function oneHeight(view: number): readonly Hearing[] {
  return [hearing(view, ["preprepare", 1]), hearing(view, ["prepare", 1]), hearing(view, ["commit", 1])];
}

/** Height 2 is proposed while height 1 is not yet committed. */
function twoHeights(...last: readonly Hearing[]): readonly Hearing[] {
  const first = [hearing(0, ["preprepare", 1]), hearing(0, ["prepare", 1])];
  return [...first, hearing(0, ["preprepare", 2]), hearing(0, ["prepare", 2]), ...last];
}

const CLOSING_ONE: readonly Phase[] = [
  hearing(1, ["newView", 0], ["preprepare", 1]),
  all(hearing(1, ["prepare", 1])),
  all(hearing(1, ["commit", 1])),
];
const CLOSING_TWO: readonly Phase[] = [
  hearing(1, ["newView", 0], ["preprepare", 1]),
  all(hearing(1, ["prepare", 1])),
  all(hearing(1, ["preprepare", 2])),
  all(hearing(1, ["prepare", 2])),
  all(hearing(1, ["commit", 1], ["commit", 2])),
];
/** Every part of every phase, FINAL too. */
const WHOLE_ONE: readonly Phase[] = [
  ...oneHeight(0),
  hearing(0, ["final", 1]),
  ...leaving(1, "any"),
  hearing(1, ["newView", 0]),
  ...oneHeight(1),
  hearing(1, ["final", 1]),
];
const POWER_CUT_PHASES = twoHeights(hearing(0, ["commit", 1], ["commit", 2]));

export const CASES: ReadonlyMap<string, Case> = new Map<string, Case>([
  ["one height", { heights: 1, isPuppeted: false, space: { phases: WHOLE_ONE, crashes: NO_CRASHES } }],
  [
    "one crash",
    {
      heights: 1,

      isPuppeted: false,
      space: {
        phases: [...oneHeight(0), ...leaving(1, "any"), ...CLOSING_ONE],
        crashes: { who: "one", isBehind: () => true },
      },
    },
  ],
  ["two cuts", { heights: 1, isPuppeted: true, space: { phases: WHOLE_ONE, crashes: NO_CRASHES } }],
  [
    "two heights",
    {
      heights: 2,

      isPuppeted: false,
      space: {
        phases: [
          ...twoHeights(hearing(0, ["commit", 1]), hearing(0, ["commit", 2])),
          ...leaving(1, "all or none"),
          ...CLOSING_TWO,
        ],
        crashes: NO_CRASHES,
      },
    },
  ],
  [
    "power cut",
    {
      heights: 2,

      isPuppeted: false,
      space: {
        phases: [...POWER_CUT_PHASES, ...leaving(1, "all"), ...CLOSING_TWO],
        crashes: { who: "all", isBehind: (phase) => phase === POWER_CUT_PHASES.length - 1 },
      },
    },
  ],
  [
    "two cuts, two heights",
    {
      heights: 2,

      isPuppeted: true,
      space: {
        phases: [...twoHeights(hearing(0, ["commit", 2])), ...leaving(1, "all"), ...CLOSING_ONE],
        crashes: NO_CRASHES,
      },
    },
  ],
]);

const BRIEF_ONE: Space = {
  phases: [...oneHeight(0), ...leaving(1, "any"), ...CLOSING_ONE],
  crashes: NO_CRASHES,
};

/** The same four in smaller spaces, for every day: nobody hears FINAL, and crashes and lost votes are fewer. */
export const BRIEF_CASES: ReadonlyMap<string, Case> = new Map<string, Case>([
  ["one height", { heights: 1, isPuppeted: false, space: BRIEF_ONE }],
  [
    "one crash",
    {
      heights: 1,
      isPuppeted: false,
      space: {
        phases: [...oneHeight(0), ...leaving(1, "all"), ...CLOSING_ONE],
        crashes: { who: "one", isBehind: (phase) => phase < oneHeight(0).length },
      },
    },
  ],
  ["two cuts", { heights: 1, isPuppeted: true, space: BRIEF_ONE }],
  [
    "two heights",
    {
      heights: 2,
      isPuppeted: false,
      space: {
        phases: [
          ...twoHeights(hearing(0, ["commit", 1], ["commit", 2])),
          ...leaving(1, "all"),
          ...CLOSING_TWO,
        ],
        crashes: NO_CRASHES,
      },
    },
  ],
]);
