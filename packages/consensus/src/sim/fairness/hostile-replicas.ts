import { bytesToKey, type Nanos } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { ReplicaConfig } from "../../config.ts";
import type { Effect } from "../../effect.ts";
import type { Input, StateMachine } from "../../input.ts";
import type { Arrange } from "../../leader-ordered/leader-agreement.ts";
import type { Held } from "../../leader-ordered/leader-block.ts";
import { LeaderOrdered } from "../../leader-ordered/leader-ordered.ts";
import { Replica } from "../../replica.ts";
import { MD } from "./fairness-plans.ts";
import { createUnfairLane } from "./unfair-lane.ts";
import { UnfairLeader } from "./unfair-leader.ts";
import type { Wishes } from "./wishes.ts";

/** Far below the timer of a view: backups notice nothing. */
const HOLD = BigInt(15 * MD);

function isMember(keys: readonly ValidatorKey[], config: ReplicaConfig): boolean {
  const own = bytesToKey(config.signer.publicKey);
  return keys.some((key) => bytesToKey(key) === own);
}

/** This protocol with the first f validators, one of which leads, in league. */
export function createUnfairReplica(
  config: ReplicaConfig,
  f: number,
  wishes: Wishes,
): StateMachine<Input, Effect> {
  const { validators } = config.genesis;
  const colluders = validators.slice(0, f);
  const replica = new Replica(config);
  const key = colluders.find((it) => isMember([it], config));
  if (key === undefined) return replica;
  const lane = createUnfairLane({ ...config, key }, wishes);
  const leads = isMember(validators.slice(0, 1), config);
  const inner = leads ? new UnfairLeader(replica, key, validators, colluders, wishes) : replica;
  return { step: (input) => lane.turn(inner.step(input)) };
}

/** Leader-ordered PBFT with a leader that puts the second before the first, and waits a little for it. */
export function createReorderingLeader(config: ReplicaConfig, wishes: Wishes): StateMachine<Input, Effect> {
  const leads = isMember(config.genesis.validators.slice(0, 1), config);
  return leads ? new LeaderOrdered(config, arrangeBy(wishes)) : new LeaderOrdered(config);
}

function arrangeBy(wishes: Wishes): Arrange {
  return (waiting, now) => {
    const held = new Set(waiting.map((it) => bytesToKey(it.facts.txid)));
    const next = waiting.filter((it) => isReady(wishes, it, held, now));
    const isSecond = (it: Held): boolean => wishes.isSecond(bytesToKey(it.facts.txid));
    return [...next.filter(isSecond), ...next.filter((it) => !isSecond(it))];
  };
}

function isReady(wishes: Wishes, { facts, arrived }: Held, held: ReadonlySet<string>, now: Nanos): boolean {
  const key = bytesToKey(facts.txid);
  if (wishes.isSecond(key) || now >= arrived + HOLD) return true;
  const wish = wishes.of(key);
  return wish !== undefined && held.has(wish.second);
}
