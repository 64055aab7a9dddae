import { Epoch, Nanos, SIGNATURE_BYTES, View } from "@touchmark/core";
import type { Effect } from "../../effect.ts";
import type { Input } from "../../input.ts";
import type { FinalityCertificate, Message, MessageOf, Prepared, ViewChange } from "../../messages.ts";
import { cutDigest, newViewDigest, viewChangeDigest } from "../../signing.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";

type ViewChangeMessage = MessageOf<"viewChange">;

const LEAST_GAP = 200_000_000;
const MOST_GAP = 1_500_000_000;
const JUMPS = [1, 2, 7, 1_000, 1_000_000] as const;

/** Claims views that nobody wants, views that are over, and certificates that nobody signed; hides those it has. */
class Forger {
  private readonly world: HostileWorld;
  private epoch: Epoch = Epoch.of(0);
  private view = 0;
  private finality: FinalityCertificate | undefined;
  private lastProposal: MessageOf<"preprepare"> | undefined;
  private nextAt: Nanos | undefined;

  constructor(world: HostileWorld) {
    this.world = world;
  }

  turn(input: Input, effects: readonly Effect[]): Effect[] {
    if (input.kind === "message") this.watch(input.message);
    const turned = effects.map((effect) => this.alter(effect));
    if (this.nextAt !== undefined && input.now < this.nextAt) return turned;
    const gap = BigInt(this.world.prng.between(LEAST_GAP, MOST_GAP));
    const isFirst = this.nextAt === undefined;
    this.nextAt = Nanos.of(input.now + gap);
    return isFirst ? turned : [...turned, { kind: "broadcast", message: this.invent() }];
  }

  private watch(message: Message): void {
    if (message.kind === "finality") this.finality = message.finality;
    if (message.kind === "preprepare") this.lastProposal = message;
    if (message.kind !== "preprepare" && message.kind !== "newView" && message.kind !== "prepare") return;
    if (message.epoch > this.epoch) this.view = 0;
    this.epoch = message.epoch;
    this.view = Math.max(this.view, message.view);
  }

  private alter(effect: Effect): Effect {
    if (effect.kind === "final") this.finality = effect.finality;
    if (effect.kind !== "broadcast") return effect;
    const { message } = effect;
    if (message.kind === "viewChange" && message.prepared.length > 0) {
      this.world.act(`${message.prepared.length} certificates left out of a view change`);
      return { kind: "broadcast", message: this.sign({ ...message, prepared: [] }) };
    }
    if (message.kind === "newView" && message.chosen.length > 0) return this.misjudge(message);
    return effect;
  }

  /** P-4: a NEW-VIEW that gives up what its own view changes prove. */
  private misjudge(message: MessageOf<"newView">): Effect {
    const { chain, signer } = this.world;
    this.world.act("a new view that leaves out a prepared height");
    const body = { ...message, chosen: message.chosen.slice(0, -1) };
    return { kind: "broadcast", message: { ...body, signature: signer.sign(newViewDigest(chain, body)) } };
  }

  private invent(): Message {
    const { prng } = this.world;
    const base = { epoch: this.epoch, finality: this.finality, prepared: [] };
    const kind = prng.below(4);
    if (kind === 0) {
      this.world.act("a view change for a view that is over");
      return this.claim({ ...base, view: View.of(Math.max(0, this.view - prng.below(3))) });
    }
    const view = View.of(this.view + prng.pick(JUMPS));
    if (kind === 1 && this.lastProposal !== undefined) {
      this.world.act("a view change with an invented certificate");
      return this.claim({ ...base, view, prepared: [this.inventCertificate(this.lastProposal)] });
    }
    this.world.act(`a view change for view ${view}`);
    return this.claim({ ...base, view });
  }

  private inventCertificate({ epoch, view, cut }: MessageOf<"preprepare">): Prepared {
    const { chain, prng } = this.world;
    const committee = this.world.committee();
    const signers = committee.indexes
      .slice(0, committee.quorum)
      .map((validator) => ({ validator, signature: prng.bytes(SIGNATURE_BYTES) }));
    const forged = { ...cut, horizon: Nanos.of(cut.horizon + 1n) };
    const digest = cutDigest(chain, epoch, forged);
    return { cut: forged, certificate: { epoch, view, height: cut.height, digest, signers } };
  }

  private claim(body: Pick<ViewChange, "epoch" | "view" | "finality" | "prepared">): ViewChangeMessage {
    const committee = this.world.committee();
    const validator = committee.indexOf(this.world.key) ?? committee.leaderOf(0);
    return this.sign({ kind: "viewChange", ...body, validator, signature: new Uint8Array(SIGNATURE_BYTES) });
  }

  private sign(message: ViewChangeMessage): ViewChangeMessage {
    const { chain, signer } = this.world;
    return { ...message, signature: signer.sign(viewChangeDigest(chain, message)) };
  }
}

export function createForgedViewChanges(world: HostileWorld): Adversary {
  const forger = new Forger(world);
  return { turn: (input, effects) => forger.turn(input, effects) };
}
