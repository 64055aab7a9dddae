import { type Digest, Height, Nanos } from "@touchmark/core";
import type { Shared } from "../replica-state.ts";
import type { OpenChain } from "./open-chain.ts";
import { isUsefulStep } from "./usefulness.ts";

/**
 * P-5: when to give a view up. The timer runs only while something useful waits and the window is open; so a
 * quiet network never changes views, and a slow state machine is nobody's fault.
 */
export class Pacemaker {
  private readonly shared: Shared;
  private readonly open: OpenChain;
  private timeout: Nanos;
  private deadline: Nanos | undefined;
  private calmSince = 0;
  private usefulHeight: Height | undefined;
  private uselessKey = "";

  constructor(shared: Shared, open: OpenChain) {
    this.shared = shared;
    this.open = open;
    this.timeout = shared.state.params.viewTimeout;
  }

  get deadlineAt(): Nanos | undefined {
    return this.deadline;
  }

  restart(): void {
    if (this.deadline !== undefined) this.deadline = this.after();
  }

  private after(): Nanos {
    return Nanos.of(this.shared.state.now + this.timeout);
  }

  viewLeft(): void {
    const { viewTimeoutMax } = this.shared.state.params;
    const doubled = this.timeout * 2n;
    this.timeout = Nanos.of(doubled < viewTimeoutMax ? doubled : viewTimeoutMax);
    this.deadline = undefined;
    this.calmSince = this.shared.state.delivered.height;
  }

  viewEntered(): void {
    this.deadline = undefined;
  }

  /** A timeout that worked is kept, and halves after calm heights. */
  delivered(): void {
    const { params, delivered } = this.shared.state;
    this.restart();
    if (delivered.height - this.calmSince < params.calmHeights) return;
    this.calmSince = delivered.height;
    const halved = this.timeout / 2n;
    this.timeout = Nanos.of(halved > params.viewTimeout ? halved : params.viewTimeout);
  }

  /** Starts or stops the timer; true if the view is to be given up now. */
  tick(quorumHasLeft: boolean): boolean {
    const { state } = this.shared;
    const runs = state.viewActive
      ? this.somethingWaits && state.windowOpen(state.delivered.height + 1)
      : quorumHasLeft;
    if (!runs) {
      this.deadline = undefined;
      return false;
    }
    this.deadline ??= this.after();
    return state.now >= this.deadline;
  }

  /** Whether a due transaction, a timer of the state or an idle block waits for a leader. */
  get somethingWaits(): boolean {
    return this.isIdleOver || this.isTimerDue || this.hasProspect;
  }

  /** Idle time counts by the others' clocks: one's own may be wrong, and the others' heads stand still. */
  get isIdleOver(): boolean {
    const { state, clocks } = this.shared;
    const { f, n } = state.committee;
    if (clocks.ahead(f, state.now) !== undefined) return false;
    const reference = n === 1 ? state.now : clocks.reference(f, state.now);
    return reference !== undefined && reference - state.delivered.horizon >= state.params.idleInterval;
  }

  get isTimerDue(): boolean {
    const { state } = this.shared;
    const due = state.executed.get(state.executedHeight)?.nextTimerDue;
    return due !== undefined && due <= state.now;
  }

  /** Whether this replica itself could propose something useful on the last delivered height. */
  private get hasProspect(): boolean {
    const { state, lanes } = this.shared;
    const { height, digest } = state.delivered;
    const key = `${height}/${lanes.version}/${state.table.contents}`;
    // What was useful on this height stays so: more batches only add to it.
    if (this.usefulHeight === height) return true;
    if (this.uselessKey === key) return false;
    const useful = this.isUsefulOn(Height.of(height + 1), digest);
    if (useful) this.usefulHeight = height;
    else this.uselessKey = key;
    return useful;
  }

  private isUsefulOn(height: Height, digest: Digest): boolean {
    const candidate = this.open.candidate(height, digest);
    if (candidate === undefined) return false;
    // Content that f+1 lanes name and that isn't here is due somewhere.
    if (!("cut" in candidate)) return candidate.length > 0;
    const { point, tipsAdvance } = candidate;
    const step = {
      parentHeight: point.height - 1,
      from: point.parentHorizon,
      to: point.horizon,
      transactions: point.transactions.length,
      isFull: point.full,
      tipsAdvance,
    };
    this.open.discard(point);
    return isUsefulStep(this.shared.state, step);
  }
}
