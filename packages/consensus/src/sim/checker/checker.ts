import { assert } from "@touchmark/core";
import type { RunEvent } from "../run-event.ts";
import { Agreement } from "./agreement.ts";
import { boundedTime } from "./bounded-time.ts";
import { DefiniteEnd } from "./definite-end.ts";
import { EvidenceIsReported } from "./evidence.ts";
import { inclusion } from "./inclusion.ts";
import { lanePromises } from "./lane-promises.ts";
import { NoDoubleSign } from "./no-double-sign.ts";
import { oneBlockPerCuts } from "./one-block-per-cuts.ts";
import { orderingLinearizability } from "./ordering-linearizability.ts";
import { orderingLinearizabilityArrivals } from "./ordering-linearizability-arrivals.ts";
import { Progress } from "./progress.ts";
import { RunLog } from "./run-log.ts";
import {
  DETAILS_MAX,
  PROPERTY_NAMES,
  type Property,
  type PropertyName,
  type RunEnd,
  type RunEventKind,
  type RunSetup,
  type Violation,
} from "./setup.ts";
import { validity } from "./validity.ts";

/**
 * The oracle: judges a run by what the world saw, and shares no logic with the replicas that it judges.
 *
 * The problem. A replica that is tested against its own idea of the rules passes with the idea's mistakes.
 * So every rule that the checker needs is written here a second time, plainly and without a thought for
 * speed, and nothing is imported from lanes/, order/, agreement/ or the replica: only the messages' formats,
 * core's bytes, and the types of what is observed.
 *
 * It trusts what the world wrote down, and what correct machines sent. Of what replicas say of themselves
 * (facts) it uses what excuses them from a claim about arrivals or progress, and that evidence was reported.
 */
export class Checker {
  /** What the world must emit for it; other kinds may be left out. */
  readonly kinds: ReadonlySet<RunEventKind>;
  private readonly log: RunLog;
  private readonly properties: readonly Property[];
  private readonly observers: ReadonlyMap<RunEventKind, readonly Property[]>;
  private isFinished = false;

  /** Judges all properties, or those that are named, which a research fork may want. */
  constructor(setup: RunSetup, names: readonly PropertyName[] = PROPERTY_NAMES) {
    this.log = new RunLog(setup);
    this.properties = createProperties(this.log).filter((it) => names.includes(it.name));
    this.kinds = new Set([...RunLog.kinds, ...this.properties.flatMap((it) => it.kinds)]);
    this.observers = new Map(
      [...this.kinds].map((kind) => [kind, this.properties.filter((it) => it.kinds.includes(kind))]),
    );
  }

  observe(event: RunEvent): void {
    const observers = this.observers.get(event.kind);
    if (observers === undefined) return;
    this.log.observe(event);
    for (const property of observers) property.observe(event);
  }

  /** What was broken, the first property of `PROPERTY_NAMES` first; empty after a good run. */
  finish(end: RunEnd): readonly Violation[] {
    assert(!this.isFinished, "a checker judges one run");
    this.isFinished = true;
    return this.properties.flatMap((property) =>
      property
        .finish(end)
        .slice(0, DETAILS_MAX)
        .map((detail) => ({ property: property.name, detail })),
    );
  }
}

/** In the order of `PROPERTY_NAMES`. */
function createProperties(log: RunLog): readonly Property[] {
  const properties: readonly Property[] = [
    new Agreement(log),
    new NoDoubleSign(log),
    lanePromises(log),
    orderingLinearizability(log),
    orderingLinearizabilityArrivals(log),
    boundedTime(log),
    inclusion(log),
    new DefiniteEnd(log),
    validity(log),
    oneBlockPerCuts(log),
    new EvidenceIsReported(log),
    new Progress(log),
  ];
  assert(
    properties.every((it, i) => it.name === PROPERTY_NAMES[i]),
    "every property stands in its place",
  );
  return properties;
}
