import { Epoch } from "@touchmark/core";
import type { Committee, ValidatorKey } from "../committee.ts";
import type { ModelState } from "./model-state.ts";
import type { World } from "./world.ts";

/** The sets of validators that one machine knows from the states that it has executed. */
export class CommitteeBook {
  private readonly world: World;
  private readonly committees = new Map<number, Committee>();
  private present: Committee;
  /** Whom a broadcast goes to: everyone else. Who is not in the set, nor yet a joiner, follows the chain (E-2). */
  readonly others: readonly ValidatorKey[];

  constructor(world: World, own: ValidatorKey) {
    this.world = world;
    this.present = this.learnSet(Epoch.of(0), world.genesis.validators);
    this.learn(world.ledger.genesis);
    this.others = world.keys.filter((key) => key !== own);
  }

  get known(): ReadonlyMap<number, Committee> {
    return this.committees;
  }

  /** The set of the newest executed height. */
  get committee(): Committee {
    return this.present;
  }

  learn(state: ModelState): void {
    this.present = this.learnSet(state.epoch, state.validators);
    this.learnSet(Epoch.of(state.epoch + 1), state.wanted);
  }

  /** Y-1: the set of an epoch that this machine's state has not come to yet. */
  learnSet(epoch: Epoch, keys: readonly ValidatorKey[]): Committee {
    const committee = this.world.committee(epoch, keys);
    this.committees.set(epoch, committee);
    return committee;
  }
}
