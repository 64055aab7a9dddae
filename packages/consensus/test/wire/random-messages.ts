import * as core from "@touchmark/core";
import type * as consensus from "../../src/index.ts";
import { COMMITTEE, KEYS } from "./signed-world.ts";

/** Messages of any content that the formats allow: what is signed in them is noise. */
const EDGES = [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];

const KINDS = [
  "batch",
  "preprepare",
  "prepare",
  "commit",
  "final",
  "viewChange",
  "newView",
  "complaint",
  "evidence",
  "offer",
  "askBatches",
  "askCut",
  "cut",
  "askBlock",
  "block",
  "finality",
  "ping",
  "pong",
  "askSnapshot",
  "snapshot",
  "askPieces",
  "piece",
] as const;

export class RandomMessages {
  private readonly prng: core.Prng;

  constructor(prng: core.Prng) {
    this.prng = prng;
  }

  private whole(): number {
    const { prng } = this;
    return prng.chance(0.5) ? prng.pick(EDGES) : prng.u32();
  }

  private nanos(): core.Nanos {
    const { prng } = this;
    return core.Nanos.of(prng.chance(0.3) ? BigInt(prng.pick(EDGES)) : prng.u64());
  }

  private some<T>(least: number, most: number, draw: () => T): T[] {
    const { prng } = this;
    const length = prng.chance(0.9)
      ? Math.min(most, least + prng.below(4))
      : prng.between(least, Math.min(most, 40));
    return Array.from({ length }, draw);
  }

  private readonly digest = () => core.toDigest(this.prng.bytes(32));
  private readonly signature = () => this.prng.bytes(64);
  private readonly validator = () => this.prng.pick(COMMITTEE.indexes);
  private readonly view = () => core.View.of(this.whole());
  private readonly height = () => core.Height.of(this.whole());
  private readonly epoch = () => core.Epoch.of(this.whole());
  private readonly seq = () => core.Seq.of(this.whole());
  private readonly key = () => this.prng.pick(KEYS);
  private readonly signers = () =>
    this.some(1, 31, () => ({ validator: this.validator(), signature: this.signature() }));
  private readonly tip = () => ({ seq: this.seq(), digest: this.digest() });

  private cut(): consensus.Cut {
    return {
      height: this.height(),
      parent: this.digest(),
      horizon: this.nanos(),
      tips: this.some(1, 41, this.tip),
    };
  }

  private readonly batch = (): consensus.LaneBatch => ({
    epoch: this.epoch(),
    lane: this.key(),
    seq: this.seq(),
    prev: this.digest(),
    head: this.nanos(),
    sightings: this.some(0, 1_024, () => ({ txid: core.toTxid(this.digest()), stamp: this.nanos() })),
    signature: this.signature(),
  });

  private point() {
    return { epoch: this.epoch(), view: this.view(), height: this.height(), digest: this.digest() };
  }

  private vote() {
    return { ...this.point(), validator: this.validator(), signature: this.signature() };
  }

  private readonly certificate = (): consensus.PrepareCertificate => ({
    ...this.point(),
    signers: this.signers(),
  });

  private finalBody(): consensus.FinalBody {
    const { digest } = this;
    const [blockHash, stateRoot, nextValidatorsHash] = [digest(), digest(), digest()];
    const liveHash = this.prng.chance(0.5) ? digest() : undefined;
    const { epoch, height } = this.point();
    return { epoch, height, digest: digest(), blockHash, stateRoot, nextValidatorsHash, liveHash };
  }

  private readonly finality = (): consensus.FinalityCertificate => ({
    ...this.finalBody(),
    signers: this.signers(),
  });

  private maybe<T>(draw: () => T): T | undefined {
    return this.prng.chance(0.5) ? draw() : undefined;
  }

  private readonly viewChange = (): consensus.ViewChange => ({
    epoch: this.epoch(),
    view: this.view(),
    finality: this.maybe(this.finality),
    prepared: this.some(0, 16, () => ({ cut: this.cut(), certificate: this.certificate() })),
    validator: this.validator(),
    signature: this.signature(),
  });

  private readonly keys = () => this.some(1, 31, this.key);

  private piece(): consensus.Piece {
    return this.some(1, 4_096, () => ({ txid: core.toTxid(this.digest()), at: this.nanos() }));
  }

  private manifest(): consensus.Manifest {
    const { digest } = this;
    const end = () => ({ key: this.key(), tip: this.tip(), head: this.nanos(), dead: this.prng.chance(0.5) });
    const { epoch, height } = this.point();
    const times = { horizon: this.nanos(), lastTime: this.nanos(), epochEnd: this.height() };
    const joiners = this.some(0, 17, () => ({ from: this.height(), keys: this.some(0, 10, this.key) }));
    const lanes = this.some(1, 41, () => ({ ...end(), pieces: this.some(0, 16, digest) }));
    const [past, remembered] = [this.some(0, 4_096, end), this.some(0, 65_536, digest)];
    const names = { epoch, height, digest: digest(), blockHash: digest() };
    return { ...names, ...times, validators: this.keys(), joiners, lanes, past, remembered };
  }

  private readonly names = () =>
    this.some(1, 1_024, () => ({ lane: this.key(), seq: this.seq(), digest: this.digest() }));

  draw(): consensus.Message {
    const kind = this.prng.pick(KINDS);
    const { epoch, view, height, digest } = this.point();
    const [validator, signature] = [this.validator(), this.signature()];
    switch (kind) {
      case "batch":
        return { kind, batch: this.batch() };
      case "preprepare":
        return {
          kind,
          epoch,
          view,
          cut: this.cut(),
          parentCertificate: this.maybe(this.certificate),
          signature,
        };
      case "prepare":
      case "commit":
        return { kind, ...this.vote() };
      case "final":
        return { kind, ...this.finalBody(), validator, signature };
      case "viewChange":
        return { kind, ...this.viewChange() };
      case "newView": {
        const viewChanges = this.some(1, 5, this.viewChange);
        const chosen = this.some(0, 16, () => ({ height: this.height(), digest: this.digest() }));
        return { kind, epoch, view, viewChanges, chosen, signature };
      }
      case "complaint":
        return { kind, epoch, view, validator, signature };
      case "evidence":
        return { kind, first: this.batch(), second: this.maybe(this.batch) };
      case "offer":
        return { kind, epoch, view, batches: this.names() };
      case "askBatches":
        return { kind, batches: this.names().map((name) => ({ above: this.seq(), name })) };
      case "askCut":
        return { kind, height, digest };
      case "cut":
        return { kind, epoch, cut: this.cut() };
      case "askBlock":
        return { kind, height };
      case "block":
        return { kind, cut: this.cut(), finality: this.finality(), batches: this.some(0, 9, this.batch) };
      case "finality":
        return { kind, finality: this.finality() };
      case "ping":
        return { kind, nonce: this.nanos(), epoch, view, height };
      case "pong":
        return { kind, nonce: this.nanos(), time: this.nanos(), validator, epoch, signature };
      case "askSnapshot":
        return { kind, epoch, height };
      case "snapshot": {
        const changes = this.some(0, 128, () => ({ finality: this.finality(), validators: this.keys() }));
        return { kind, knownEpoch: epoch, changes, finality: this.finality(), manifest: this.manifest() };
      }
      case "askPieces":
        return { kind, height, indexes: this.some(1, 16, () => this.prng.below(60_000)) };
      case "piece":
        return { kind, height, index: this.prng.below(60_000), entries: this.piece() };
    }
  }
}
