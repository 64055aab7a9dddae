import { type Digest, Height, Seq, ZERO_DIGEST } from "@touchmark/core";
import { type Candidate, OpenChain } from "../../src/agreement/open-chain.ts";
import { OrderBook } from "../../src/order/order-book.ts";
import type { OrderPoint } from "../../src/order/order-point.ts";
import type { Shared } from "../../src/replica-state.ts";
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

  constructor({ state, lanes }: Shared) {
    const { genesis, params } = state.config;
    const setting = { limits: params, table: state.table, hasher: state.chain.hasher };
    super(state, lanes, OrderBook.atGenesis(setting, genesis.time, genesis.validators));
  }

  override candidate(height: Height, parent: Digest): Candidate {
    const transactions = Array.from({ length: this.prospect }, (_, i) => ({
      txid: txidOf(i),
      time: T0,
      expired: false,
    }));
    const cut = { height, parent, horizon: T0, tips: [{ seq: Seq.least, digest: ZERO_DIGEST }] };
    return { cut, point: pointOf({ transactions }), tipsAdvance: 0 };
  }

  override discard(): void {
    // Nothing was extended.
  }
}
