import type { ValidatorKey } from "../../committee.ts";
import type { Effect } from "../../effect.ts";
import type { Message } from "../../messages.ts";
import type { HostileWorld } from "../adversary.ts";

/** What leaves a machine, one way or the other. */
export type Outgoing = Extract<Effect, { readonly kind: "send" | "broadcast" }>;

export function isOutgoing(effect: Effect): effect is Outgoing {
  return effect.kind === "send" || effect.kind === "broadcast";
}

/** Of a broadcast, the part that comes back to the machine itself. */
export function toSelf(world: HostileWorld, message: Message): Effect {
  return { kind: "send", to: world.key, message };
}

export function toEach(peers: readonly ValidatorKey[], message: Message): Effect[] {
  return peers.map((to): Effect => ({ kind: "send", to, message }));
}

/** The peers in two parts, both of them not empty where there are two or more. */
export function halves(world: HostileWorld): {
  readonly first: readonly ValidatorKey[];
  readonly second: readonly ValidatorKey[];
} {
  const shuffled = world.prng.shuffle(world.peers());
  const size = Math.max(1, world.prng.below(Math.max(1, shuffled.length)));
  return { first: shuffled.slice(0, size), second: shuffled.slice(size) };
}
