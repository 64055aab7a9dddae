import type { OrderPoint } from "../order/order-point.ts";
import type { ReplicaState } from "../replica-state.ts";

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

/**
 * V-3: an empty block must have a reason, or a leader could fill the chain with nothing. `tipsAdvance` says how
 * far the lane moves that moves by most, as a part of what C-3 allows.
 */
export function isUseful(state: ReplicaState, point: OrderPoint, tipsAdvance: number): boolean {
  if (isLastinglyUseful(state, point, tipsAdvance)) return true;
  return timerDue(state, point.height - 1, point.parentHorizon, point.horizon);
}

/** V-3: what is useful in this way on a parent stays so, whatever else comes in or is executed. */
export function isLastinglyUseful(state: ReplicaState, point: OrderPoint, tipsAdvance: number): boolean {
  // C-2: where the horizon stayed behind what is due, even an empty block moves it on.
  if (point.transactions.length > 0 || point.full) return true;
  if (point.horizon - point.parentHorizon >= state.params.idleInterval) return true;
  // Else what stands at the far ends of lanes, after an outage, would never come within reach.
  return state.rules.agreement.drawsLanesIn && tipsAdvance >= DRAWING_SHARE;
}
