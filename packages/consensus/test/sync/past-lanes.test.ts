import * as core from "@touchmark/core";
import { expect, test } from "vitest";
import * as consensus from "../../src/index.ts";
import { laneRoom } from "../../src/lanes/lane.ts";
import { LaneSet } from "../../src/lanes/lane-set.ts";
import { PeerClocks } from "../../src/lanes/peer-clocks.ts";
import { ReplicaState } from "../../src/replica-state.ts";
import { beginFrom } from "../../src/restore.ts";
import { Checkpoints } from "../../src/sync/checkpoints.ts";
import * as world from "../wire/signed-world.ts";

const { CHAIN, KEYS } = world;

function keyOf(number: number): consensus.ValidatorKey {
  const key: Uint8Array = CHAIN.hasher.sha256(core.utf8ToBytes(`key ${number}`));
  if (!consensus.isValidatorKey(key)) throw new Error("a key has 32 bytes");
  return key;
}

test("Y-1, E-1 lanes that left are remembered, the last 4,096 of them, and a start knows the same ones", () => {
  const params = { ...consensus.defaultParams(4), snapshotEvery: 1 };
  const digest = world.digestOf("genesis");
  const genesis = { digest, time: world.at(0), stateRoot: digest, validators: KEYS };
  const state = new ReplicaState({ chain: CHAIN, params, genesis, signer: world.signerAt(0) });
  const listener = { held: () => undefined, forked: () => undefined };
  const lanes = new LaneSet(CHAIN, state.table, laneRoom(params), listener);
  const book = beginFrom(undefined, state, lanes);
  const checkpoints = new Checkpoints({ state, lanes, clocks: new PeerClocks(params) });
  const keys = Array.from({ length: consensus.PAST_LANES_MAX + 2 }, (_, number) => keyOf(number));
  for (const [number, key] of keys.entries()) {
    const place = {
      seq: core.Seq.of(number + 1),
      digest,
      key: core.bytesToKey(digest),
      head: world.at(number),
    };
    lanes.admit(key, place).dead = number % 2 === 0;
  }
  // One that never said anything is what any start takes it for.
  lanes.admit(keyOf(-1), { seq: core.Seq.of(0), digest, key: "", head: genesis.time });
  state.delivered = { ...state.delivered, height: core.Height.of(1) };
  checkpoints.delivered(state.delivered, book);
  checkpoints.executed(1);
  const finality = { ...world.finality(1), height: core.Height.of(1) };
  const [made] = checkpoints.final(1, finality);
  const { past } = core.must(made, "snapshot").memory;
  expect(past.length).toBe(consensus.PAST_LANES_MAX);
  expect(past.map(({ key }) => core.bytesToHex(key))).toEqual(keys.slice(2).map(core.bytesToHex).sort());
  expect(keys.slice(0, 3).map((key) => lanes.get(key)?.settled.seq)).toEqual([undefined, undefined, 3]);
  const other = new LaneSet(CHAIN, state.table, laneRoom(params), listener);
  const fresh = new ReplicaState({ chain: CHAIN, params, genesis, signer: world.signerAt(0) });
  const { memory: whole } = core.must(made, "snapshot");
  const memory = { ...whole, order: { ...whole.order, height: core.Height.of(1) } };
  beginFrom({ finality, memory, ends: [], kept: [] }, fresh, other);
  for (const key of keys) {
    const [known, begun] = [lanes.get(key), other.get(key)];
    expect([begun?.settled.seq, begun?.dead]).toEqual([known?.settled.seq, known?.dead]);
  }
});
