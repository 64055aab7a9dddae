import { bytesToKey, equalBytes, ZERO_DIGEST } from "@touchmark/core";
import type { LaneBatch } from "../../messages.ts";
import type { RunEvent } from "../run-event.ts";
import type { SeenBatch } from "./batches.ts";
import { latest } from "./bigints.ts";
import { isSigned } from "./digests.ts";
import { nameOfKey, nameOfLane } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import type { Property, PropertyName, RunEnd, RunEventKind, RunEventOf } from "./setup.ts";

interface Received {
  readonly seen: SeenBatch;
  readonly at: bigint;
}

/** More branches of one lane at one number prove nothing more. */
const FORKS_KEPT_MAX = 4;

/** What a machine has received of one lane in one life, by number. */
type ReceivedLane = Map<number, Received[]>;

interface Conflict {
  readonly machine: number;
  readonly key: string;
  readonly lane: string;
  readonly held: ReceivedLane;
  readonly first: Received;
  readonly second: Received;
}

/**
 * S-5: a correct validator that has received, within one life, two signed batches of one lane and number
 * that differ, has evidence, and then some correct machine reports that lane by the end of the run: a fact,
 * or an evidence message. Both batches count once they are linked, through batches received in that life, to
 * the lane's beginning or to a tip of a delivered cut, since what has a gap before it need not be kept (S-3);
 * and P-6's resend interval is left for the report. And nobody correct accuses a correct validator.
 */
export class EvidenceIsReported implements Property {
  readonly name: PropertyName = "evidence";
  readonly kinds: readonly RunEventKind[] = [
    "started",
    "crashed",
    "halted",
    "adopted",
    "received",
    "sent",
    "fact",
  ];
  private readonly log: RunLog;
  private readonly hostile: ReadonlySet<string>;
  private readonly received = new Map<number, Map<string, ReceivedLane>>();
  private conflicts: Conflict[] = [];
  private readonly reported = new Set<string>();
  private readonly reportedPlaces = new Set<number | undefined>();
  private readonly accused = new Set<string>();
  /** Of delivered cuts, up to a height. */
  private readonly tips = new Map<string, bigint>();
  private tipsUntil = 0;

  constructor(log: RunLog) {
    this.log = log;
    const hostile = log.setup.validators.filter((it) => !it.correct);
    this.hostile = new Set(hostile.map((it) => bytesToKey(it.key)));
  }

  observe(event: RunEvent): void {
    if (event.kind === "started") this.received.delete(event.machine);
    else if (event.kind === "crashed" || event.kind === "halted") this.stopped(event);
    else if (event.kind === "adopted") {
      // Y-1: to begin behind a snapshot is to start again.
      this.stopped(event);
      this.received.delete(event.machine);
    } else if (event.kind === "received" && event.message.kind === "batch")
      this.batch(event, event.message.batch);
    else if (event.kind === "sent" && event.message.kind === "evidence")
      this.report(event, event.message.first);
    else if (event.kind === "fact" && event.fact.kind === "equivocation") {
      if (this.log.machines.correct(event.machine) !== undefined) this.reportedPlaces.add(event.fact.lane);
    }
  }

  /** What it had no time to report may be lost with it. */
  private stopped({ machine, at }: RunEventOf<"crashed" | "halted" | "adopted">): void {
    this.conflicts = this.conflicts.filter((it) => it.machine !== machine || this.isOwedBy(it, at));
  }

  private isOwedBy({ held, first, second }: Conflict, at: bigint): boolean {
    const times = [first, second].map((it) => this.linkedAt(held, it));
    const { resendInterval } = this.log.setup.params;
    return times.every((time) => time !== undefined && at >= time + resendInterval);
  }

  /** When a batch and all before it down to the committed prefix had been received. */
  private linkedAt(held: ReceivedLane, received: Received): bigint | undefined {
    let { seen, at } = received;
    for (;;) {
      const { seq, prev } = seen.batch;
      if (seq === 1) return equalBytes(prev, ZERO_DIGEST) ? at : undefined;
      const committedAt = this.committedAt(prev);
      if (committedAt !== undefined) return latest(at, committedAt);
      const before = held.get(seq - 1)?.find((it) => equalBytes(it.seen.digest, prev));
      if (before === undefined) return undefined;
      seen = before.seen;
      at = latest(at, before.at);
    }
  }

  /** When a batch became the tip of a delivered cut. */
  private committedAt(digest: Uint8Array): bigint | undefined {
    const { highest } = this.log.deliveries;
    for (; this.tipsUntil < highest; this.tipsUntil++) {
      const delivered = this.log.deliveries.at(this.tipsUntil + 1);
      for (const tip of delivered?.block.cut.tips ?? [])
        this.noteTip(bytesToKey(tip.digest), delivered?.at ?? 0n);
    }
    return this.tips.get(bytesToKey(digest));
  }

  private noteTip(key: string, at: bigint): void {
    if (!this.tips.has(key)) this.tips.set(key, at);
  }

  private report({ machine }: RunEventOf<"sent">, { lane }: LaneBatch): void {
    if (this.log.machines.correct(machine) === undefined) return;
    const key = bytesToKey(lane);
    if (this.hostile.has(key)) this.reported.add(key);
    else this.accused.add(key);
  }

  private batch({ machine: number, at }: RunEventOf<"received">, batch: LaneBatch): void {
    const machine = this.log.machines.correct(number);
    if (machine === undefined || !machine.running || this.log.machines.wipedAt(machine.key) !== undefined)
      return;
    const seen = this.log.batches.add(batch);
    if (!this.hostile.has(seen.lane)) return;
    const lanes = this.received.get(number) ?? new Map<string, ReceivedLane>();
    this.received.set(number, lanes);
    const held: ReceivedLane = lanes.get(seen.lane) ?? new Map<number, Received[]>();
    lanes.set(seen.lane, held);
    const others = held.get(batch.seq) ?? [];
    held.set(batch.seq, others);
    if (others.length >= FORKS_KEPT_MAX || others.some((it) => it.seen === seen)) return;
    const second = { seen, at };
    for (const first of others) {
      this.conflicts.push({ machine: number, key: machine.key, lane: seen.lane, held, first, second });
    }
    others.push(second);
  }

  finish(end: RunEnd): readonly string[] {
    const missing = new Map<string, string>();
    for (const conflict of this.conflicts) {
      const { lane, machine, first } = conflict;
      if (missing.has(lane) || this.isReported(lane) || !this.isOwedBy(conflict, end.at)) continue;
      if (!this.isValidator(conflict.key) || !this.isProof(conflict)) continue;
      missing.set(
        lane,
        `${nameOfLane(lane)}: machine ${machine} received two batches ${first.seen.batch.seq}, and nobody reported it`,
      );
    }
    const accusations = [...this.accused].map((key) => `correct validator ${nameOfKey(key)} was accused`);
    return [...missing.values(), ...accusations];
  }

  /** A fact names the lane by its place in the set of that time, or not at all. */
  private isReported(lane: string): boolean {
    if (this.reported.has(lane) || this.reportedPlaces.has(undefined)) return true;
    return this.log.sets.all.some(({ keys }) => this.reportedPlaces.has(keys.indexOf(lane)));
  }

  private isValidator(key: string): boolean {
    return this.log.sets.all.some(({ keys }) => keys.includes(key));
  }

  private isProof({ first, second }: Conflict): boolean {
    const { chain, verifier } = this.log.setup;
    return [first, second].every(({ seen }) => isSigned(chain, verifier, seen.batch));
  }
}
