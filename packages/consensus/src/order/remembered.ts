import { must, type Nanos } from "@touchmark/core";
import type { Entries, Entry } from "./entries.ts";
import type { OrderRules } from "./rules.ts";
import type { Departure } from "./view.ts";

/** What left the live ones with one block. */
interface Group {
  readonly ordered: readonly Entry[];
  /** Those that can't be ordered any more. Nothing hangs on them; their content may still be asked for. */
  readonly dead: readonly Entry[];
  /** The horizon at which all of it may go. */
  readonly until: bigint;
}

/**
 * O-2: what is ordered is remembered until every stamp that a correct lane may have given it is ignored; and
 * what died is kept as long, since lanes that saw it in time may still bring it up, and then whoever sighted
 * it must show its content.
 *
 * Groups go in the order of their blocks, at the latest 2 TTL after: c ≤ T and validUntil ≤ c + TTL, so
 * validUntil + TTL ≤ T + 2 TTL. Forgetting is exact nonetheless, for whoever asks says as of which horizon.
 */
export class Remembered {
  private readonly entries: Entries;
  private readonly rules: OrderRules;
  private readonly ttl: bigint;
  private readonly groups: Group[] = [];

  constructor(entries: Entries, rules: OrderRules, ttl: bigint) {
    this.entries = entries;
    this.rules = rules;
    this.ttl = ttl;
  }

  /** A block is settled. */
  add(departures: readonly Departure[], horizon: bigint): void {
    if (departures.length === 0) return;
    const ordered: Entry[] = [];
    const dead: Entry[] = [];
    let latest = 0n;
    for (const { entry, orderedUntil } of departures) {
      entry.uses++;
      if (orderedUntil === undefined) dead.push(entry);
      else {
        ordered.push(entry);
        if (orderedUntil > latest) latest = orderedUntil;
      }
    }
    const ofOrdered = this.rules.rememberedUntil(latest, this.ttl);
    const ofDead = horizon + this.ttl;
    this.groups.push({ ordered, dead, until: ofOrdered > ofDead ? ofOrdered : ofDead });
  }

  /** The horizon has moved on. */
  forget(horizon: bigint): void {
    const stays = this.groups.findIndex(({ until }) => until > horizon);
    for (const { ordered, dead } of this.groups.splice(0, stays < 0 ? this.groups.length : stays)) {
      for (const entry of ordered) this.entries.drop(entry);
      for (const entry of dead) this.entries.drop(entry);
    }
  }

  /** Y-1: all that is remembered at this horizon, that of the point in view. */
  *at(horizon: bigint): Iterable<{ readonly entry: Entry; readonly validUntil: Nanos }> {
    for (const { ordered } of this.groups) {
      for (const entry of ordered) {
        const validUntil = must(entry.orderedUntil, "validUntil of what is ordered");
        if (horizon < this.rules.rememberedUntil(validUntil, this.ttl)) yield { entry, validUntil };
      }
    }
  }
}
