import type { ValidatorKey } from "../../committee.ts";
import type { Effect } from "../../effect.ts";
import type { Message, MessageOf } from "../../messages.ts";
import { cutDigest, type VotePoint, voteDigest } from "../../signing.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { MILLIS } from "../true-time.ts";
import { CutForger } from "./cut-forger.ts";
import { halves, isOutgoing, toEach, toSelf } from "./outgoing.ts";

interface Split {
  readonly told: readonly ValidatorKey[];
  readonly deceived: readonly ValidatorKey[];
  readonly forged: MessageOf<"preprepare">;
}

const COMMIT_DELAYS = [1, 5, 20, 100] as const;

/** Proposes one cut to some and another to the rest, and votes for both. */
class Equivocator {
  private readonly world: HostileWorld;
  private readonly forger: CutForger;
  private readonly splits = new Map<string, Split | undefined>();

  constructor(world: HostileWorld, forger: CutForger) {
    this.world = world;
    this.forger = forger;
  }

  turn(effects: readonly Effect[]): Effect[] {
    return effects.flatMap((effect): readonly Effect[] => {
      if (!isOutgoing(effect)) return [effect];
      const { message } = effect;
      if (message.kind === "preprepare") return this.propose(effect, message);
      if (message.kind !== "prepare" && message.kind !== "commit") return [effect];
      const split = this.splits.get(slot(message.view, message.height));
      if (split === undefined || effect.kind === "send") return [effect];
      return [...toEach(split.told, message), toSelf(this.world, message)];
    });
  }

  private propose(effect: Effect, message: MessageOf<"preprepare">): readonly Effect[] {
    const { world } = this;
    const name = slot(message.view, message.cut.height);
    if (!this.splits.has(name)) this.splits.set(name, this.split(message));
    const split = this.splits.get(name);
    if (split === undefined) return [effect];
    world.act(`two cuts for height ${message.cut.height} of view ${message.view}`);
    const point = this.pointOf(split.forged);
    const commit = this.vote("commit", point);
    world.later(world.prng.pick(COMMIT_DELAYS) * MILLIS, toEach(split.deceived, commit));
    return [
      ...toEach(split.told, message),
      toSelf(world, message),
      ...toEach(split.deceived, split.forged),
      ...toEach(split.deceived, this.vote("prepare", point)),
    ];
  }

  private split(message: MessageOf<"preprepare">): Split | undefined {
    const { world } = this;
    if (world.peers().length < 2 || world.prng.chance(0.4)) return undefined;
    const { first, second } = halves(world);
    const lane = world.prng.below(Math.max(1, message.cut.tips.length));
    const steps = world.prng.between(1, 3);
    const cut = this.forger.forge(message.cut, (at) => (at === lane ? steps : 0));
    const forged = { ...message, cut };
    const signature = world.signer.sign(voteDigest(world.chain, "preprepare", this.pointOf(forged)));
    return { told: first, deceived: second, forged: { ...forged, signature } };
  }

  private pointOf({ epoch, view, cut }: MessageOf<"preprepare">): VotePoint {
    return { epoch, view, height: cut.height, digest: cutDigest(this.world.chain, epoch, cut) };
  }

  private vote(kind: "prepare" | "commit", at: VotePoint): Message {
    const { world } = this;
    const validator = world.committee().indexOf(world.key);
    const signature = world.signer.sign(voteDigest(world.chain, kind, at));
    // A key that left the set meanwhile has no index, and nobody believes its vote.
    return { kind, ...at, validator: validator ?? world.committee().leaderOf(0), signature };
  }
}

function slot(view: number, height: number): string {
  return `${view}/${height}`;
}

export function createEquivocatingLeader(world: HostileWorld): Adversary {
  const forger = new CutForger(world);
  const equivocator = new Equivocator(world, forger);
  return {
    turn(input, effects) {
      forger.watch(input, effects);
      return equivocator.turn(effects);
    },
  };
}
