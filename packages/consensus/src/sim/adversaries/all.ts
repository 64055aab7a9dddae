import type { CreateAdversary } from "../adversary.ts";
import { createEquivocatingLane } from "./equivocating-lane.ts";
import { createEquivocatingLeader } from "./equivocating-leader.ts";
import { createForgedViewChanges } from "./forged-view-changes.ts";
import { createFutureStamps } from "./future-stamps.ts";
import { createHiddenOffers } from "./hidden-offers.ts";
import { createJunkTxids } from "./junk-txids.ts";
import { createPastStamps } from "./past-stamps.ts";
import { createResurrect } from "./resurrect.ts";
import { createSelectiveLane } from "./selective-lane.ts";
import { createSilent } from "./silent.ts";
import { createSlow } from "./slow.ts";
import { createStaleTips } from "./stale-tips.ts";
import { createTwins } from "./twins.ts";
import { createWithheldBatches } from "./withheld-batches.ts";
import { createWithheldContent } from "./withheld-content.ts";

/** The adversary that needs two machines. */
export const TWINS = "twins";

/** Every adversary by its name. */
export const ADVERSARIES: ReadonlyMap<string, CreateAdversary> = new Map<string, CreateAdversary>([
  ["silent", createSilent],
  ["slow", createSlow],
  ["equivocating-leader", createEquivocatingLeader],
  ["equivocating-lane", createEquivocatingLane],
  ["selective-lane", createSelectiveLane],
  ["past-stamps", createPastStamps],
  ["future-stamps", createFutureStamps],
  ["withheld-content", createWithheldContent],
  ["withheld-batches", createWithheldBatches],
  ["hidden-offers", createHiddenOffers],
  ["junk-txids", createJunkTxids],
  ["stale-tips", createStaleTips],
  ["forged-view-changes", createForgedViewChanges],
  ["resurrect", createResurrect],
  [TWINS, createTwins],
]);
