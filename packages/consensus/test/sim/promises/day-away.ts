import { encode } from "@touchmark/core";
import { expect, test } from "vitest";
import { message as messageSchema } from "../../../src/messages.ts";
import type { RunListener } from "../../../src/sim/event-log.ts";
import type { Plan } from "../../../src/sim/plan.ts";
import { quietPlan } from "../../../src/sim/quiet-plan.ts";
import type { RunEvent } from "../../../src/sim/run-event.ts";
import { RUN_EPOCH, SECONDS, type TrueTime } from "../../../src/sim/true-time.ts";
import { byTime, inSeconds, judge, load, partition, range } from "./plans.ts";

const VALIDATORS = 4;
const AWAY = VALIDATORS - 1;
const OTHERS = range(AWAY);
const CUT_AT = 3 * SECONDS;
const MINUTE = 60 * SECONDS;
const VALID_FOR = 100 * SECONDS;

/**
 * A transaction in a minute, so that the chain is not idle, and one in a second around the return. Machine 3 hears
 * nothing and is not heard; in the end it is back, or it never is.
 */
function planOf(away: TrueTime, returns: boolean): Plan {
  const quiet = quietPlan({ seed: 1, validators: VALIDATORS, transactions: 20 });
  const backAt = CUT_AT + away;
  const end = backAt + 2 * MINUTE;
  const submissions = byTime([
    ...quiet.submissions,
    ...load({ from: 5 * SECONDS, until: backAt - MINUTE, every: MINUTE, to: OTHERS, validFor: VALID_FOR }),
    ...load({ from: backAt - MINUTE, until: end, every: SECONDS, to: OTHERS, validFor: VALID_FOR }),
  ]);
  // The leader is down for a while, so that the view that the others are in is not the one that was left.
  const faults = byTime([
    { kind: "crash", machines: [0], at: CUT_AT + SECONDS } as const,
    { kind: "restart", machines: [0], at: CUT_AT + 20 * SECONDS } as const,
    ...partition([AWAY], OTHERS, CUT_AT, returns ? backAt : end + 1),
  ]);
  return { ...quiet, submissions, faults, healedAt: backAt, deadline: end, heightsWanted: 1 };
}

/** What the others do in the minute after the return, or after the moment at which it would have been. */
class OthersWatch implements RunListener {
  readonly kinds = new Set<RunEvent["kind"]>(["sent", "delivered", "fact"]);
  private readonly backAt: TrueTime;
  private newest = 0;
  /** Messages that the others send each other. */
  messages = 0;
  bytes = 0;
  /** Messages and bytes that they send to the one that is back. */
  toAway = 0;
  bytesToAway = 0;
  heights = 0;
  viewChanges = 0;
  /** How long after the return it had delivered what the others had. */
  inStepAfter: TrueTime | undefined;

  constructor(backAt: TrueTime) {
    this.backAt = backAt;
  }

  observe(event: RunEvent): void {
    const since = Number(event.at - RUN_EPOCH) - this.backAt;
    if (event.kind === "delivered") this.delivered(event.machine, event.block.height, since);
    if (since < 0 || since > MINUTE) return;
    if (event.kind === "fact" && event.fact.kind === "viewChange") this.viewChanges += 1;
    if (event.kind !== "sent" || event.machine === AWAY || event.machine === event.to) return;
    const bytes = encode(messageSchema, event.message).length;
    if (event.to === AWAY) {
      this.toAway += 1;
      this.bytesToAway += bytes;
    } else {
      this.messages += 1;
      this.bytes += bytes;
    }
  }

  private delivered(machine: number, height: number, since: TrueTime): void {
    if (machine !== AWAY) {
      if (height > this.newest && since > 0 && since <= MINUTE) this.heights += 1;
      this.newest = Math.max(this.newest, height);
    } else if (since > 0 && height >= this.newest) this.inStepAfter ??= since;
  }
}

function watchOthers(away: TrueTime, returns: boolean): OthersWatch {
  const watch = new OthersWatch(CUT_AT + away);
  const { violations } = judge(planOf(away, returns), { listeners: [watch] });
  // Who never returns is behind, of course.
  if (returns) expect(violations).toEqual([]);
  return watch;
}

/** However long it was away, its lane has run ahead by half of LANE_AHEAD only (S-4): the others offer and fetch that. */
const MORE_MESSAGES = 1_000;
const MORE_BYTES = 500_000;
/** Blocks with their certificates, and the traffic of a member in step, for each height that it missed. */
const BYTES_PER_HEIGHT = 8_000;
const IN_STEP_WITHIN = 5 * SECONDS;

export function dayAwayTests(hours: number): void {
  test(`P-5, S-4 trace (h): a replica that comes back after ${hours} h changes no view, costs the others next to nothing, and is in step within 5 s`, () => {
    const away = hours * 60 * MINUTE;
    const without = watchOthers(away, false);
    const watch = watchOthers(away, true);
    const summary = (it: OthersWatch): string =>
      `${it.messages} messages, ${it.bytes} bytes, ${it.heights} heights, to it ${it.toAway}, ${it.bytesToAway} bytes`;
    // Kept in docs/spec/agreement.md.
    console.log(
      `${hours} h away: ${summary(watch)}; without ${summary(without)}; in step after ${inSeconds(watch.inStepAfter ?? 0)} s`,
    );
    expect(watch.viewChanges).toBe(0);
    expect(watch.inStepAfter).toBeLessThan(IN_STEP_WITHIN);
    expect(watch.heights).toBeGreaterThanOrEqual(without.heights);
    expect(watch.messages - without.messages).toBeLessThan(MORE_MESSAGES);
    expect(watch.bytes - without.bytes).toBeLessThan(MORE_BYTES);
    const missed = hours * 60 + 2 * watch.heights;
    expect(watch.bytesToAway).toBeLessThan(missed * BYTES_PER_HEIGHT);
  });
}
