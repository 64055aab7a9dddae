import * as core from "@touchmark/core";
import type { Effect } from "../../src/effect.ts";
import type { Fact } from "../../src/facts.ts";
import type { TransactionFacts } from "../../src/input.ts";
import { Lane, laneRoom } from "../../src/lanes/lane.ts";
import { LaneSet } from "../../src/lanes/lane-set.ts";
import { PeerClocks } from "../../src/lanes/peer-clocks.ts";
import { Sightings } from "../../src/lanes/sightings.ts";
import type { LaneBatch } from "../../src/messages.ts";
import { defaultParams, type Params } from "../../src/params.ts";
import { ReplicaState, type Shared } from "../../src/replica-state.ts";
import { at, BEGINNING, batchOf, CHAIN, EPOCH, keyOf, placeOf, signerOf, T0, txidOf } from "./lane-world.ts";

export const MS = core.MILLISECOND;
const SIGNERS = [1, 2, 3, 4].map(signerOf).sort((a, b) => core.compareBytes(a.publicKey, b.publicKey));
export const signer = (i: number) => core.must(SIGNERS[i], "signer");

/** The own lane's part of a replica of four, without the rest of it. The own lane is number 0. */
export class Rig {
  readonly shared: Shared;
  readonly sightings: Sightings;
  readonly params: Params;
  readonly batches: LaneBatch[] = [];
  readonly effects: Effect[] = [];
  private readonly tips = new Map<number, LaneBatch>();
  private refs = 0;

  constructor(params: Partial<Params> = {}) {
    this.params = { ...defaultParams(4), ...params };
    const validators = SIGNERS.map(keyOf);
    const genesis = { digest: core.ZERO_DIGEST, time: T0, stateRoot: core.ZERO_DIGEST, validators };
    const state = new ReplicaState({ chain: CHAIN, params: this.params, genesis, signer: signer(0) });
    const lanes: LaneSet = new LaneSet(CHAIN, state.table, laneRoom(this.params), {
      held: (lane, held) => this.sightings.held(lane, held),
      forked: () => undefined,
    });
    for (const key of validators) lanes.admit(key, Lane.beginning(T0));
    this.shared = { state, lanes, clocks: new PeerClocks(this.params) };
    this.sightings = new Sightings(this.shared);
  }

  /** Everything that is due up to and with this moment; batches come back at once, as from the network. */
  to(now: bigint): this {
    const { state } = this.shared;
    for (;;) {
      this.seal();
      const next = this.sightings.nextBatch(false);
      if (next === undefined || next > at(now)) break;
      // A wake that is not in the future would be one after the other, for ever.
      if (next <= state.now) throw new Error("the replica asks to be woken at once");
      state.now = next;
    }
    state.now = at(now);
    this.seal();
    return this;
  }

  private seal(): void {
    const { state, lanes } = this.shared;
    const batch = this.sightings.batchDue(EPOCH, false);
    this.effects.push(...state.out.take());
    if (batch === undefined) return;
    this.batches.push(batch);
    lanes.add(batch, EPOCH, state.now);
  }

  arrive(name: string, validFor: bigint = core.MINUTE, sender = 1): void {
    const ref = this.refs++;
    this.sightings.arrived(ref);
    this.sightings.checked(ref, this.facts(name, validFor, sender));
  }

  facts(name: string, validFor: bigint = core.MINUTE, sender = 1): TransactionFacts {
    const validUntil = core.Nanos.of(this.shared.state.now + validFor);
    return { txid: txidOf(name), sender: new Uint8Array(32).fill(sender), validUntil, bytes: 100 };
  }

  /** Another validator's lane names these. */
  carried(lane: number, ...names: string[]): void {
    const prev = this.tips.get(lane);
    const head = Number((prev?.head ?? T0) - T0) + 1_000;
    const sightings = names.map((name, i) => [name, head - names.length + i] as const);
    const batch = batchOf(signer(lane), prev === undefined ? BEGINNING : placeOf(prev), head, sightings);
    this.tips.set(lane, batch);
    const added = this.shared.lanes.add(batch, EPOCH, this.shared.state.now);
    core.assert(added.kind === "held", "what another lane carries is held");
  }

  order(...names: string[]): void {
    for (const name of names) {
      const record = this.shared.state.table.find(txidOf(name));
      if (record !== undefined) record.orderedAt = core.Height.of(1);
    }
    this.sightings.settled();
  }

  get sighted(): readonly string[] {
    const ids = this.batches.flatMap((batch) => batch.sightings.map((it) => core.bytesToHex(it.txid)));
    return ids;
  }

  has(name: string): boolean {
    return this.sighted.includes(core.bytesToHex(txidOf(name)));
  }

  declined(name: string): readonly string[] {
    const facts: Fact[] = this.effects.flatMap((it) => (it.kind === "observe" ? [it.fact] : []));
    return facts.flatMap((it) =>
      it.kind === "declined" && core.equalBytes(it.txid, txidOf(name)) ? [it.why] : [],
    );
  }
}
