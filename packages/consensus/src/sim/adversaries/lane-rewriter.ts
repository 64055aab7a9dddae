import { type Digest, equalBytes, Nanos, Seq, ZERO_DIGEST } from "@touchmark/core";
import type { Effect } from "../../effect.ts";
import type { LaneBatch, Sighting } from "../../messages.ts";
import { batchDigest } from "../../signing.ts";
import type { HostileWorld } from "../adversary.ts";

/** What a hostile lane says instead of what its replica saw. */
interface Rewritten {
  readonly head: Nanos;
  readonly sightings: readonly Sighting[];
}

/** What it takes to write a lane. */
export type LaneOwner = Pick<HostileWorld, "chain" | "genesis" | "key" | "signer">;

/** Nothing: this batch says what it says. Swallowed: it is never sent, and the next one has its number. */
export type Rewrite = (batch: LaneBatch, prevHead: Nanos) => Rewritten | "swallow" | undefined;

/**
 * Rewrites the batches of a hostile validator's own lane, in its log and in what it sends, so that they are
 * again one chain that S-1 allows, of which its own replica learns like everybody else.
 */
export class LaneRewriter {
  private readonly world: LaneOwner;
  private readonly rewrite: Rewrite;
  /** By the number that the replica inside gave it; none where it was swallowed. */
  private readonly replaced = new Map<number, LaneBatch | undefined>();
  private readonly written = new Set<LaneBatch>();
  private last: { readonly seq: number; readonly digest: Digest; readonly head: Nanos };

  constructor(world: LaneOwner, rewrite: Rewrite) {
    this.world = world;
    this.rewrite = rewrite;
    this.last = { seq: 0, digest: ZERO_DIGEST, head: world.genesis.time };
  }

  turn(effects: readonly Effect[]): Effect[] {
    return effects.flatMap((effect): readonly Effect[] => {
      if (effect.kind === "persist" && effect.record.kind === "batch") {
        const batch = this.replace(effect.record.batch);
        return batch === undefined ? [] : [{ kind: "persist", record: { kind: "batch", batch } }];
      }
      if (effect.kind !== "broadcast" && effect.kind !== "send") return [effect];
      if (effect.message.kind !== "batch") return [effect];
      const batch = this.replace(effect.message.batch);
      return batch === undefined ? [] : [{ ...effect, message: { kind: "batch", batch } }];
    });
  }

  private replace(batch: LaneBatch): LaneBatch | undefined {
    if (!equalBytes(batch.lane, this.world.key) || this.written.has(batch)) return batch;
    if (this.replaced.has(batch.seq)) return this.replaced.get(batch.seq);
    const rewritten = this.write(batch);
    this.replaced.set(batch.seq, rewritten);
    return rewritten;
  }

  private write(batch: LaneBatch): LaneBatch | undefined {
    const { chain, signer } = this.world;
    const wanted = this.rewrite(batch, this.last.head) ?? batch;
    if (wanted === "swallow") return undefined;
    const { head, sightings } = lawful(wanted, this.last.head);
    const body = { ...batch, seq: Seq.of(this.last.seq + 1), prev: this.last.digest, head, sightings };
    const digest = batchDigest(chain, body);
    const rewritten: LaneBatch = { ...body, signature: signer.sign(digest) };
    this.last = { seq: body.seq, digest, head };
    this.written.add(rewritten);
    return rewritten;
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
