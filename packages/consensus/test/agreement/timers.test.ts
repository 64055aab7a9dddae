import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Complaints } from "../../src/agreement/complaints.ts";
import { Instances } from "../../src/agreement/instance.ts";
import { Pacemaker } from "../../src/agreement/pacemaker.ts";
import { laneRoom } from "../../src/lanes/lane.ts";
import { LaneSet } from "../../src/lanes/lane-set.ts";
import { PeerClocks } from "../../src/lanes/peer-clocks.ts";
import type { MessageOf } from "../../src/messages.ts";
import { defaultParams } from "../../src/params.ts";
import { ReplicaState, type Shared } from "../../src/replica-state.ts";
import type { TransactionRecord } from "../../src/transactions.ts";
import { at, CHAIN, keyOf, signerOf, T0, txidOf } from "../lanes/lane-world.ts";
import { FakeChain } from "./fakes.ts";
import { executedOf } from "./small-node.ts";

const MS = core.MILLISECOND;
const SIGNERS = [1, 2, 3, 4].map(signerOf).sort((a, b) => core.compareBytes(a.publicKey, b.publicKey));
const PARAMS = defaultParams(4);

class Rig {
  readonly shared: Shared;
  readonly pacemaker: Pacemaker;
  readonly complaints: Complaints;
  readonly instances = new Instances();
  private readonly open: FakeChain;

  constructor(nextTimerDue?: core.Nanos) {
    const validators = SIGNERS.map(keyOf);
    const timer = nextTimerDue === undefined ? {} : { nextTimerDue };
    const genesis = { digest: core.ZERO_DIGEST, time: T0, stateRoot: core.ZERO_DIGEST, validators, ...timer };
    const signer = core.must(SIGNERS[0], "signer");
    const state = new ReplicaState({ chain: CHAIN, params: PARAMS, genesis, signer });
    const lanes = new LaneSet(CHAIN, state.table, laneRoom(state.params), {
      held: () => undefined,
      forked: () => undefined,
    });
    this.shared = { state, lanes, clocks: new PeerClocks(PARAMS) };
    this.open = new FakeChain(this.shared);
    this.pacemaker = new Pacemaker(this.shared, this.open, this.instances);
    this.complaints = new Complaints(this.shared);
  }

  at(time: bigint): this {
    this.shared.state.now = at(time);
    return this;
  }

  /** Something due came in: the lanes changed. */
  due(count: number): this {
    this.open.prospect = count;
    this.shared.lanes.version++;
    return this;
  }

  /** The lanes allow for an empty block up to there. */
  empty(horizon: core.Nanos): this {
    this.open.horizon = horizon;
    this.shared.lanes.version++;
    return this;
  }

  missing(records: readonly TransactionRecord[]): this {
    this.open.missing = records;
    return this;
  }

  tick(quorumHasLeft = false): boolean {
    return this.pacemaker.tick(quorumHasLeft);
  }

  /** Delivered, and executed unless it lags. */
  deliver(height: number, isExecuted = true): void {
    const { state } = this.shared;
    state.delivered = { ...state.delivered, height: core.Height.of(height) };
    if (isExecuted) state.executedHeight = core.Height.of(height);
    if (isExecuted) state.finalHeight = core.Height.of(height);
  }

  get complained(): readonly MessageOf<"complaint">[] {
    const effects = this.shared.state.out.take();
    return effects.flatMap((it) =>
      it.kind === "broadcast" && it.message.kind === "complaint" ? [it.message] : [],
    );
  }
}

describe("the view timer", () => {
  test("P-5 runs only while something useful waits", () => {
    const rig = new Rig().at(0n);
    expect(rig.tick()).toBe(false);
    expect(rig.pacemaker.deadlineAt).toBe(undefined);
    rig
      .at(5_000n * MS)
      .due(1)
      .tick();
    expect(rig.pacemaker.deadlineAt).toBe(at(6_000n * MS));
    expect(rig.at(6_000n * MS - 1n).tick()).toBe(false);
    expect(rig.at(6_000n * MS).tick()).toBe(true);
  });

  test("P-5 starts anew with every delivery and every new FC", () => {
    const rig = new Rig().at(0n).due(1);
    rig.tick();
    rig.at(900n * MS).deliver(1);
    rig.pacemaker.delivered();
    expect(rig.pacemaker.deadlineAt).toBe(at(1_900n * MS));
    rig.at(1_000n * MS).pacemaker.restart();
    expect(rig.pacemaker.deadlineAt).toBe(at(2_000n * MS));
    // With nothing useful on the new height it stops.
    rig.due(0).tick();
    expect(rig.pacemaker.deadlineAt).toBe(undefined);
  });

  test("P-2, P-5 stands still while the window is closed", () => {
    const rig = new Rig().at(0n).due(1);
    for (let height = 1; height <= PARAMS.window; height++) rig.deliver(height, false);
    rig.tick();
    expect(rig.pacemaker.deadlineAt).toBe(undefined);
    rig.deliver(PARAMS.window);
    rig.tick();
    expect(rig.pacemaker.deadlineAt).toBe(at(1_000n * MS));
  });

  test("P-5 after the own VIEW-CHANGE it waits for q, then runs towards the next view", () => {
    const rig = new Rig().at(0n).due(1);
    rig.shared.state.viewActive = false;
    rig.pacemaker.viewLeft();
    expect(rig.at(50_000n * MS).tick(false)).toBe(false);
    expect(rig.pacemaker.deadlineAt).toBe(undefined);
    expect(rig.tick(true)).toBe(false);
    expect(rig.pacemaker.deadlineAt).toBe(at(52_000n * MS));
    expect(rig.at(52_000n * MS).tick(true)).toBe(true);
  });

  test("P-5 its length doubles with each view up to the cap, is kept, and halves per 100 heights", () => {
    const rig = new Rig().at(0n).due(1);
    const length = () => {
      rig.pacemaker.viewEntered();
      rig.tick();
      return (rig.pacemaker.deadlineAt ?? 0n) - rig.shared.state.now;
    };
    const lengths: bigint[] = [length()];
    for (let i = 0; i < 7; i++) {
      rig.pacemaker.viewLeft();
      lengths.push(length());
    }
    expect(lengths).toEqual([1n, 2n, 4n, 8n, 16n, 30n, 30n, 30n].map((it) => it * core.SECOND));
    for (let i = 0; i < 1_000; i++) rig.pacemaker.viewLeft();
    expect(length()).toBe(30n * core.SECOND);
    const after = [99, 100, 199, 200, 300, 400, 500, 600].map((height) => {
      rig.deliver(height);
      rig.pacemaker.delivered();
      return length() / MS;
    });
    expect(after).toEqual([30_000n, 15_000n, 15_000n, 7_500n, 3_750n, 1_875n, 1_000n, 1_000n]);
  });
});

describe("what waits", () => {
  const answered = (rig: Rig, offset: bigint) => {
    const { clocks, state } = rig.shared;
    const nonce = core.must(clocks.pingDue(state.now), "ping");
    for (const signer of SIGNERS.slice(1)) {
      clocks.answered(keyOf(signer), nonce, core.Nanos.of(state.now + offset), state.now);
    }
  };

  test("V-3, P-5 idle time is over by the (f+1)-th highest peer clock, not by the own one", () => {
    const rig = new Rig().at(61_000n * MS);
    expect(rig.pacemaker.isIdleOver).toBe(false);
    answered(rig, -900n * MS);
    expect(rig.pacemaker.isIdleOver).toBe(true);
    const slow = new Rig().at(40_000n * MS);
    answered(slow, 20_000n * MS);
    expect(slow.pacemaker.isIdleOver).toBe(true);
  });

  test("P-5, S-7 while the own clock is ahead of the others an idle block doesn't count as waiting", () => {
    const rig = new Rig().at(90_000n * MS);
    answered(rig, -1_001n * MS);
    expect(rig.pacemaker.isIdleOver).toBe(false);
    expect(rig.tick()).toBe(false);
  });

  test("V-3, P-5 a timer of the genesis state waits for a block, until another state is executed", () => {
    const rig = new Rig(at(101n)).at(100n);
    expect(rig.pacemaker.isTimerDue).toBe(false);
    expect(rig.at(101n).pacemaker.isTimerDue).toBe(true);
    expect(rig.shared.state.timersDue).toEqual([{ height: 0, due: at(101n) }]);
    rig.deliver(1);
    expect(rig.pacemaker.isTimerDue).toBe(false);
    expect(rig.shared.state.timersDue).toEqual([]);
  });

  test("P-5, S-7 while the own clock is ahead of the others no timer of the state is due by it", () => {
    const rig = new Rig(at(10_000n * MS)).at(10_000n * MS);
    answered(rig, -900n * MS);
    expect(rig.pacemaker.isTimerDue).toBe(true);
    const ahead = new Rig(at(10_000n * MS)).at(10_000n * MS);
    answered(ahead, -1_001n * MS);
    expect(ahead.pacemaker.isTimerDue).toBe(false);
  });

  test("V-3, P-5 a block that only a timer made useful is waited for no more once that timer has run", () => {
    const rig = new Rig(at(50n)).at(1n);
    rig.empty(at(100n)).tick();
    expect(rig.pacemaker.deadlineAt).not.toBe(undefined);
    // Something else executed it, and no state has a timer now: an honest leader must not be given up for it.
    rig.deliver(1);
    rig.shared.state.delivered = { ...rig.shared.state.delivered, height: core.Height.of(0) };
    rig.tick();
    expect(rig.pacemaker.deadlineAt).toBe(undefined);
  });

  test("V-1, P-5 content that is missing is waited for until it is here, and no longer if it is useless", () => {
    const rig = new Rig().at(1n);
    const record = rig.shared.state.table.use(txidOf("missing"));
    rig.missing([record]).tick();
    expect(rig.pacemaker.deadlineAt).not.toBe(undefined);
    rig.missing([]);
    rig.tick();
    expect(rig.pacemaker.deadlineAt).not.toBe(undefined);
    rig.shared.state.table.contents++;
    rig.tick();
    expect(rig.pacemaker.deadlineAt).toBe(undefined);
  });

  test("V-3, P-5 a transaction that was due on a parent stays so whatever else comes in, until another height", () => {
    const rig = new Rig().at(1n).due(1);
    rig.tick();
    rig.due(0).tick();
    expect(rig.pacemaker.deadlineAt).not.toBe(undefined);
    rig.deliver(1);
    rig.tick();
    expect(rig.pacemaker.deadlineAt).toBe(undefined);
    // E-1: the same height means nothing in another epoch.
    rig.due(1).tick();
    expect(rig.pacemaker.deadlineAt).not.toBe(undefined);
    rig.due(0);
    rig.shared.state.startEpoch(rig.shared.state.committee.keys);
    rig.tick();
    expect(rig.pacemaker.deadlineAt).toBe(undefined);
  });

  test("V-3, P-5 a timer that is due in the executed state waits for a block", () => {
    const rig = new Rig().at(100n);
    const block = { height: core.Height.of(0), blockHash: core.ZERO_DIGEST };
    const executed = { ...executedOf(block as Parameters<typeof executedOf>[0]), nextTimerDue: at(101n) };
    rig.shared.state.executed.set(0, executed);
    expect(rig.pacemaker.isTimerDue).toBe(false);
    expect(rig.at(101n).pacemaker.isTimerDue).toBe(true);
    expect(rig.pacemaker.somethingWaits).toBe(true);
  });
});

describe("complaints", () => {
  const LAMBDA = PARAMS.inclusionDelay;
  const waiting = () => {
    const rig = new Rig().at(0n);
    rig.complaints.noteDue([rig.shared.state.table.use(txidOf("old"))]);
    return rig;
  };
  const slow = (rig: Rig, height: number, isFull = false, arrivedAt: bigint | undefined = undefined) => {
    rig.deliver(height);
    rig.complaints.delivered(isFull, arrivedAt === undefined ? undefined : at(arrivedAt), LAMBDA);
  };

  test("P-8 three slow heights in a row with something due for more than 2Λ make one complaint", () => {
    const rig = waiting().at(2n * LAMBDA + 1n);
    slow(rig, 1);
    slow(rig, 2);
    expect(rig.complained).toEqual([]);
    slow(rig, 3);
    expect(rig.complained.map((it) => it.view)).toEqual([0]);
    for (const height of [4, 5, 6, 7]) slow(rig, height);
    expect(rig.complained).toEqual([]);
  });

  test("P-8 something due for no longer than 2Λ starts the count anew", () => {
    const rig = waiting().at(2n * LAMBDA);
    for (const height of [1, 2, 3, 4]) slow(rig, height);
    expect(rig.complained).toEqual([]);
  });

  test("P-8 trace (o): a full block neither counts nor starts the count anew", () => {
    const rig = waiting().at(2n * LAMBDA + 1n);
    slow(rig, 1);
    for (const height of [2, 3, 4, 5]) slow(rig, height, true, 2n * LAMBDA);
    slow(rig, 6);
    expect(rig.complained).toEqual([]);
    slow(rig, 7);
    expect(rig.complained.length).toBe(1);
  });

  test("P-8 trace (r): a full block counts if its PRE-PREPARE came more than Λ after the delivery before", () => {
    const rig = waiting().at(3n * LAMBDA);
    for (const height of [1, 2, 3]) {
      const before = rig.shared.state.now - T0;
      rig.at(before + LAMBDA + 2n);
      slow(rig, height, true, before + LAMBDA + 1n);
    }
    expect(rig.complained.length).toBe(1);
  });

  test("P-8 trace (s): time with a closed window doesn't count", () => {
    const rig = waiting().at(1n);
    const { state } = rig.shared;
    for (let height = 1; height <= PARAMS.window; height++) rig.deliver(height, false);
    rig.complaints.tick();
    rig.at(20n * LAMBDA);
    rig.complaints.tick();
    state.executedHeight = core.Height.of(PARAMS.window);
    state.finalHeight = core.Height.of(PARAMS.window);
    rig.complaints.tick();
    for (const height of [5, 6, 7, 8]) slow(rig, height);
    expect(rig.complained).toEqual([]);
    rig.at(22n * LAMBDA + 2n);
    for (const height of [9, 10, 11]) slow(rig, height);
    expect(rig.complained.length).toBe(1);
  });

  test("P-8 what no lane names any more was never due, and is held against nobody", () => {
    const rig = waiting().at(9n * LAMBDA);
    rig.shared.state.table.release(core.must(rig.shared.state.table.find(txidOf("old")), "record"));
    for (const height of [1, 2, 3, 4]) slow(rig, height);
    expect(rig.complained.length).toBe(0);
  });

  test("P-8 a new view begins with nothing known as due", () => {
    const rig = waiting().at(9n * LAMBDA);
    rig.complaints.enterView();
    for (const height of [1, 2, 3]) slow(rig, height);
    expect(rig.complained).toEqual([]);
  });

  test("P-8 f + 1 complaints of the present view count, those of other views don't", () => {
    const rig = new Rig();
    const by = (validator: number, view: number) =>
      rig.complaints.onComplaint({
        kind: "complaint",
        epoch: core.Epoch.of(0),
        view: core.View.of(view),
        validator: core.must(rig.shared.state.committee.indexes[validator], "index"),
        signature: new Uint8Array(64),
      });
    expect(by(1, 0)).toBe(false);
    expect(by(1, 0)).toBe(false);
    expect(by(2, 3)).toBe(false);
    expect(by(3, 0)).toBe(true);
  });
});
