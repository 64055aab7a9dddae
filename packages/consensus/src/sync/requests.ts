import { bytesToKey, type Digest, equalBytes, type Height, Nanos, Seq, type Txid } from "@touchmark/core";
import type { ValidatorKey } from "../committee.ts";
import type { Lane } from "../lanes/lane.ts";
import { BATCH_NAMES_MAX, type BatchName } from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import type { TransactionRecord } from "../transactions.ts";

/** How long an answer may take before the next peer is asked; doubled whenever everyone was asked in vain. */
const ASK_AGAIN_AFTER = 200_000_000n;
const ASK_AGAIN_DOUBLINGS_MAX = 4;
/** How long a batch may be missing before it is asked for: links reorder. */
const GAP_PATIENCE = 50_000_000n;
/** Whoever offers a batch is asked for it so many times: the offer comes again, and may be of what isn't there. */
const OFFERED_ATTEMPTS_MAX = 2;
/** How long the first who offers a batch has, before others who do are asked: any of them may lie. */
const OFFERED_PATIENCE = 50_000_000n;
/** What one validator's offers, or the txids that its lane names, keep open at once, at most. */
const OPEN_OF_ONE_MAX = 1_024;
/** The block behind the last one known of is asked for so many times: it may not be there yet. */
const NEXT_BLOCK_ATTEMPTS_MAX = 2;
/** What is due within so long of one another is asked for together. */
const ASK_PACE = 10_000_000n;
/** Content is asked for so many times before it counts as junk. */
const CONTENT_ATTEMPTS_MAX = 64;
/** Requests of one kind open at once; more wait until they are wanted again. */
const OPEN_MAX = 4_096;
const TXIDS_PER_FETCH_MAX = 512;

type What =
  | { readonly kind: "batch"; readonly name: BatchName }
  | { readonly kind: "offered"; readonly name: BatchName; readonly by: ValidatorKey }
  | { readonly kind: "gap"; readonly lane: Lane; askedAbove: Seq | undefined }
  | { readonly kind: "cut"; readonly height: Height; readonly digest: Digest }
  | { readonly kind: "block"; readonly height: Height }
  | { readonly kind: "nextBlock"; readonly height: Height }
  /** Named by this lane alone, as far as it is known; without it a cut can't be judged, where no lane stands here. */
  | { readonly kind: "content"; readonly record: TransactionRecord; readonly lane: ValidatorKey | undefined };

interface Open {
  readonly what: What;
  /** Who may have it, the likeliest first. */
  peers: readonly ValidatorKey[];
  attempts: number;
  /** Times that everyone was asked in vain. */
  rounds: number;
  askAt: bigint;
}

function paced(at: bigint): bigint {
  return (at / ASK_PACE + 1n) * ASK_PACE;
}

function attemptsMax({ what, peers }: Open): number {
  if (what.kind === "content") return CONTENT_ATTEMPTS_MAX;
  if (what.kind === "nextBlock") return NEXT_BLOCK_ATTEMPTS_MAX;
  return what.kind === "offered" ? OFFERED_ATTEMPTS_MAX * peers.length : Number.POSITIVE_INFINITY;
}

/** Each kind has a budget of its own, and each validator for what it alone says: junk crowds out nothing else. */
function budgetOf(what: What): { readonly name: string; readonly most: number } {
  const sayer = what.kind === "offered" ? what.by : what.kind === "content" ? what.lane : undefined;
  if (sayer === undefined) return { name: what.kind, most: OPEN_MAX };
  return { name: `${what.kind} ${bytesToKey(sayer)}`, most: OPEN_OF_ONE_MAX };
}

/** The whole name: whoever says a digest with another lane or number must not hide the batch behind it. */
function keyOf(kind: string, { lane, seq, digest }: BatchName): string {
  return `${kind}${bytesToKey(lane)}/${seq}/${bytesToKey(digest)}`;
}

function batchOf(what: What): BatchName | undefined {
  if (what.kind === "gap") return what.lane.lowestGap();
  return what.kind === "batch" || what.kind === "offered" ? what.name : undefined;
}

/** How long those who were asked now have for it. */
function patienceOf({ what, peers, attempts, rounds }: Open): bigint {
  if (what.kind === "offered" && attempts < peers.length) return OFFERED_PATIENCE;
  return ASK_AGAIN_AFTER << BigInt(Math.min(rounds, ASK_AGAIN_DOUBLINGS_MAX));
}

/** What is missing and asked for: from one peer after the other, until it is there or wanted no more. */
export class Requests {
  private readonly shared: Shared;
  private readonly open = new Map<string, Open>();
  /** How many are open, by budget. */
  private readonly counts = new Map<string, number>();
  /** No request is due before. */
  private earliest: bigint | undefined;

  constructor(shared: Shared) {
    this.shared = shared;
  }

  batches(names: readonly BatchName[], from: readonly ValidatorKey[], after = 0n): void {
    for (const name of names) {
      const what = { kind: "batch" as const, name };
      if (!this.isDone(what)) this.want(keyOf("b", name), what, [...from, name.lane], after);
    }
  }

  /** V-2: what a validator says it holds. */
  offered(names: readonly BatchName[], by: ValidatorKey): void {
    for (const name of names) {
      const what = { kind: "offered" as const, name, by };
      if (this.isDone(what)) continue;
      const key = keyOf("o", name);
      const known = this.open.get(key);
      if (known === undefined) this.want(key, what, [by], 0n);
      else this.alsoOffered(known, by);
    }
  }

  /** V-2: the first one may have offered what it doesn't give, so that the leader is blamed for it. */
  private alsoOffered(known: Open, by: ValidatorKey): void {
    if (known.peers.some((peer) => equalBytes(peer, by))) return;
    known.attempts = Math.min(known.attempts, known.peers.length);
    known.peers = [...known.peers, by];
    const askAt = paced(this.shared.state.now + OFFERED_PATIENCE);
    if (askAt < known.askAt) this.schedule(known, askAt);
  }

  /** S-3: a lane's lowest gap, one for each lane: what is held beyond it hangs on it anyway. */
  gap(lane: Lane, from: readonly ValidatorKey[]): void {
    const what = { kind: "gap" as const, lane, askedAbove: undefined };
    this.want(`g${bytesToKey(lane.key)}`, what, [...from, lane.key], GAP_PATIENCE);
  }

  cut(height: Height, digest: Digest, from: readonly ValidatorKey[]): void {
    this.want(`c${bytesToKey(digest)}`, { kind: "cut", height, digest }, from, 0n);
  }

  block(height: Height): void {
    this.want(`h${height}`, { kind: "block", height }, [], 0n);
  }

  /** One that may not be there yet. */
  nextBlock(height: Height): void {
    this.want(`n${height}`, { kind: "nextBlock", height }, [], 0n);
  }

  /** S-2 (d): content that a lane names is usually on its way; it is asked for after a while. */
  named(record: TransactionRecord, lane: ValidatorKey): void {
    if (record.facts !== undefined) return;
    const what = { kind: "content" as const, record, lane };
    this.want(`t${record.key}`, what, [lane], this.shared.state.params.fetchAfter);
  }

  /** V-1: content that a cut hangs on. Until now it may have been asked for as what might be junk, ever more slowly. */
  content(record: TransactionRecord, from: readonly ValidatorKey[], after: bigint): void {
    if (record.facts !== undefined) return;
    const key = `t${record.key}`;
    const known = this.open.get(key)?.what;
    if (known?.kind === "content" && known.lane !== undefined) this.close(key);
    this.want(key, { kind: "content", record, lane: undefined }, from, after);
  }

  private want(key: string, what: What, from: readonly ValidatorKey[], after: bigint): void {
    const { now } = this.shared.state;
    const known = this.open.get(key);
    const peers = from.filter((peer) => !this.shared.state.isSelf(peer));
    const askAt = after === 0n ? now : paced(now + after);
    if (known !== undefined) {
      if (peers.length > 0) known.peers = peers;
      if (askAt < known.askAt && known.attempts === 0) this.schedule(known, askAt);
      return;
    }
    const budget = budgetOf(what);
    const count = this.counts.get(budget.name) ?? 0;
    if (count >= budget.most) return;
    this.counts.set(budget.name, count + 1);
    const request = { what, peers, attempts: 0, rounds: 0, askAt };
    this.open.set(key, request);
    this.schedule(request, askAt);
  }

  private schedule(request: Open, askAt: bigint): void {
    request.askAt = askAt;
    if (this.earliest === undefined || askAt < this.earliest) this.earliest = askAt;
  }

  private isDone(what: What): boolean {
    const { state, lanes } = this.shared;
    switch (what.kind) {
      case "gap":
        return what.lane.lowestGap() === undefined;
      case "batch":
      case "offered": {
        const lane = lanes.get(what.name.lane);
        if (lane === undefined || lane.settled.seq >= what.name.seq) return true;
        return lane.find(bytesToKey(what.name.digest)) !== undefined;
      }
      case "cut":
      case "block":
      case "nextBlock":
        return state.delivered.height >= what.height;
      case "content":
        return what.record.facts !== undefined || what.record.uses === 0;
    }
  }

  private close(key: string): void {
    const what = this.open.get(key)?.what;
    if (what === undefined) return;
    this.open.delete(key);
    const { name } = budgetOf(what);
    const left = (this.counts.get(name) ?? 1) - 1;
    if (left > 0) this.counts.set(name, left);
    else this.counts.delete(name);
  }

  /** The cut has come. */
  gotCut(digest: Digest): void {
    this.close(`c${bytesToKey(digest)}`);
  }

  /** Sends what is due, and forgets what has come. */
  tick(): void {
    const { now } = this.shared.state;
    if (this.earliest === undefined || now < this.earliest) return;
    const batches = new Map<string, { to: ValidatorKey; names: BatchName[] }>();
    const contents = new Map<string, { to: ValidatorKey; txids: Txid[] }>();
    for (const [key, it] of this.open) {
      if (it.askAt > now) continue;
      if (this.isDone(it.what)) {
        this.close(key);
        continue;
      }
      // What nobody has is junk; whoever needs it for a cut asks anew.
      if (it.attempts >= attemptsMax(it)) {
        this.close(key);
        continue;
      }
      const peers = this.nextPeers(it);
      if (peers.length === 0) continue;
      it.askAt = paced(now + patienceOf(it));
      for (const to of peers) this.ask(it.what, to, batches, contents);
    }
    this.earliest = undefined;
    for (const { askAt } of this.open.values()) {
      if (this.earliest === undefined || askAt < this.earliest) this.earliest = askAt;
    }
    for (const { to, names } of batches.values()) {
      const wanted = names.map((name) => ({ above: this.heldUpTo(name), name }));
      this.shared.state.out.send(to, { kind: "askBatches", batches: wanted });
    }
    for (const { to, txids } of contents.values()) this.shared.state.out.fetch(txids, [to]);
  }

  private ask(
    what: What,
    to: ValidatorKey,
    batches: Map<string, { to: ValidatorKey; names: BatchName[] }>,
    contents: Map<string, { to: ValidatorKey; txids: Txid[] }>,
  ): void {
    const { out } = this.shared.state;
    const name = bytesToKey(to);
    const batch = batchOf(what);
    if (batch !== undefined) {
      const entry = batches.get(name) ?? { to, names: [] };
      batches.set(name, entry);
      if (entry.names.length < BATCH_NAMES_MAX) entry.names.push(batch);
    } else if (what.kind === "content") {
      const entry = contents.get(name) ?? { to, txids: [] };
      contents.set(name, entry);
      if (entry.txids.length < TXIDS_PER_FETCH_MAX) entry.txids.push(what.record.txid);
    } else if (what.kind === "cut")
      out.send(to, { kind: "askCut", height: what.height, digest: what.digest });
    else if (what.kind === "block" || what.kind === "nextBlock")
      out.send(to, { kind: "askBlock", height: what.height });
  }

  /** Up to where a gap need not be filled: what is missing below the newest batch stands on another branch. */
  private heldUpTo({ lane: key, seq }: Pick<BatchName, "lane" | "seq">): Seq {
    const lane = this.shared.lanes.get(key);
    if (lane === undefined) return Seq.of(0);
    return lane.forked || seq <= lane.newest.seq ? lane.settled.seq : lane.newest.seq;
  }

  /** The likeliest first, then everyone in turn. */
  private nextPeers(it: Open): readonly ValidatorKey[] {
    const { state } = this.shared;
    if (it.what.kind === "gap") this.noteProgress(it, it.what);
    if (it.what.kind === "offered") {
      // V-2: of f + 1 one at least gives what it offers.
      const from = it.attempts % it.peers.length;
      const asked = it.peers.slice(from, from + (it.attempts === 0 ? 1 : state.committee.f + 1));
      it.attempts += asked.length;
      return asked;
    }
    const others = state.roster.filter((key) => !state.isSelf(key));
    const all = [...it.peers, ...others];
    const place = it.attempts++ % Math.max(all.length, 1);
    if (place === all.length - 1) it.rounds++;
    const peer = all[place];
    return peer === undefined ? [] : [peer];
  }

  /** A gap that has become smaller is being answered: there is no reason to slow down. */
  private noteProgress(it: Open, gap: Extract<What, { readonly kind: "gap" }>): void {
    const above = gap.lane.newest.seq;
    if (gap.askedAbove !== undefined && above > gap.askedAbove) it.rounds = 0;
    gap.askedAbove = above;
  }

  /** When the next request is due. */
  get next(): Nanos | undefined {
    return this.earliest === undefined ? undefined : Nanos.of(this.earliest);
  }
}
