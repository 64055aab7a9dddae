import { PIECE_ENTRIES_MAX } from "../messages.ts";
import type { RememberedPiece } from "../recovery.ts";
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

/** Small blocks share a piece, or a leader in a hurry could make more of them than a snapshot can list. */
const PIECE_ENTRIES_LEAST = 1_024;

/** Y-1: a piece stands in snapshots, always the same, until the last of its transactions is forgotten. */
interface TimedPiece {
  readonly piece: RememberedPiece;
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
  private pieces: TimedPiece[] = [];

  constructor(entries: Entries, rules: OrderRules, ttl: bigint) {
    this.entries = entries;
    this.rules = rules;
    this.ttl = ttl;
  }

  /** A block is settled. */
  add(departures: readonly Departure[], horizon: bigint): void {
    this.extendPieces(this.hold(departures, horizon), horizon);
  }

  /** Y-1: a piece of a memory stays what it is there. */
  restore(departures: readonly Departure[], horizon: bigint): void {
    this.pieces.push(this.timed(this.hold(departures, horizon)));
  }

  /** Gives what of these is ordered. */
  private hold(departures: readonly Departure[], horizon: bigint): RememberedPiece {
    const ordered: Entry[] = [];
    const dead: Entry[] = [];
    const transactions: RememberedPiece[number][] = [];
    let latest = 0n;
    for (const { entry, orderedUntil } of departures) {
      entry.uses++;
      if (orderedUntil === undefined) {
        dead.push(entry);
        continue;
      }
      ordered.push(entry);
      transactions.push({ txid: entry.record.txid, validUntil: orderedUntil });
      if (orderedUntil > latest) latest = orderedUntil;
    }
    const ofOrdered = this.rules.rememberedUntil(latest, this.ttl);
    const ofDead = horizon + this.ttl;
    const until = ofOrdered > ofDead ? ofOrdered : ofDead;
    if (departures.length > 0) this.groups.push({ ordered, dead, until });
    return transactions;
  }

  /**
   * Y-1: which transactions share a piece follows from the chain alone. A piece that is forgotten by now is out
   * of every memory, so it takes nothing more in.
   */
  private extendPieces(transactions: RememberedPiece, horizon: bigint): void {
    if (transactions.length === 0) return;
    const last = this.pieces[this.pieces.length - 1];
    const isOpen = last !== undefined && last.piece.length < PIECE_ENTRIES_LEAST && last.until > horizon;
    if (isOpen) this.pieces.pop();
    const all = isOpen ? [...last.piece, ...transactions] : transactions;
    for (let at = 0; at < all.length; at += PIECE_ENTRIES_MAX) {
      this.pieces.push(this.timed(all.slice(at, at + PIECE_ENTRIES_MAX)));
    }
  }

  private timed(piece: RememberedPiece): TimedPiece {
    let latest = 0n;
    for (const { validUntil } of piece) if (validUntil > latest) latest = validUntil;
    return { piece, until: this.rules.rememberedUntil(latest, this.ttl) };
  }

  /** The horizon has moved on. */
  forget(horizon: bigint): void {
    const stays = this.groups.findIndex(({ until }) => until > horizon);
    for (const { ordered, dead } of this.groups.splice(0, stays < 0 ? this.groups.length : stays)) {
      for (const entry of ordered) this.entries.drop(entry);
      for (const entry of dead) this.entries.drop(entry);
    }
    if ((this.pieces[0]?.until ?? horizon + 1n) <= horizon) {
      this.pieces = this.pieces.filter(({ until }) => until > horizon);
    }
  }

  /** Y-1: all that is remembered at this horizon, in the order of the chain, and what stands in one piece with it. */
  at(horizon: bigint): readonly RememberedPiece[] {
    return this.pieces.filter(({ until }) => horizon < until).map(({ piece }) => piece);
  }
}
