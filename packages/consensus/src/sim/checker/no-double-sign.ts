import { bytesToKey, concatBytes, type Digest, type Epoch, u64ToBytes } from "@touchmark/core";
import type { Cut, Message, MessageOf, ViewChange } from "../../messages.ts";
import type { RunEvent } from "../run-event.ts";
import { digestOfCut } from "./digests.ts";
import type { Machine } from "./machines.ts";
import { nameOfKey, nameOfLane } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import type { Property, PropertyName, RunEventKind, RunEventOf } from "./setup.ts";

/** What a validator signs at most one of, and what it says. */
interface Signed {
  /** Kind, and the place that it is for. */
  readonly slot: string;
  readonly content: string;
  readonly epoch: number;
  /** The signer's place in the set; where it is none, the leader of this view signed. */
  readonly signer: { readonly index: number } | { readonly leaderOf: number };
}

interface First {
  readonly content: string;
  readonly order: number;
}

interface Suspect {
  readonly key: string;
  readonly signed: Signed;
  readonly what: string;
}

/**
 * P-7: whatever happens to its machine, a correct key signs at most one PRE-PREPARE, PREPARE and COMMIT for
 * one epoch, view and height, one VIEW-CHANGE and one NEW-VIEW for one epoch and view, and one FINAL for one
 * height. A machine that came back without its log (P-7, S-3) sends nothing that its key had not signed
 * before: no such message, no complaint and no batch of its lane. A pong promises nothing, and is let pass.
 *
 * Messages are judged where the signer itself sends them; what others pass on may be forged.
 */
export class NoDoubleSign implements Property {
  readonly name: PropertyName = "no-double-sign";
  readonly kinds: readonly RunEventKind[] = ["sent"];
  private readonly log: RunLog;
  private last: RunEventOf<"sent"> | undefined;
  private readonly slots = new Map<string, Map<string, First>>();
  private readonly suspects: Suspect[] = [];
  private readonly cuts = new WeakMap<Cut, Digest>();

  constructor(log: RunLog) {
    this.log = log;
  }

  observe(event: RunEvent): void {
    if (event.kind !== "sent") return;
    const { message } = event;
    // A broadcast is one message to many, one after the other.
    if (message === this.last?.message && event.machine === this.last.machine) return;
    this.last = event;
    const machine = this.log.machines.correct(event.machine);
    if (machine === undefined) return;
    const signed = this.signedOf(message);
    if (signed !== undefined) this.judge(machine, signed);
  }

  private judge(machine: Machine, signed: Signed): void {
    const { key } = machine;
    const slots = this.slots.get(key) ?? new Map<string, First>();
    this.slots.set(key, slots);
    const first = slots.get(signed.slot);
    if (first === undefined) {
      slots.set(signed.slot, { content: signed.content, order: this.log.order });
      const wipedAt = this.log.machines.wipedAt(key);
      if (wipedAt !== undefined) this.suspects.push({ key, signed, what: "signed after its log was lost" });
    } else if (first.content !== signed.content) {
      this.suspects.push({ key, signed, what: "signed with two contents" });
    }
  }

  private signedOf(message: Message): Signed | undefined {
    switch (message.kind) {
      case "prepare":
      case "commit":
        return voteOf(message, message.validator, bytesToKey(message.digest));
      case "preprepare": {
        const { epoch, view, cut } = message;
        const slot = `preprepare of view ${view}, height ${cut.height}, epoch ${epoch}`;
        return { slot, content: bytesToKey(this.digestOf(epoch, cut)), epoch, signer: { leaderOf: view } };
      }
      case "final":
        return finalOf(message);
      case "viewChange": {
        const { epoch, view, validator } = message;
        const slot = `viewChange to view ${view}, epoch ${epoch}, as ${validator}`;
        return { slot, content: bytesToKey(viewChangeContent(message)), epoch, signer: { index: validator } };
      }
      case "newView": {
        const { epoch, view } = message;
        const slot = `newView of view ${view}, epoch ${epoch}`;
        return { slot, content: newViewContent(message), epoch, signer: { leaderOf: view } };
      }
      case "complaint": {
        const { epoch, view, validator } = message;
        const slot = `complaint of view ${view}, epoch ${epoch}, as ${validator}`;
        return { slot, content: "", epoch, signer: { index: validator } };
      }
      default:
        return undefined;
    }
  }

  private digestOf(epoch: Epoch, cut: Cut): Digest {
    const known = this.cuts.get(cut) ?? digestOfCut(this.log.setup.chain, epoch, cut);
    this.cuts.set(cut, known);
    return known;
  }

  finish(): readonly string[] {
    const messages = this.suspects
      .filter((it) => this.isBySigner(it))
      .map(({ key, signed, what }) => `validator ${nameOfKey(key)}: ${signed.slot} ${what}`);
    return [...messages, ...this.lateBatches()];
  }

  /** Who sits where in a set, and so whose signature this can be, is known for sure only at the end. */
  private isBySigner({ key, signed }: Suspect): boolean {
    const set = this.log.sets.of(signed.epoch);
    if (set === undefined) return true;
    const { signer } = signed;
    return set.keys["index" in signer ? signer.index : signer.leaderOf % set.n] === key;
  }

  private lateBatches(): readonly string[] {
    return this.log.batches.ownLanes.flatMap((lane) => {
      const wipedAt = this.log.machines.wipedAt(lane);
      if (wipedAt === undefined) return [];
      const late = this.log.batches.ownOf(lane).filter((it) => it.own.order > wipedAt);
      return late.map((it) => `${nameOfLane(lane)}: batch ${it.batch.seq} signed after its log was lost`);
    });
  }
}

function voteOf(vote: MessageOf<"prepare" | "commit">, validator: number, content: string): Signed {
  const { kind, epoch, view, height } = vote;
  const slot = `${kind} of view ${view}, height ${height}, epoch ${epoch}, as ${validator}`;
  return { slot, content, epoch, signer: { index: validator } };
}

/** FINAL is for a height, whatever the epoch. */
function finalOf(message: MessageOf<"final">): Signed {
  const { epoch, height, digest, blockHash, stateRoot, nextValidatorsHash, liveHash, validator } = message;
  const live = liveHash === undefined ? Uint8Array.of(0) : concatBytes(Uint8Array.of(1), liveHash);
  const said = concatBytes(number(epoch), digest, blockHash, stateRoot, nextValidatorsHash, live);
  return {
    slot: `final of height ${height}`,
    content: bytesToKey(said),
    epoch,
    signer: { index: validator },
  };
}

function number(value: number): Uint8Array {
  return u64ToBytes(BigInt(value));
}

/** Design 1 section 2: what VIEW-CHANGE signs is what its certificates are for, not who signed those. */
function viewChangeContent({ finality, prepared }: Pick<ViewChange, "finality" | "prepared">): Uint8Array {
  const base = finality === undefined ? [] : [number(finality.height), finality.digest];
  const held = prepared.map(({ certificate: { height, digest, view } }) =>
    concatBytes(number(height), digest, number(view)),
  );
  return concatBytes(Uint8Array.of(base.length), ...base, ...held);
}

function newViewContent({ viewChanges, chosen }: MessageOf<"newView">): string {
  const changes = viewChanges.map((it) => concatBytes(number(it.validator), viewChangeContent(it)));
  const again = chosen.map((it) => concatBytes(number(it.height), it.digest));
  return [...changes, ...again].map(bytesToKey).join("|");
}
