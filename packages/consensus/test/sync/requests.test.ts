import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Lane, laneRoom } from "../../src/lanes/lane.ts";
import { LaneSet } from "../../src/lanes/lane-set.ts";
import { PeerClocks } from "../../src/lanes/peer-clocks.ts";
import { BATCH_NAMES_MAX, type BatchName } from "../../src/messages.ts";
import { defaultParams } from "../../src/params.ts";
import { ReplicaState } from "../../src/replica-state.ts";
import { Requests } from "../../src/sync/requests.ts";
import type { TransactionRecord } from "../../src/transactions.ts";
import { at, CHAIN, chainOf, EPOCH, keyOf, placeOf, signerOf, T0 } from "../lanes/lane-world.ts";

const MS = core.MILLISECOND;
const SIGNERS = [1, 2, 3, 4].map(signerOf).sort((a, b) => core.compareBytes(a.publicKey, b.publicKey));
const KEYS = SIGNERS.map(keyOf);
const key = (i: number) => core.must(KEYS[i], "key");

/** Replica 0, which leads, and holds nothing of lane 3. */
class Rig {
  readonly state: ReplicaState;
  readonly lanes: LaneSet;
  readonly requests: Requests;
  readonly chain = chainOf(core.must(SIGNERS[3], "signer"), 3);

  constructor() {
    const params = defaultParams(4);
    const genesis = {
      digest: core.ZERO_DIGEST,
      time: T0,
      stateRoot: core.ZERO_DIGEST,
      validators: KEYS,
    };
    const signer = core.must(SIGNERS[0], "signer");
    this.state = new ReplicaState({ chain: CHAIN, params, genesis, signer });
    this.lanes = new LaneSet(CHAIN, this.state.table, laneRoom(params), {
      held: () => undefined,
      forked: () => undefined,
    });
    for (const lane of KEYS) this.lanes.admit(lane, Lane.beginning(T0));
    this.requests = new Requests({ state: this.state, lanes: this.lanes, clocks: new PeerClocks(params) });
  }

  get name(): BatchName {
    return { lane: key(3), ...placeOf(core.must(this.chain[0], "batch")) };
  }

  /** Which of these contents it asks for by then, each as often as it does. */
  fetched(until: bigint, of: readonly TransactionRecord[]): number {
    const keys = new Set(of.map((it) => it.key));
    let count = 0;
    for (let time = this.state.now; time <= at(until); time = core.Nanos.of(time + 10n * MS)) {
      this.state.now = time;
      this.requests.tick();
      for (const effect of this.state.out.take()) {
        if (effect.kind !== "fetch") continue;
        count += effect.txids.filter((txid) => keys.has(core.bytesToKey(txid))).length;
      }
    }
    return count;
  }

  /** Whom it asks for which numbers of lane 3 by then. */
  asks(until: bigint): readonly string[] {
    const asked: string[] = [];
    for (let time = this.state.now; time <= at(until); time = core.Nanos.of(time + 10n * MS)) {
      this.state.now = time;
      this.requests.tick();
      for (const effect of this.state.out.take()) {
        if (effect.kind !== "send" || effect.message.kind !== "askBatches") continue;
        const to = KEYS.findIndex((it) => core.equalBytes(it, effect.to));
        for (const { name } of effect.message.batches) asked.push(`${to}: ${name.seq}`);
      }
    }
    return asked;
  }
}

/** Records of ids that nobody has content for, or not yet. */
function recordsOf(rig: Rig, count: number, salt: number): TransactionRecord[] {
  return Array.from({ length: count }, (_, i) =>
    rig.state.table.use(
      core.toTxid(Uint8Array.from({ length: 32 }, (__, place) => [salt, i >> 8, i][place] ?? 0)),
    ),
  );
}

/** Names of batches that don't exist. */
function junk(from: number): BatchName[] {
  return Array.from({ length: BATCH_NAMES_MAX }, (_, i) => ({
    lane: key(3),
    seq: core.Seq.of(1_000 + from + i),
    digest: core.toDigest(new Uint8Array(32).fill(1 + (i % 200))),
  }));
}

describe("what is offered", () => {
  test("V-2 whoever offers a batch first and doesn't give it keeps nobody from asking the next who offers it", () => {
    const rig = new Rig();
    rig.requests.offered([rig.name], key(3));
    rig.requests.offered([rig.name], key(1));
    rig.requests.offered([rig.name], key(2));
    expect(rig.asks(100n * MS)).toEqual(["3: 1", "1: 1", "2: 1"]);
  });

  test("V-2 one who gives what it offers is the only one who is asked", () => {
    const rig = new Rig();
    rig.requests.offered([rig.name], key(1));
    rig.requests.offered([rig.name], key(2));
    expect(rig.asks(20n * MS)).toEqual(["1: 1"]);
    rig.lanes.add(core.must(rig.chain[0], "batch"), EPOCH, rig.state.now);
    expect(rig.asks(1_000n * MS)).toEqual([]);
  });

  test("V-2 a flood of offers crowds out nobody else's", () => {
    const rig = new Rig();
    for (let from = 0; from < 8 * BATCH_NAMES_MAX; from += BATCH_NAMES_MAX)
      rig.requests.offered(junk(from), key(3));
    rig.requests.offered([rig.name], key(1));
    expect(rig.asks(0n)).toContain("1: 1");
  });

  test("V-2, V-1 a name that puts the digest into another lane doesn't hide the batch", () => {
    const rig = new Rig();
    rig.requests.offered([{ ...rig.name, lane: key(2), seq: core.Seq.of(9) }], key(3));
    rig.requests.batches([{ ...rig.name, lane: key(2), seq: core.Seq.of(9) }], [key(3)]);
    expect(rig.asks(0n)).toEqual(["3: 9", "3: 9"]);
    rig.requests.offered([rig.name], key(1));
    rig.requests.batches([rig.name], [key(1)]);
    expect(rig.asks(10n * MS)).toEqual(["1: 1", "1: 1"]);
  });
});

describe("content", () => {
  test("V-1, S-2 what a lane alone names crowds out neither what a cut hangs on nor what another lane names", () => {
    const rig = new Rig();
    const junked = recordsOf(rig, 8_192, 1);
    for (const record of junked) rig.requests.named(record, key(3));
    const [needed, named] = [recordsOf(rig, 3, 2), recordsOf(rig, 2, 3)];
    for (const record of needed) rig.requests.content(record, [key(1)], 0n);
    for (const record of named) rig.requests.named(record, key(2));
    expect(rig.fetched(150n * MS, [...needed, ...named])).toBe(5);
    expect(rig.fetched(160n * MS, junked)).toBeLessThanOrEqual(1_024);
  });

  test("V-1 what was long asked for in vain is asked for at once when a cut hangs on it", () => {
    const rig = new Rig();
    const [record] = recordsOf(rig, 1, 1);
    const wanted = core.must(record, "record");
    rig.requests.named(wanted, key(3));
    expect(rig.fetched(60_000n * MS, [wanted])).toBeGreaterThan(10);
    rig.requests.content(wanted, [key(1)], 0n);
    expect(rig.fetched(60_010n * MS, [wanted])).toBe(1);
  });
});
