import { bytesToKey, Nanos } from "@touchmark/core";
import type { Effect } from "../../effect.ts";
import type { LaneBatch, Sighting } from "../../messages.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import type { SimTransaction } from "../transaction-pool.ts";
import { LaneRewriter, type Rewrite } from "./lane-rewriter.ts";

const OLD_MAX = 6;
/** How long a lane stands still, in nanoseconds by its own heads, so that old stamps are still to be had. */
const SHORTEST_SLEEP = 500_000_000;
const LONGEST_SLEEP = 4_000_000_000;

/**
 * Sights again what was ordered long ago, and hands its content to everyone once more. A lane that promises
 * the present can only give such a transaction a new stamp; so in half of the runs this one sleeps from time
 * to time, and gives stamps from before its sleep.
 */
class Resurrector {
  readonly lane: LaneRewriter;
  private readonly world: HostileWorld;
  private readonly sleeps: boolean;
  private readonly ordered = new Map<string, SimTransaction>();
  private wakesAt: bigint | undefined;

  constructor(world: HostileWorld) {
    this.world = world;
    this.sleeps = world.prng.chance(0.5);
    this.lane = new LaneRewriter(world, (batch, prevHead) => this.rewrite(batch, prevHead));
  }

  note(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "deliver") continue;
      for (const { txid } of effect.block.transactions) {
        const transaction = this.world.pool.find(txid);
        if (transaction !== undefined) this.ordered.set(bytesToKey(txid), transaction);
      }
    }
  }

  private rewrite(batch: LaneBatch, prevHead: Nanos): ReturnType<Rewrite> {
    const { prng } = this.world;
    if (this.wakesAt !== undefined) {
      if (batch.head < this.wakesAt) return "swallow";
      this.wakesAt = undefined;
      return this.sightAgain(batch, (at) => Nanos.of(prevHead + BigInt(at + 1)));
    }
    if (this.ordered.size === 0 || prng.chance(0.5)) return undefined;
    if (!this.sleeps) return this.sightAgain(batch, () => batch.head);
    this.wakesAt = batch.head + BigInt(prng.between(SHORTEST_SLEEP, LONGEST_SLEEP));
    return "swallow";
  }

  private sightAgain(
    batch: LaneBatch,
    stampOf: (at: number) => Nanos,
  ): { readonly head: Nanos; readonly sightings: readonly Sighting[] } {
    const { world } = this;
    const size = world.prng.between(1, OLD_MAX);
    const old = world.prng.shuffle([...this.ordered.values()]).slice(0, size);
    for (const it of old) world.spread(it, world.peers());
    world.act(`${old.length} ordered transactions sighted again`);
    const again = old.map(({ facts }, at) => ({ txid: facts.txid, stamp: stampOf(at) }));
    const sightings = [...again, ...batch.sightings].sort((a, b) => Number(a.stamp - b.stamp));
    return { head: batch.head, sightings };
  }
}

export function createResurrect(world: HostileWorld): Adversary {
  const resurrector = new Resurrector(world);
  return {
    turn(_input, effects) {
      resurrector.note(effects);
      return resurrector.lane.turn(effects);
    },
  };
}
