import type { OrderPoint } from "../order/order-point.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { OpenCut } from "./open-chain.ts";

/** V-3: so much of what C-3 allows draws a lane in without transactions. */
const DRAWING_SHARE = 1 / 4;

/** V-3: whether some timer of the state is due in (from, to], by any state from the last final one on. */
function timerDue(state: ReplicaState, parentHeight: number, from: bigint, to: bigint): boolean {
  for (const { height, due: nextTimerDue } of state.timersDue) {
    if (height < state.finalHeight) continue;
    // What the parent's own state still has due was over its block's budget, and runs next.
    if (nextTimerDue <= to && (nextTimerDue > from || height === parentHeight)) return true;
  }
  return false;
}

/** What a cut does, as far as V-3 asks. */
export interface UsefulStep {
  readonly parentHeight: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly transactions: number;
  /** C-2: the horizon stayed behind what is due, which may leave the block empty. */
  readonly isFull: boolean;
  /** How far the lane moves that moves by most, as a part of what C-3 allows. */
  readonly tipsAdvance: number;
}

/** V-3: an empty block must have a reason, or a leader could fill the chain with nothing. */
export function isUsefulStep(state: ReplicaState, step: UsefulStep): boolean {
  return isLastinglyUseful(state, step) || timerDue(state, step.parentHeight, step.from, step.to);
}

/** V-3: what is useful in this way on a parent stays so, whatever else comes in or is executed. */
export function isLastinglyUseful(state: ReplicaState, step: UsefulStep): boolean {
  if (step.transactions > 0 || step.isFull) return true;
  if (step.to - step.from >= state.params.idleInterval) return true;
  // Else what stands at the far ends of lanes, after an outage, would never come within reach.
  return state.rules.agreement.drawsLanesIn && step.tipsAdvance >= DRAWING_SHARE;
}

export function isUseful(state: ReplicaState, open: OpenCut, point: OrderPoint): boolean {
  const { tipsAdvance } = open;
  const { transactions, horizon, parentHorizon, full } = point;
  return isUsefulStep(state, {
    parentHeight: point.height - 1,
    from: parentHorizon,
    to: horizon,
    transactions: transactions.length,
    isFull: full,
    tipsAdvance,
  });
}
