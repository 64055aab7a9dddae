import type { Effect } from "../../effect.ts";
import type { MessageOf } from "../../messages.ts";
import { cutDigest, voteDigest } from "../../signing.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { CutForger } from "./cut-forger.ts";

const STEPS_MAX = 8;

/** Leads with cuts that leave out what some lanes have said lately: the only thing that a leader chooses. */
class Staler {
  private readonly world: HostileWorld;
  private readonly forger: CutForger;
  private readonly victims: ReadonlySet<number>;
  private readonly replaced = new Map<string, MessageOf<"preprepare">>();

  constructor(world: HostileWorld, forger: CutForger) {
    this.world = world;
    this.forger = forger;
    const { indexes, n } = world.committee();
    this.victims = new Set(world.prng.shuffle(indexes).slice(0, world.prng.between(1, n)));
  }

  turn(effects: readonly Effect[]): Effect[] {
    return effects.map((effect): Effect => {
      if (effect.kind === "broadcast" && effect.message.kind === "preprepare") {
        return { kind: "broadcast", message: this.stale(effect.message) };
      }
      if (effect.kind === "persist" && effect.record.kind === "sent") {
        const { message } = effect.record;
        if (message.kind !== "preprepare") return effect;
        return { kind: "persist", record: { kind: "sent", message: this.stale(message) } };
      }
      return effect;
    });
  }

  private stale(message: MessageOf<"preprepare">): MessageOf<"preprepare"> {
    const { world } = this;
    const name = `${message.epoch}/${message.view}/${message.cut.height}`;
    const known = this.replaced.get(name);
    if (known !== undefined) return known;
    const steps = world.prng.between(1, STEPS_MAX);
    const cut = this.forger.forge(message.cut, (lane) => (this.victims.has(lane) ? steps : 0));
    const at = {
      epoch: message.epoch,
      view: message.view,
      height: cut.height,
      digest: cutDigest(world.chain, message.epoch, cut),
    };
    const signature = world.signer.sign(voteDigest(world.chain, "preprepare", at));
    const stale = { ...message, cut, signature };
    this.replaced.set(name, stale);
    world.act(`old tips at height ${cut.height}`);
    return stale;
  }
}

export function createStaleTips(world: HostileWorld): Adversary {
  const forger = new CutForger(world);
  const staler = new Staler(world, forger);
  return {
    turn(input, effects) {
      forger.watch(input, effects);
      return staler.turn(effects);
    },
  };
}
