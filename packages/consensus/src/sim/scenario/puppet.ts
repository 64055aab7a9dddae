import type { View } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { Effect } from "../../effect.ts";
import type { Input } from "../../input.ts";
import type { Cut } from "../../messages.ts";
import { cutDigest, voteDigest } from "../../signing.ts";
import { toEach, toSelf } from "../adversaries/outgoing.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";

/** A machine that does what every replica does, and what the scenario says besides. */
export class Puppet implements Adversary {
  private readonly world: HostileWorld;

  constructor(world: HostileWorld) {
    this.world = world;
  }

  turn(_input: Input, effects: readonly Effect[]): readonly Effect[] {
    return effects;
  }

  /** As the leader of that view, and without the certificate of the parent, which it may not have. */
  propose(view: View, cut: Cut, to: readonly ValidatorKey[]): void {
    const { world } = this;
    const { epoch } = world.committee();
    const at = { epoch, view, height: cut.height, digest: cutDigest(world.chain, epoch, cut) };
    const signature = world.signer.sign(voteDigest(world.chain, "preprepare", at));
    const message = {
      kind: "preprepare" as const,
      epoch,
      view,
      cut,
      parentCertificate: undefined,
      signature,
    };
    world.act(`a cut of its own choice for height ${cut.height} of view ${view}`);
    world.later(0, [...toEach(to, message), toSelf(world, message)]);
  }
}
