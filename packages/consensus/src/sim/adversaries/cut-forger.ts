import { bytesToKey, type Digest, must, Nanos, Seq, ZERO_DIGEST } from "@touchmark/core";
import type { Effect } from "../../effect.ts";
import type { Input } from "../../input.ts";
import type { Cut, LaneBatch, Message, Tip } from "../../messages.ts";
import { batchDigest, cutDigest } from "../../signing.ts";
import type { HostileWorld } from "../adversary.ts";

interface Known {
  readonly tip: Tip;
  readonly prev: Digest;
  readonly head: Nanos;
}

/**
 * What it takes to make another valid cut out of one: every batch and cut that came by. A tip is moved back
 * along its lane, no further than the parent's, and the horizon is computed anew (C-2).
 */
export class CutForger {
  private readonly world: HostileWorld;
  private readonly batches = new Map<string, Known>();
  private readonly cuts = new Map<string, Cut>();

  constructor(world: HostileWorld) {
    this.world = world;
  }

  watch(input: Input, effects: readonly Effect[]): void {
    if (input.kind === "message") this.learn(input.message);
    for (const effect of effects) {
      if (effect.kind === "send" || effect.kind === "broadcast") this.learn(effect.message);
      else if (effect.kind === "deliver") this.cuts.set(bytesToKey(effect.block.digest), effect.block.cut);
    }
  }

  private learn(message: Message): void {
    if (message.kind === "batch") this.learnBatch(message.batch);
    else if (message.kind === "preprepare") {
      this.cuts.set(bytesToKey(cutDigest(this.world.chain, message.epoch, message.cut)), message.cut);
    }
  }

  private learnBatch(batch: LaneBatch): void {
    const digest = batchDigest(this.world.chain, batch);
    this.batches.set(bytesToKey(digest), {
      tip: { seq: batch.seq, digest },
      prev: batch.prev,
      head: batch.head,
    });
  }

  /** A cut at the same place whose tips are further back; one that C-2 refuses where no valid one is known. */
  forge(cut: Cut, back: (lane: number) => number): Cut {
    const parent = this.cuts.get(bytesToKey(cut.parent));
    const tips = cut.tips.map((tip, lane) => this.moveBack(tip, back(lane), parent?.tips[lane]?.seq ?? 0));
    const horizon = this.horizonOf(tips);
    const least = parent?.horizon ?? this.world.genesis.time;
    const isNew = tips.some((tip, lane) => tip !== cut.tips[lane]);
    if (isNew && horizon !== undefined && horizon > least) return { ...cut, tips, horizon };
    return { ...cut, horizon: Nanos.of(cut.horizon + 1n) };
  }

  private moveBack(tip: Tip, steps: number, least: number): Tip {
    let at = tip;
    for (let step = 0; step < steps && at.seq > least; step++) {
      const known = this.batches.get(bytesToKey(at.digest));
      if (known === undefined) return at;
      const seq = Seq.of(at.seq - 1);
      at = { seq, digest: seq === 0 ? ZERO_DIGEST : known.prev };
    }
    return at;
  }

  /** C-2: the (f+1)-th smallest head; joiners' lanes, which stand behind the set's, don't count. */
  private horizonOf(tips: readonly Tip[]): Nanos | undefined {
    const { n, f } = this.world.committee();
    const heads: Nanos[] = [];
    for (const tip of tips.slice(0, n)) {
      const head = tip.seq === 0 ? this.world.genesis.time : this.batches.get(bytesToKey(tip.digest))?.head;
      if (head === undefined) return undefined;
      heads.push(head);
    }
    if (heads.length <= f) return undefined;
    heads.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return must(heads[f], "a head");
  }
}
