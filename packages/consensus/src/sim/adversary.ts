import type { Prng } from "@touchmark/core";
import type { Committee, ValidatorKey } from "../committee.ts";
import type { Genesis } from "../config.ts";
import type { Effect } from "../effect.ts";
import type { Input } from "../input.ts";
import type { Params } from "../params.ts";
import type { Chain, DigestSigner } from "../signing.ts";
import type { SimTransaction, TransactionPool } from "./transaction-pool.ts";
import type { TrueTime } from "./true-time.ts";

/** All that an adversary can reach: its own key, what its machine hears, and its machine's links. */
export interface HostileWorld {
  readonly chain: Chain;
  readonly params: Params;
  readonly genesis: Genesis;
  readonly key: ValidatorKey;
  readonly signer: DigestSigner;
  readonly prng: Prng;
  readonly pool: TransactionPool;
  /** Which of the machines that run this key it is, from 0. */
  readonly place: number;
  /** Memory that machines of one key have in common. */
  readonly shared: Map<string, string>;
  committee(): Committee;
  /** Whom its machine may send to: the set and the joiners, without itself. */
  peers(): readonly ValidatorKey[];
  /** Tells the run that something hostile was done just now. */
  act(what: string): void;
  /** Performs these effects after a while. */
  later(delay: TrueTime, effects: readonly Effect[]): void;
  /** Sends content to peers as if it had been introduced here. */
  spread(transaction: SimTransaction, to: readonly ValidatorKey[]): void;
}

/**
 * A hostile validator: a whole replica, and what it makes of that replica's effects. It may drop, change
 * and add, but everything that leaves goes through its own machine's disk and links.
 */
export interface Adversary {
  turn(input: Input, effects: readonly Effect[]): readonly Effect[];
  /** Whether this content is handed to that peer. */
  gives?(transaction: SimTransaction, to: ValidatorKey): boolean;
}

export type CreateAdversary = (world: HostileWorld) => Adversary;
