import { type Digest, Height, type Nanos, Seq, ZERO_DIGEST } from "@touchmark/core";
import { type Candidate, OpenChain } from "../../src/agreement/open-chain.ts";
import { OrderBook } from "../../src/order/order-book.ts";
import type { OrderPoint } from "../../src/order/order-point.ts";
import type { Shared } from "../../src/replica-state.ts";
import type { TransactionRecord } from "../../src/transactions.ts";
import { T0, txidOf } from "../lanes/lane-world.ts";

/** A point of the order with nothing in it but what a test says. */
export function pointOf(said: Partial<OrderPoint>): OrderPoint {
  const times = { horizon: T0, parentHorizon: T0, lastTime: T0, timersUntil: T0 };
  const nothing = { full: false, transactions: [], stillDue: 0, liveCounts: [], liveAfter: [] };
  return { height: Height.of(1), ...times, ...nothing, ...said };
}

/** Open cuts of a replica that could propose a block of so many transactions on any parent. */
export class FakeChain extends OpenChain {
  prospect = 0;
  horizon: Nanos = T0;
  /** Content without which nothing can be proposed. */
  missing: readonly TransactionRecord[] = [];

  constructor({ state, lanes }: Shared) {
    const { genesis, params } = state.config;
    const setting = { limits: params, table: state.table, hasher: state.chain.hasher };
    super(state, lanes, OrderBook.atGenesis(setting, genesis.time, genesis.validators));
  }

  override candidate(height: Height, parent: Digest): Candidate | readonly TransactionRecord[] {
    if (this.missing.length > 0) return this.missing;
    const { horizon } = this;
    const transactions = Array.from({ length: this.prospect }, (_, i) => ({
      txid: txidOf(i),
      time: T0,
      expired: false,
    }));
    const cut = { height, parent, horizon, tips: [{ seq: Seq.least, digest: ZERO_DIGEST }] };
    return { cut, point: pointOf({ height, transactions, horizon }), tipsAdvance: 0 };
  }

  override discard(): void {
    // Nothing was extended.
  }
}
