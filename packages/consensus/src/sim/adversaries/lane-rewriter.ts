import { type Digest, equalBytes, Nanos, ZERO_DIGEST } from "@touchmark/core";
import type { Effect } from "../../effect.ts";
import type { LaneBatch, Sighting } from "../../messages.ts";
import { batchDigest } from "../../signing.ts";
import type { HostileWorld } from "../adversary.ts";

/** What a hostile lane says instead of what its replica saw. */
interface Rewritten {
  readonly head: Nanos;
  readonly sightings: readonly Sighting[];
}

/** Nothing: this batch stays as it is. */
export type Rewrite = (batch: LaneBatch, prevHead: Nanos) => Rewritten | undefined;

/**
 * Rewrites the batches of a hostile validator's own lane, in its log and in what it sends, so that they are
 * again one chain that S-1 allows, of which its own replica learns like everybody else.
 */
export class LaneRewriter {
  private readonly world: HostileWorld;
  private readonly rewrite: Rewrite;
  private readonly bySeq = new Map<number, LaneBatch>();
  private last: { readonly seq: number; readonly digest: Digest; readonly head: Nanos };

  constructor(world: HostileWorld, rewrite: Rewrite) {
    this.world = world;
    this.rewrite = rewrite;
    this.last = { seq: 0, digest: ZERO_DIGEST, head: world.genesis.time };
  }

  turn(effects: readonly Effect[]): Effect[] {
    return effects.map((effect): Effect => {
      if (effect.kind === "persist" && effect.record.kind === "batch") {
        return { kind: "persist", record: { kind: "batch", batch: this.replace(effect.record.batch) } };
      }
      if (effect.kind === "broadcast" && effect.message.kind === "batch") {
        return { kind: "broadcast", message: { kind: "batch", batch: this.replace(effect.message.batch) } };
      }
      if (effect.kind === "send" && effect.message.kind === "batch") {
        const batch = this.replace(effect.message.batch);
        return { kind: "send", to: effect.to, message: { kind: "batch", batch } };
      }
      return effect;
    });
  }

  private replace(batch: LaneBatch): LaneBatch {
    if (!equalBytes(batch.lane, this.world.key)) return batch;
    const known = this.bySeq.get(batch.seq);
    if (known !== undefined) return known;
    // Made before this adversary woke up: it stays what it was.
    if (batch.seq !== this.last.seq + 1) {
      this.remember(batch, batch.seq);
      return batch;
    }
    const wanted = this.rewrite(batch, this.last.head) ?? batch;
    const legal = lawful(wanted, this.last.head);
    const body = { ...batch, prev: this.last.digest, head: legal.head, sightings: legal.sightings };
    const signature = this.world.signer.sign(batchDigest(this.world.chain, body));
    const rewritten: LaneBatch = { ...body, signature };
    this.remember(rewritten, batch.seq);
    return rewritten;
  }

  private remember(batch: LaneBatch, seq: number): void {
    this.bySeq.set(seq, batch);
    if (seq <= this.last.seq) return;
    this.last = { seq, digest: batchDigest(this.world.chain, batch), head: batch.head };
  }
}

/** S-1: the least change after which stamps ascend above the last head, and none is above the new one. */
function lawful(wanted: Rewritten, prevHead: Nanos): Rewritten {
  let last: bigint = prevHead;
  const sightings = wanted.sightings.map(({ txid, stamp }) => {
    last = stamp > last ? stamp : last + 1n;
    return { txid, stamp: Nanos.of(last) };
  });
  const least = sightings.at(-1)?.stamp ?? Nanos.of(last + 1n);
  return { head: wanted.head > least ? wanted.head : least, sightings };
}
