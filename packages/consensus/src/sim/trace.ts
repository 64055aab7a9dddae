import { assertNever, bytesToHex } from "@touchmark/core";
import type { Fact } from "../facts.ts";
import type { Message } from "../messages.ts";
import { NO_MACHINE, type RunListener } from "./event-log.ts";
import type { RunEvent } from "./run-event.ts";
import { RUN_EPOCH } from "./true-time.ts";

/** A run as text, one line per event: what a person reads to see why a seed fails. */
const NAME_BYTES = 4;

/** Enough of a digest to tell it from the others of a run. */
export function shortName(digest: Uint8Array): string {
  return bytesToHex(digest.subarray(0, NAME_BYTES));
}

/** Milliseconds since the run began, to the nanosecond. */
function timeToText(at: bigint): string {
  const since = at - RUN_EPOCH;
  const sign = since < 0n ? "-" : "";
  const size = since < 0n ? -since : since;
  return `${sign}${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, "0")}`;
}

export function messageToText(message: Message): string {
  switch (message.kind) {
    case "batch": {
      const { lane, seq, head, sightings } = message.batch;
      const seen = sightings.map((it) => `${shortName(it.txid)}@${timeToText(it.stamp)}`).join(" ");
      return `batch ${shortName(lane)}#${seq} head ${timeToText(head)} [${seen}]`;
    }
    case "preprepare": {
      const { height, parent, horizon, tips } = message.cut;
      const seqs = tips.map((it) => it.seq).join(",");
      const on = shortName(parent);
      return `preprepare v${message.view} h${height} on ${on} horizon ${timeToText(horizon)} tips ${seqs}`;
    }
    case "prepare":
    case "commit":
      return `${message.kind} v${message.view} h${message.height} ${shortName(message.digest)}`;
    case "final":
      return `final h${message.height} ${shortName(message.blockHash)} root ${shortName(message.stateRoot)}`;
    case "viewChange": {
      const prepared = message.prepared.map((it) => `h${it.cut.height}:v${it.certificate.view}`).join(" ");
      return `viewChange v${message.view} final ${message.finality?.height ?? 0} [${prepared}]`;
    }
    case "newView": {
      const chosen = message.chosen.map((it) => `h${it.height}:${shortName(it.digest)}`).join(" ");
      return `newView v${message.view} [${chosen}]`;
    }
    case "complaint":
      return `complaint v${message.view}`;
    case "evidence":
      return `evidence ${shortName(message.first.lane)}#${message.first.seq}`;
    case "offer":
    case "askBatches": {
      const asked = message.kind === "offer" ? message.batches : message.batches.map(({ name }) => name);
      const names = asked.map((it) => `${shortName(it.lane)}#${it.seq}`).join(" ");
      return `${message.kind} [${names}]`;
    }
    case "askCut":
      return `askCut h${message.height} ${shortName(message.digest)}`;
    case "cut":
      return `cut h${message.cut.height}`;
    case "askBlock":
      return `askBlock h${message.height}`;
    case "block":
      return `block h${message.cut.height} with ${message.batches.length} batches`;
    case "finality":
      return `finality h${message.finality.height}`;
    case "askSnapshot":
      return `askSnapshot h${message.height}`;
    case "snapshot":
      return `snapshot h${message.manifest.height} over ${message.changes.length} changes of the set`;
    case "askPieces":
      return `askPieces h${message.height} [${message.indexes.join(" ")}]`;
    case "piece":
      return `piece h${message.height} ${message.index} of ${message.entries.length}`;
    case "ping":
      return "ping";
    case "pong":
      return `pong ${timeToText(message.time)}`;
    default:
      return assertNever(message);
  }
}

/** A fact's fields in their order, whatever facts there are. */
export function factToText(fact: Fact): string {
  const fields = Object.entries(fact).map(([name, value]) => {
    if (name === "kind") return String(value);
    const shown = value instanceof Uint8Array ? shortName(value) : String(value);
    return `${name}=${shown}`;
  });
  return fields.join(" ");
}

function whatToText(event: RunEvent): string {
  switch (event.kind) {
    case "started":
      return `started (${event.how}) as ${shortName(event.key)}${event.correct ? "" : ", hostile"}`;
    case "crashed":
      return "crashed";
    case "halted":
      return `halted: ${event.diagnosis}`;
    case "submitted":
      return `submitted ${shortName(event.txid)} valid until ${timeToText(event.validUntil)}`;
    case "arrived":
      return `arrived ${shortName(event.txid)} at ${timeToText(event.clock)} of its clock`;
    case "sent":
      return `> ${event.to} ${messageToText(event.message)}`;
    case "received":
      return `< ${event.from} ${messageToText(event.message)}`;
    case "delivered": {
      const { height, epoch, digest, horizon, transactions } = event.block;
      const order = transactions.map((it) => `${shortName(it.txid)}@${timeToText(it.time)}`).join(" ");
      return `delivered h${height} e${epoch} ${shortName(digest)} horizon ${timeToText(horizon)} [${order}]`;
    }
    case "adopted":
      return `goes on behind h${event.height}`;
    case "executed":
      return `executed h${event.executed.height} root ${shortName(event.executed.stateRoot)}`;
    case "final":
      return `final h${event.finality.height} ${shortName(event.finality.blockHash)}`;
    case "fact":
      return `* ${factToText(event.fact)}`;
    case "hostile":
      return `! ${event.adversary}: ${event.act}`;
    case "clockSet":
      return `clock set, it had shown ${event.clock}`;
    case "network":
      return `${event.change}: ${event.what}`;
    default:
      return assertNever(event);
  }
}

export function eventToText(event: RunEvent): string {
  const who = event.machine === NO_MACHINE ? "world" : `m${event.machine}`;
  return `${timeToText(event.at).padStart(16)} ${who.padEnd(5)} ${whatToText(event)}`;
}

/** Hands the lines on as they come; who is not asked about is left out. */
export class Tracer implements RunListener {
  readonly kinds: RunListener["kinds"];
  private readonly write: (line: string) => void;

  constructor(write: (line: string) => void, kinds: RunListener["kinds"] = "all") {
    this.write = write;
    this.kinds = kinds;
  }

  observe(event: RunEvent): void {
    this.write(eventToText(event));
  }
}
