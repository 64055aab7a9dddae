import { bytesToKey } from "@touchmark/core";
import type { RunListener } from "../event-log.ts";
import type { RunEvent } from "../run-event.ts";

/** The two transactions of a pair, as Maps' keys. A hostile leader wants the second before the first. */
export interface Wish {
  readonly first: string;
  readonly second: string;
}

/** What the hostile validators know before anybody else: which transactions make a pair. */
export class Wishes implements RunListener {
  readonly kinds = new Set<RunEvent["kind"]>(["submitted"]);
  readonly pairs: Wish[] = [];
  private readonly byKey = new Map<string, Wish>();
  private readonly firstOf = new Map<string, string>();
  private waiting: string | undefined;

  observe(event: RunEvent): void {
    if (event.kind !== "submitted") return;
    const key = bytesToKey(event.txid);
    if (this.waiting === undefined) {
      this.waiting = key;
      return;
    }
    const wish = { first: this.waiting, second: key };
    this.waiting = undefined;
    this.pairs.push(wish);
    this.byKey.set(wish.first, wish).set(wish.second, wish);
    this.firstOf.set(wish.second, wish.first);
  }

  /** The pair that a transaction belongs to, once both are made. */
  of(key: string): Wish | undefined {
    return this.byKey.get(key);
  }

  isWaitingFor(key: string): boolean {
    return this.waiting === key;
  }

  /** Whether it is the one that is to come first. */
  isSecond(key: string): boolean {
    return this.firstOf.has(key);
  }
}
