import type { ReplicaConfig } from "./config.ts";
import type { Effect } from "./effect.ts";
import type { Input, StateMachine } from "./input.ts";
import { type Recovered, startingPoint } from "./recovery.ts";
import { ReplicaLife } from "./replica-life.ts";
import { RULES, type Rules } from "./rules.ts";

/**
 * A validator's part in the protocol, without network, disk or clock: input in, effects out. A joiner or a
 * follower is the same replica with a key that is not of the set.
 *
 * Its parts live from one start to the next. Y-1: to take over a fetched snapshot is to start again, from the
 * checkpoint that was made of it: there is one way only in which votes, lanes and order come back.
 */
export class Replica implements StateMachine<Input, Effect> {
  private readonly config: ReplicaConfig;
  private readonly rules: Rules;
  private life: ReplicaLife;
  private isObserver = false;

  constructor(config: ReplicaConfig, rules: Rules = RULES) {
    this.config = config;
    this.rules = rules;
    this.life = new ReplicaLife(config, rules, { checkpoint: undefined, records: [] });
  }

  step(input: Input): readonly Effect[] {
    if (input.kind === "start") {
      this.isObserver = input.recovered.observeOnly;
      this.beginFrom(input.recovered);
    }
    const effects = this.life.step(input);
    const { successor } = this.life;
    if (successor === undefined) return effects;
    const recovered: Recovered = {
      records: [{ kind: "checkpoint", checkpoint: successor }],
      stateHeight: successor.memory.order.height,
      observeOnly: this.isObserver,
    };
    this.beginFrom(recovered);
    return [...effects, ...this.life.step({ kind: "start", now: input.now, recovered })];
  }

  private beginFrom(recovered: Recovered): void {
    this.life = new ReplicaLife(this.config, this.rules, startingPoint(recovered));
  }
}
