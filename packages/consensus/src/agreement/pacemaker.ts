import { type Digest, Height, Nanos } from "@touchmark/core";
import type { Shared } from "../replica-state.ts";
import type { Instances } from "./instance.ts";
import type { OpenChain } from "./open-chain.ts";
import { isLastinglyUseful, isUseful } from "./usefulness.ts";

/**
 * How long an answer holds. What makes a block useful mostly only grows with the lanes; but a timer of the state
 * may have run meanwhile, and content that was missing may turn out to be expired. If those answers were kept
 * until the next delivery, every honest leader would be given up for a block that nobody needs.
 */
type Until = "delivery" | "content" | "states" | "anything";

interface Prospect {
  readonly isUseful: boolean;
  readonly until: Until;
}

/** All that a prospect can hang on, as numbers that rise. */
interface Ground {
  readonly epoch: number;
  readonly delivered: number;
  readonly contents: number;
  readonly executed: number;
  readonly final: number;
  readonly lanes: number;
}

/**
 * P-5: when to give a view up. The timer runs only while something useful waits and the window is open; so a
 * quiet network never changes views, and a slow state machine is nobody's fault.
 */
export class Pacemaker {
  private readonly shared: Shared;
  private readonly open: OpenChain;
  private readonly instances: Instances;
  private timeout: Nanos;
  private deadline: Nanos | undefined;
  private calmSince = 0;
  private prospect: (Prospect & { readonly ground: Ground }) | undefined;

  constructor(shared: Shared, open: OpenChain, instances: Instances) {
    this.shared = shared;
    this.open = open;
    this.instances = instances;
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

  /** While S-7 stops the own lane the own clock says nothing. */
  get isTimerDue(): boolean {
    const { state, clocks } = this.shared;
    const due = state.timerDueAt(state.executedHeight);
    return due !== undefined && due <= state.now && clocks.ahead(state.committee.f, state.now) === undefined;
  }

  /** Whether this replica itself could propose something useful on the last delivered height. */
  private get hasProspect(): boolean {
    const { state } = this.shared;
    // V-3: what this replica has voted for in this view is useful, and waits.
    if (this.instances.find(state.delivered.height + 1)?.preparedIn === state.view) return true;
    const known = this.prospect;
    if (known !== undefined && this.stands(known.until, known.ground)) return known.isUseful;
    const { height, digest } = state.delivered;
    const judged = this.judge(Height.of(height + 1), digest);
    this.prospect = { ...judged, ground: this.ground };
    return judged.isUseful;
  }

  private get ground(): Ground {
    const { state, lanes } = this.shared;
    return {
      epoch: state.committee.epoch,
      delivered: state.delivered.height,
      contents: state.table.contents,
      executed: state.executedHeight,
      final: state.finalHeight,
      lanes: lanes.version,
    };
  }

  /** Whether nothing has changed that could change the answer. */
  private stands(until: Until, then: Ground): boolean {
    const { state, lanes } = this.shared;
    if (state.committee.epoch !== then.epoch || state.delivered.height !== then.delivered) return false;
    if (until === "delivery") return true;
    const sameContents = state.table.contents === then.contents;
    if (until === "content") return sameContents;
    const sameStates = state.executedHeight === then.executed && state.finalHeight === then.final;
    return sameStates && (until === "states" || (sameContents && lanes.version === then.lanes));
  }

  private judge(height: Height, digest: Digest): Prospect {
    const { state } = this.shared;
    const candidate = this.open.candidate(height, digest);
    if (candidate === undefined) return { isUseful: false, until: "anything" };
    // Content that f+1 lanes name and that isn't here is due somewhere, as far as one can tell without it.
    if (!("cut" in candidate)) {
      return candidate.length > 0
        ? { isUseful: true, until: "content" }
        : { isUseful: false, until: "anything" };
    }
    const { point, tipsAdvance } = candidate;
    this.open.discard(point);
    if (isLastinglyUseful(state, point, tipsAdvance)) return { isUseful: true, until: "delivery" };
    return isUseful(state, point, tipsAdvance)
      ? { isUseful: true, until: "states" }
      : { isUseful: false, until: "anything" };
  }
}
