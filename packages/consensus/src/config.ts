import type { Digest, Nanos } from "@touchmark/core";
import type { ValidatorKey } from "./committee.ts";
import type { Params } from "./params.ts";
import type { Chain, DigestSigner } from "./signing.ts";

/** Where a chain begins: height 0, epoch 0. */
export interface Genesis {
  /** H(genesis): the digest of the cut of height 0, and its block's hash. */
  readonly digest: Digest;
  /** T0: every lane's head at the beginning, and the first horizon. */
  readonly time: Nanos;
  readonly stateRoot: Digest;
  /** The set of epoch 0, ascending. */
  readonly validators: readonly ValidatorKey[];
  /** V-3: when the earliest timer of the genesis state is due, if it has any. */
  readonly nextTimerDue?: Nanos;
}

export interface ReplicaConfig {
  readonly chain: Chain;
  readonly params: Params;
  readonly genesis: Genesis;
  /** The own key. A replica whose key is in no set follows, and signs nothing. */
  readonly signer: DigestSigner;
  /** Y-1: every final block goes to the shell with all its batches, and no snapshot leaves any out. */
  readonly archives?: true;
}
