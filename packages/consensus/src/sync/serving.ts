import { bytesToKey, type Nanos } from "@touchmark/core";
import type { Epochs } from "../epochs.ts";
import type { PeerKey } from "../input.ts";
import type { LaneBatch, MessageOf } from "../messages.ts";
import type { Shared } from "../replica-state.ts";
import type { Archive } from "./archive.ts";
import type { ArchiveAsk } from "./archive-answers.ts";
import type { Checkpoints } from "./checkpoints.ts";
import { Rations } from "./rations.ts";

/** What things weigh, nearly: a digest, a sighting, and whatever stands around them. */
const DIGEST_BYTES = 34;
const SIGHTING_BYTES = 43;
const MESSAGE_BYTES = 4_096;
/** What the archive answers is not known here. */
const ARCHIVED_BYTES = 256 * 1_024;

function weightOf(batches: readonly LaneBatch[]): number {
  return batches.reduce((sum, { sightings }) => sum + 200 + SIGHTING_BYTES * sightings.length, MESSAGE_BYTES);
}

/** Y-1: the other side of catching up: final blocks and snapshots for those that are behind. */
export class Serving {
  private readonly shared: Shared;
  private readonly archive: Archive;
  private readonly checkpoints: Checkpoints;
  private readonly epochs: Epochs;
  private readonly rations = new Rations();
  private readonly snapshotSentAt = new Map<string, Nanos>();

  constructor(
    shared: Shared,
    parts: { readonly archive: Archive; readonly checkpoints: Checkpoints; readonly epochs: Epochs },
  ) {
    this.shared = shared;
    this.archive = parts.archive;
    this.checkpoints = parts.checkpoints;
    this.epochs = parts.epochs;
  }

  onAskBlock(from: PeerKey, { height }: MessageOf<"askBlock">): void {
    const { state } = this.shared;
    if (!this.rations.allows(from, state.now)) return;
    const block = this.archive.block(height);
    if (block === undefined) {
      this.handOn(from, { kind: "askBlock", height });
      return;
    }
    this.rations.spend(from, state.now, weightOf(block.batches));
    state.out.send(from, block);
  }

  /** Y-1: what the replica has no more, its shell may have in its archive. */
  handOn(from: PeerKey, ask: ArchiveAsk): void {
    const { state } = this.shared;
    if (state.config.archives !== true || !this.rations.allows(from, state.now)) return;
    this.rations.spend(from, state.now, ARCHIVED_BYTES);
    state.out.push({ kind: "serve", to: from, ask });
  }

  /** A batch that was asked for; false if this asker has had its ration. */
  sendBatch(to: PeerKey, batch: LaneBatch): boolean {
    const { state } = this.shared;
    if (!this.rations.allows(to, state.now)) return false;
    this.rations.spend(to, state.now, weightOf([batch]));
    state.out.send(to, { kind: "batch", batch });
    return true;
  }

  /** Y-1: the newest snapshot, if it leads further, with all the changes of the set that the asker doesn't know. */
  onAskSnapshot(from: PeerKey, ask: MessageOf<"askSnapshot">): void {
    const { state } = this.shared;
    const snapshot = this.checkpoints.newest;
    if (snapshot === undefined || snapshot.manifest.height <= ask.height || state.isSelf(from)) return;
    if (ask.epoch > snapshot.manifest.epoch || !this.rations.allows(from, state.now)) return;
    const sentAt = this.snapshotSentAt.get(bytesToKey(from));
    if (sentAt !== undefined && state.now < sentAt + state.params.resendInterval) return;
    const known = this.epochs.changesSince(ask.epoch);
    if (known === undefined) return;
    this.snapshotSentAt.set(bytesToKey(from), state.now);
    const { manifest, finality } = snapshot;
    this.checkpoints.fetch(manifest.height);
    const changes = known.filter((it) => it.finality.height < manifest.height);
    const weight = DIGEST_BYTES * manifest.remembered.length + MESSAGE_BYTES * (2 + changes.length);
    this.rations.spend(from, state.now, weight);
    state.out.send(from, { kind: "snapshot", knownEpoch: ask.epoch, changes, finality, manifest });
  }

  onAskPieces(from: PeerKey, { height, indexes }: MessageOf<"askPieces">): void {
    const { state } = this.shared;
    const snapshot = this.checkpoints.fetch(height);
    for (const index of indexes) {
      const entries = snapshot?.pieces[index];
      if (entries === undefined || !this.rations.allows(from, state.now)) return;
      this.rations.spend(from, state.now, SIGHTING_BYTES * entries.length);
      state.out.send(from, { kind: "piece", height, index, entries });
    }
  }
}
