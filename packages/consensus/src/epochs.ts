import { equalBytes } from "@touchmark/core";
import type { Delivery } from "./agreement/delivery.ts";
import type { ValidatorKey } from "./committee.ts";
import { Lane } from "./lanes/lane.ts";
import { type FinalityCertificate, SET_CHANGES_MAX, type SetChange } from "./messages.ts";
import type { Shared } from "./replica-state.ts";

/** Ends of past epochs that are kept for those that are behind; of those that changed the set, more. */
const ENDS_KEPT = 64;

interface End extends SetChange {
  readonly changesSet: boolean;
}

/**
 * E-1: the set changes only between epochs. The pipeline drains to the last height of the epoch; once that is
 * final, signed by the old set with the hash of the next one, the next one takes over.
 */
export class Epochs {
  private readonly shared: Shared;
  private readonly delivery: Delivery;
  /** Ascending. */
  private ends: readonly End[] = [];

  constructor(shared: Shared, delivery: Delivery) {
    this.shared = shared;
    this.delivery = delivery;
  }

  /** The certificate that ended an epoch: whoever is still in it can check it with its own set. */
  endOf(epoch: number): FinalityCertificate | undefined {
    return this.ends.find((it) => it.finality.epoch === epoch)?.finality;
  }

  /** How past epochs ended, as far as it is known here. */
  get known(): readonly SetChange[] {
    return this.ends.map(({ finality, validators }) => ({ finality, validators }));
  }

  /** Y-1: the same, with the later changes that a snapshot came with. */
  knownWith(changes: readonly SetChange[]): readonly SetChange[] {
    const last = this.ends[this.ends.length - 1]?.finality.epoch ?? -1;
    return [...this.known, ...changes.filter((it) => it.finality.epoch > last)];
  }

  /**
   * Y-1: the changes of the set from an epoch on: each is signed by the set before it, so whoever trusts the
   * first can trust the last. None where more has changed than is kept.
   */
  changesSince(epoch: number): readonly SetChange[] | undefined {
    const kept = this.ends.filter((it) => it.changesSet);
    const mayLack = kept.length >= SET_CHANGES_MAX && epoch <= (kept[0]?.finality.epoch ?? 0);
    if (mayLack) return undefined;
    const changes = kept.filter((it) => it.finality.epoch >= epoch);
    return changes.map(({ finality, validators }) => ({ finality, validators }));
  }

  /** Y-1: ends that a checkpoint names. */
  restore(ends: readonly SetChange[]): void {
    let keys = this.shared.state.config.genesis.validators;
    for (const end of ends) {
      this.note(end, !isSameSet(keys, end.validators));
      keys = end.validators;
    }
  }

  private note(end: SetChange, changesSet: boolean): void {
    const ends = [...this.ends, { ...end, changesSet }];
    const recent = ends.length - ENDS_KEPT;
    const firstChange = ends.filter((it) => it.changesSet).length - SET_CHANGES_MAX;
    let changes = 0;
    this.ends = ends.filter((it, i) => i >= recent || (it.changesSet && changes++ >= firstChange));
  }

  /** Starts the next epoch if this one is over. */
  turn(): boolean {
    const { state, lanes } = this.shared;
    const { finality, finalHeight, epochEnd, committee } = state;
    if (finalHeight !== epochEnd || finality === undefined) return false;
    const executed = state.executed.get(finalHeight);
    // Y-1: behind a checkpoint the state is still to come.
    if (executed === undefined) return false;
    const keys = executed.nextValidators ?? committee.keys;
    this.note({ finality, validators: keys }, !isSameSet(committee.keys, keys));
    for (const key of keys) lanes.admit(key, Lane.beginning(state.config.genesis.time));
    // S-5: by what the chain says, never by what this replica happened to see.
    for (const key of executed.suspended) {
      const lane = lanes.get(key);
      if (lane !== undefined) lane.dead = true;
    }
    state.startEpoch(keys);
    this.delivery.epochStarted();
    return true;
  }
}

function isSameSet(a: readonly ValidatorKey[], b: readonly ValidatorKey[]): boolean {
  return a.length === b.length && a.every((key, i) => equalBytes(key, b[i] ?? key));
}
