import type * as core from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import * as consensus from "../../src/index.ts";
import { Shelf } from "../../src/sim/shelf.ts";

export const CHAIN: consensus.Chain = { chainId: "small-cluster", hasher: nativeHasher };

export interface SmallNode {
  readonly index: number;
  readonly signer: core.Signer;
  readonly config: consensus.ReplicaConfig;
  readonly shelf: Shelf;
  readonly key: consensus.ValidatorKey;
  replica: consensus.Replica;
  /** Rises with each restart; 0 lives only once, and what was meant for an earlier life is lost. */
  life: number;
  isDown: boolean;
  wakeAt: bigint | undefined;
  steps: number;
  halted: string | undefined;
  records: consensus.DurableRecord[];
  /** It crashes as soon as its log has so many records, and nothing that comes behind leaves it. */
  crashAt: number | undefined;
  /** Until then the state machine has no state to execute anything on. */
  installsUntil: bigint;
  readonly blocks: Map<number, consensus.Block>;
  /** What the state machine answered, by height; a crash takes none of it. */
  readonly executed: Map<number, consensus.Executed>;
  /** Heights that the replica began behind (Y-1). */
  readonly adopted: number[];
  readonly deliveredAt: Map<number, bigint>;
  readonly finalAt: Map<number, bigint>;
  readonly facts: { readonly at: bigint; readonly fact: consensus.Fact }[];
  readonly sent: { readonly at: bigint; readonly message: consensus.Message }[];
}

export function createNode(
  index: number,
  key: consensus.ValidatorKey,
  config: consensus.ReplicaConfig,
): SmallNode {
  const { signer } = config;
  const shelf = new Shelf(config.chain);
  const replica = new consensus.Replica(config);
  const kept = { records: [], blocks: new Map(), deliveredAt: new Map(), finalAt: new Map() };
  const answers = { executed: new Map<number, consensus.Executed>(), adopted: [] };
  const state = { life: 0, isDown: false, wakeAt: undefined, steps: 0, halted: undefined };
  const faults = { crashAt: undefined, installsUntil: 0n };
  return {
    index,
    signer,
    config,
    shelf,
    key,
    replica,
    ...state,
    ...faults,
    ...kept,
    ...answers,
    facts: [],
    sent: [],
  };
}

export function executedOf(block: consensus.Block): consensus.Executed {
  const stateRoot = CHAIN.hasher.sha256(block.blockHash);
  const nothing = {
    nextTimerDue: undefined,
    nextValidators: undefined,
    joiners: [],
    suspends: false,
    suspended: [],
  };
  return { height: block.height, stateRoot, ...nothing, admission: { accepts: () => true } };
}
