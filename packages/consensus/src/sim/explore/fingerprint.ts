import { bytesToKey, type Digest, utf8ToBytes } from "@touchmark/core";
import { Ballot, FinalBallot } from "../../agreement/ballots.ts";
import { Complaints } from "../../agreement/complaints.ts";
import { Inclusion } from "../../agreement/inclusion.ts";
import { Instance } from "../../agreement/instance.ts";
import { OpenChain } from "../../agreement/open-chain.ts";
import { Pacemaker } from "../../agreement/pacemaker.ts";
import { Resend } from "../../agreement/resend.ts";
import { Views } from "../../agreement/views.ts";
import { Lane } from "../../lanes/lane.ts";
import { PeerClocks } from "../../lanes/peer-clocks.ts";
import { Sightings } from "../../lanes/sightings.ts";
import { OrderBook } from "../../order/order-book.ts";
import { Outbox } from "../../outbox.ts";
import { ReplicaState } from "../../replica-state.ts";
import { Restore } from "../../restore.ts";
import { Archive } from "../../sync/archive.ts";
import { Requests } from "../../sync/requests.ts";
import { TransactionRecord, TransactionTable } from "../../transactions.ts";
import { simHasher } from "../sim-hasher.ts";

/**
 * What is left out where two states are compared, since it can make no difference to any vote or certificate in
 * the schedules that are explored; `Locals.audit` tries that on histories that were merged.
 *
 * - Ballots: what a quorum brought about stands elsewhere, and less than a quorum is heard again whole or never.
 *   Who signed a certificate, and who is asked for what it names.
 * - What only sends, asks, answers or archives: nothing of that is heard here.
 * - The order and the content: a function of the cuts and lanes, which are compared.
 * - What a start has read: the log, which is compared where a restart may come.
 * - V-2 and P-8: phases lie closer together than Λ, and three slow heights are more than there are.
 * - P-5: when a timer ends; every timer that runs does, before the next view.
 */
const LEFT_OUT = [
  Archive,
  Ballot,
  Complaints,
  FinalBallot,
  Inclusion,
  OrderBook,
  Outbox,
  PeerClocks,
  Requests,
  Resend,
  Restore,
  Sightings,
  TransactionTable,
] as const;
const FIELDS_LEFT_OUT: ReadonlySet<string> = new Set([
  "chain",
  "config",
  "fetching",
  "members",
  "now",
  "params",
  "persisted",
  "rules",
  "signature",
  "signer",
  "signers",
  "start",
  "wokenFor",
]);
/**
 * Of a change of views, that it was accepted counts; what it stood on is held elsewhere. VIEW-CHANGEs are heard in
 * one phase only, so what was brought about by them is there, and they are of no more use.
 */
const VIEW_FIELDS_LEFT_OUT: ReadonlySet<string> = new Set([
  "accepted",
  "claims",
  "ownNewView",
  "ownViewChange",
]);

function isLeftOut(value: object): boolean {
  return LEFT_OUT.some((kind) => value instanceof kind);
}

/** Writes all of a value's parts into one text, the same for equal values; empty parts leave nothing. */
class Writer {
  private readonly seen = new Set<object>();
  /** Known from the replica's own state on, which is met first. */
  private view = 0;

  text(value: unknown): string {
    switch (typeof value) {
      case "undefined":
      case "function":
        return "";
      case "object":
        return value === null ? "" : this.objectText(value);
      case "string":
        return `'${value}`;
      case "bigint":
        return `${value}n`;
      default:
        return String(value);
    }
  }

  private objectText(value: object): string {
    if (value instanceof Uint8Array) return `x${bytesToKey(value)}`;
    if (value instanceof TransactionRecord) return `t${value.key}`;
    if (value instanceof Lane) return `l${bytesToKey(value.key)}${value.settled.key}${value.newest.key}`;
    if (value instanceof Pacemaker) return value.deadlineAt === undefined ? "" : "runs";
    if (isLeftOut(value)) return "";
    if (value instanceof Map) return this.mapText([...value]);
    if (value instanceof Set) return this.listText([...value].map((it) => this.text(it)));
    if (Array.isArray(value)) return value.length === 0 ? "" : `[${value.map((it) => this.text(it)).join()}]`;
    // The parts of a replica know one another; each is written where it is met first. Data is written wherever it is.
    if (Object.getPrototypeOf(value) !== Object.prototype) {
      if (this.seen.has(value)) return "";
      this.seen.add(value);
      if (value instanceof ReplicaState) this.view = value.view;
    }
    return value instanceof OpenChain ? this.openText(value) : this.fieldsText(value);
  }

  /** In which order entries came makes no difference: nothing but sends goes through them in order. */
  private listText(parts: readonly string[]): string {
    const filled = parts.filter((it) => it !== "").sort();
    return filled.length === 0 ? "" : `{${filled.join()}}`;
  }

  /** By ascending keys where these are plain, so that what is met first does not hang on what came first. */
  private mapText(entries: readonly (readonly [unknown, unknown])[]): string {
    const sorted = entries
      .map(([key, value]) => ({ key, value, name: typeof key === "object" ? "" : String(key) }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return this.listText(sorted.map(({ key, value }) => this.entryText(key, value)));
  }

  private entryText(key: unknown, value: unknown): string {
    const text = this.text(value);
    return text === "" ? "" : `${this.text(key)}:${text}`;
  }

  private fieldsText(value: object): string {
    const parts: string[] = [];
    for (const [name, field] of Object.entries<unknown>({ ...value })) {
      const text = this.fieldText(value, name, field);
      if (text !== "") parts.push(`${name}=${text}`);
    }
    return parts.length === 0 ? "" : `(${parts.join()})`;
  }

  private fieldText(of: object, name: string, field: unknown): string {
    if (FIELDS_LEFT_OUT.has(name)) return "";
    if (of instanceof Instance) return this.instanceText(name, field);
    if (of instanceof Views && VIEW_FIELDS_LEFT_OUT.has(name)) return "";
    return this.text(field);
  }

  /** P-1: votes and proposals of lower views have done what they can; what they certified is kept apart. */
  private instanceText(name: string, field: unknown): string {
    // Its key says the height, so an instance of which nothing is known leaves nothing.
    if (name === "height") return "";
    if (name === "preparedIn" || name === "committedIn") return field === this.view ? name : "";
    if (name !== "proposals" || !(field instanceof Map)) return this.text(field);
    return this.listText([...field.values()].map((it) => (this.isOfView(it) ? this.text(it) : "")));
  }

  private isOfView(proposal: unknown): boolean {
    if (typeof proposal !== "object" || proposal === null || !("message" in proposal)) return false;
    const { message } = proposal;
    return (
      typeof message === "object" &&
      message !== null &&
      "view" in message &&
      Number(message.view) >= this.view
    );
  }

  /** A cut's order and places follow from its digest. */
  private openText(open: OpenChain): string {
    const cuts: string[] = [];
    for (const [name, field] of Object.entries<unknown>({ ...open })) {
      if (name === "cuts" && field instanceof Map) cuts.push(...[...field.keys()].map(String));
    }
    return this.listText(cuts);
  }
}

/** A value as one text: of two equal texts the values are equal, apart from what is left out. */
export function textOf(value: unknown): string {
  return new Writer().text(value);
}

/** A long text as a short key. */
export function keyOf(text: string): string {
  const digest: Digest = simHasher.sha256(utf8ToBytes(text));
  return bytesToKey(digest);
}
