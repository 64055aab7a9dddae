import { bytesToKey, equalBytes } from "@touchmark/core";
import type { ValidatorKey } from "../../committee.ts";
import type { Effect } from "../../effect.ts";
import type { Message } from "../../messages.ts";
import { batchDigest, cutDigest } from "../../signing.ts";
import type { Adversary, HostileWorld } from "../adversary.ts";
import { isOutgoing, toEach, toSelf } from "./outgoing.ts";

/**
 * One key on two machines: each runs a faultless replica, and together they say two things at once. In half
 * of the runs each twin speaks to one part of the peers only.
 */
export function createTwins(world: HostileWorld): Adversary {
  return { turn: (_input, effects) => effects.flatMap((effect) => speak(world, effect)) };
}

function speak(world: HostileWorld, effect: Effect): readonly Effect[] {
  if (!isOutgoing(effect)) return [effect];
  const { message } = effect;
  compareWithTwin(world, message);
  if (!isSplit(world)) return [effect];
  const heard = world.peers().filter((key) => isHeardBy(world, key));
  if (effect.kind === "send") return isHeardBy(world, effect.to) ? [effect] : [];
  return [...toEach(heard, message), toSelf(world, message)];
}

/** Both twins must come to the same answer, so it follows from the key that they have in common. */
function isSplit(world: HostileWorld): boolean {
  return (world.key[0] ?? 0) % 2 === 0;
}

function isHeardBy(world: HostileWorld, peer: ValidatorKey): boolean {
  return equalBytes(peer, world.key) || (peer[0] ?? 0) % 2 === world.place % 2;
}

/** What a correct validator says at most once, and what this twin says there. */
function statement({ chain }: HostileWorld, message: Message): { slot: string; content: string } | undefined {
  switch (message.kind) {
    case "preprepare": {
      const slot = `preprepare ${message.epoch}/${message.view}/${message.cut.height}`;
      return { slot, content: bytesToKey(cutDigest(chain, message.epoch, message.cut)) };
    }
    case "prepare":
    case "commit": {
      const slot = `${message.kind} ${message.epoch}/${message.view}/${message.height}`;
      return { slot, content: bytesToKey(message.digest) };
    }
    case "batch":
      return { slot: `batch ${message.batch.seq}`, content: bytesToKey(batchDigest(chain, message.batch)) };
    default:
      return undefined;
  }
}

function compareWithTwin(world: HostileWorld, message: Message): void {
  if (message.kind === "batch" && !equalBytes(message.batch.lane, world.key)) return;
  const said = statement(world, message);
  if (said === undefined) return;
  const before = world.shared.get(said.slot);
  if (before === undefined) world.shared.set(said.slot, said.content);
  else if (before !== said.content) world.act(`two of ${said.slot}`);
}
