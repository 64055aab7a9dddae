import type * as core from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import * as consensus from "../../src/index.ts";

export const CHAIN: consensus.Chain = { chainId: "small-cluster", hasher: nativeHasher };

export interface SmallNode {
  readonly index: number;
  readonly signer: core.Signer;
  readonly key: consensus.ValidatorKey;
  replica: consensus.Replica;
  /** Rises with each restart; 0 lives only once, and what was meant for an earlier life is lost. */
  life: number;
  isDown: boolean;
  wakeAt: bigint | undefined;
  steps: number;
  halted: string | undefined;
  records: consensus.DurableRecord[];
  readonly blocks: Map<number, consensus.Block>;
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
  const replica = new consensus.Replica(config);
  const kept = { records: [], blocks: new Map(), deliveredAt: new Map(), finalAt: new Map() };
  const state = { life: 0, isDown: false, wakeAt: undefined, steps: 0, halted: undefined };
  return { index, signer, key, replica, ...state, ...kept, facts: [], sent: [] };
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
