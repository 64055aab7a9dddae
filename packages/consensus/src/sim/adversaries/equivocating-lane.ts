import { type Digest, equalBytes, Nanos, SECOND } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { Effect } from "../../effect.ts";
import type { LaneBatch } from "../../messages.ts";
import { batchDigest } from "../../signing.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { halves, isOutgoing, toEach, toSelf } from "./outgoing.ts";

/** One fork of the lane in so many breaks S-1 by itself. */
const UNLAWFUL = 0.1;

/** Signs a second batch with the number of its last one, and tells one part of the peers the one, the rest the other. */
class Forker {
  private readonly world: HostileWorld;
  private readonly deceived: readonly ValidatorKey[];
  private readonly told: readonly ValidatorKey[];
  private readonly forkBySeq = new Map<number, LaneBatch>();
  private forkTip: Digest | undefined;
  /** Before the first fork both chains are one. */
  private patience: number;

  constructor(world: HostileWorld) {
    this.world = world;
    const { first, second } = halves(world);
    this.told = first;
    this.deceived = second;
    this.patience = world.prng.below(30);
  }

  turn(effects: readonly Effect[]): Effect[] {
    return effects.flatMap((effect): readonly Effect[] => {
      if (!isOutgoing(effect) || effect.message.kind !== "batch") return [effect];
      const { message } = effect;
      if (!equalBytes(message.batch.lane, this.world.key)) return [effect];
      if (effect.kind === "send") {
        if (!this.deceived.includes(effect.to)) return [effect];
        return toEach([effect.to], { kind: "batch", batch: this.fork(message.batch) });
      }
      if (this.patience > 0) {
        this.patience -= 1;
        return [effect];
      }
      const other = { kind: "batch", batch: this.fork(message.batch) } as const;
      return [...toEach(this.told, message), ...toEach(this.deceived, other), toSelf(this.world, message)];
    });
  }

  private fork(batch: LaneBatch): LaneBatch {
    const known = this.forkBySeq.get(batch.seq);
    if (known !== undefined) return known;
    if (this.patience > 0) return batch;
    const { world } = this;
    const { chain, prng } = world;
    // The stamps move by one, or the sightings are left out: either is another history.
    const kept = prng.chance(0.5) ? [] : batch.sightings;
    const unlawful = prng.chance(UNLAWFUL);
    const head = Nanos.of(unlawful ? batch.head - SECOND : batch.head + 1n);
    const body = { ...batch, prev: this.forkTip ?? batch.prev, head, sightings: kept };
    const signature = world.signer.sign(batchDigest(chain, body));
    const forked = { ...body, signature };
    this.forkTip = batchDigest(chain, forked);
    this.forkBySeq.set(batch.seq, forked);
    world.act(`two batches ${batch.seq}`);
    return forked;
  }
}

export function createEquivocatingLane(world: HostileWorld): Adversary {
  const forker = new Forker(world);
  return { turn: (_input, effects) => forker.turn(effects) };
}
