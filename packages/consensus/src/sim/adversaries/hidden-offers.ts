import { equalBytes, Seq, toDigest, View } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { Effect } from "../../effect.ts";
import { BATCH_NAMES_MAX, type BatchName, type LaneBatch, type Message } from "../../messages.ts";
import { batchDigest } from "../../signing.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { isOutgoing, toEach, toSelf } from "./outgoing.ts";

const DIGEST_BYTES = 32;
/** Invented names beside a true one; and the rare offers that name as many as an offer can. */
const INVENTED_MAX = 4;
const FULL_OFFERS_MAX = 4;
const FULL_OFFER_SHARE = 0.02;
/** Invented batches stand so far beyond the true ones at most. */
const AHEAD_MAX = 1_000;

/**
 * Hides the batches of its lane from the leader, is the first to offer them (V-2), among names that stand for
 * nothing, and gives nobody anything: a leader that waits for whoever offered first includes none in time.
 */
class HiddenOffers implements Adversary {
  private readonly world: HostileWorld;
  private epoch = 0;
  private view = 0;
  private fullOffers = 0;

  constructor(world: HostileWorld) {
    this.world = world;
  }

  turn(input: Parameters<Adversary["turn"]>[0], effects: readonly Effect[]): readonly Effect[] {
    if (input.kind === "message") this.hear(input.message);
    const isAsked = input.kind === "message" && input.message.kind === "askBatches";
    const leader = this.leader();
    if (equalBytes(leader, this.world.key)) return effects;
    return effects.flatMap((effect): readonly Effect[] => {
      if (!isOutgoing(effect) || effect.message.kind !== "batch") return [effect];
      const { batch } = effect.message;
      if (effect.kind === "send" && isAsked) return [];
      if (!equalBytes(batch.lane, this.world.key)) return [effect];
      if (effect.kind === "send") return equalBytes(effect.to, leader) ? [] : [effect];
      const others = this.world.peers().filter((key) => !equalBytes(key, leader));
      return [
        this.offer(batch, leader),
        ...toEach(others, effect.message),
        toSelf(this.world, effect.message),
      ];
    });
  }

  private hear(message: Message): void {
    const { epoch } = this.world.committee();
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.view = 0;
    }
    if (message.kind !== "newView" && message.kind !== "preprepare") return;
    if (message.epoch === epoch && message.view > this.view) this.view = message.view;
  }

  private leader(): ValidatorKey {
    const committee = this.world.committee();
    return committee.keyOf(committee.leaderOf(this.view));
  }

  private offer(batch: LaneBatch, to: ValidatorKey): Effect {
    const { chain, prng } = this.world;
    const isFull = this.fullOffers < FULL_OFFERS_MAX && prng.chance(FULL_OFFER_SHARE);
    if (isFull) this.fullOffers++;
    const invented = Array.from(
      { length: isFull ? BATCH_NAMES_MAX - 1 : prng.below(INVENTED_MAX + 1) },
      (): BatchName => ({
        lane: batch.lane,
        seq: Seq.of(batch.seq + prng.between(1, AHEAD_MAX)),
        digest: toDigest(prng.bytes(DIGEST_BYTES)),
      }),
    );
    const own: BatchName = { lane: batch.lane, seq: batch.seq, digest: batchDigest(chain, batch) };
    const { epoch } = this.world.committee();
    this.world.act(`batch ${batch.seq} hidden from the leader and offered, with ${invented.length} invented`);
    const view = View.of(this.view);
    return { kind: "send", to, message: { kind: "offer", epoch, view, batches: [own, ...invented] } };
  }
}

export function createHiddenOffers(world: HostileWorld): Adversary {
  return new HiddenOffers(world);
}
