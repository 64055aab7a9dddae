import { Nanos, type View } from "@touchmark/core";
import type { ValidatorIndex } from "../committee.ts";
import type { MessageOf } from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import { complaintDigest } from "../signing.ts";
import type { TransactionRecord } from "../transactions.ts";

/** P-8: so many slow heights in a row are one's own complaint. */
const SLOW_HEIGHTS = 3;

/**
 * P-8: a leader that never lets a timer run out, and still keeps transactions waiting. Each validator looks
 * at the oldest transaction that it has known as due in this view; three slow heights in a row make it
 * complain, and f+1 complaints change the view.
 */
export class Complaints {
  private readonly shared: Shared;
  /** Since when each due transaction has been known as due in this view. */
  private readonly dueSince = new Map<TransactionRecord, Nanos>();
  private readonly complainers = new Map<ValidatorIndex, View>();
  private slowHeights = 0;
  private complainedIn: View | undefined;
  private own: MessageOf<"complaint"> | undefined;
  private lastDelivery: Nanos;
  private closedAt: Nanos | undefined;
  private lastClosed: Nanos;

  constructor(shared: Shared) {
    this.shared = shared;
    this.lastDelivery = shared.state.now;
    this.lastClosed = shared.state.now;
  }

  enterView(): void {
    this.dueSince.clear();
    this.slowHeights = 0;
  }

  /** Time with a closed window doesn't count: it is the state machine's, not the leader's. */
  tick(): void {
    const { state } = this.shared;
    const isOpen =
      state.windowOpen(state.delivered.height + 1) || !state.rules.agreement.forgivesClosedWindow;
    if (isOpen) {
      if (this.closedAt !== undefined) this.windowOpened(state.now - this.closedAt);
      this.closedAt = undefined;
    } else {
      this.closedAt ??= state.now;
      this.lastClosed = state.now;
    }
  }

  private windowOpened(closedFor: bigint): void {
    for (const [record, since] of this.dueSince) this.dueSince.set(record, Nanos.of(since + closedFor));
    this.lastClosed = this.shared.state.now;
  }

  /** These are due by what this replica holds. */
  noteDue(records: Iterable<TransactionRecord>): void {
    for (const record of records)
      if (!this.dueSince.has(record)) this.dueSince.set(record, this.shared.state.now);
  }

  /** A height was delivered; `inclusionDelay` is Λ, `arrivedAt` is when its PRE-PREPARE came. */
  delivered(isFull: boolean, arrivedAt: Nanos | undefined, inclusionDelay: Nanos): void {
    const { state } = this.shared;
    const { countsAgainstLeader } = state.rules.agreement;
    const oldest = this.oldest();
    const isLate = oldest !== undefined && state.now - oldest > 2n * inclusionDelay;
    if (!isLate) this.slowHeights = 0;
    else if (countsAgainstLeader(isFull, this.isLateProposal(arrivedAt, inclusionDelay))) this.slowHeights++;
    for (const record of this.dueSince.keys()) if (this.isOver(record)) this.dueSince.delete(record);
    this.lastDelivery = state.now;
    if (this.slowHeights >= SLOW_HEIGHTS) this.complain();
  }

  /** Ordered, or past its window: no leader keeps it waiting any more. */
  private isOver(record: TransactionRecord): boolean {
    const { horizon } = this.shared.state.delivered;
    // What no lane and no order names any more was never due.
    if (record.uses === 0 || record.orderedAt !== undefined) return true;
    return record.facts !== undefined && horizon >= record.facts.validUntil;
  }

  private isLateProposal(arrivedAt: Nanos | undefined, inclusionDelay: Nanos): boolean {
    const since = this.lastDelivery > this.lastClosed ? this.lastDelivery : this.lastClosed;
    return arrivedAt !== undefined && arrivedAt - since > inclusionDelay;
  }

  private oldest(): Nanos | undefined {
    let oldest: Nanos | undefined;
    for (const since of this.dueSince.values()) if (oldest === undefined || since < oldest) oldest = since;
    return oldest;
  }

  private complain(): void {
    const { state } = this.shared;
    const { view } = state;
    if (state.self === undefined || this.complainedIn === view || !state.viewActive) return;
    this.complainedIn = view;
    const { epoch } = state.committee;
    const signature = state.signer.sign(complaintDigest(state.chain, epoch, view));
    state.out.observe({ kind: "complained", view });
    this.own = { kind: "complaint", epoch, view, validator: state.self, signature };
    state.out.broadcast(this.own);
  }

  /** Whether f+1 validators complain of the present view; only its complaints count. */
  onComplaint(message: MessageOf<"complaint">): boolean {
    const { state } = this.shared;
    const known = this.complainers.get(message.validator);
    if (known === undefined || message.view > known) this.complainers.set(message.validator, message.view);
    let count = 0;
    for (const view of this.complainers.values()) if (view === state.view) count++;
    return count > state.committee.f;
  }

  /** P-6: the own complaint about the present view, for it may have been lost. */
  get standing(): MessageOf<"complaint"> | undefined {
    return this.own?.view === this.shared.state.view ? this.own : undefined;
  }

  reset(): void {
    this.enterView();
    this.complainers.clear();
    this.complainedIn = undefined;
    this.own = undefined;
  }
}
