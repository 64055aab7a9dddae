import {
  type Digest,
  Epoch,
  equalBytes,
  type Rejection,
  type Result,
  reject,
  type SignatureVerifier,
  type SignedItem,
} from "@touchmark/core";
import { Committee, isSet, type ValidatorIndex } from "./committee.ts";
import type {
  FinalityCertificate,
  LaneBatch,
  Message,
  MessageOf,
  PrepareCertificate,
  Prepared,
  Signer,
  Verified,
  ViewChange,
} from "./messages.ts";
import {
  batchDigest,
  type Chain,
  complaintDigest,
  cutDigest,
  finalDigest,
  manifestDigest,
  newViewDigest,
  pongDigest,
  validatorsHash,
  viewChangeDigest,
  voteDigest,
} from "./signing.ts";

export type VerifyCode =
  | "UNKNOWN_EPOCH"
  | "UNKNOWN_VALIDATOR"
  | "BAD_SIGNATURE"
  | "SHORT_QUORUM"
  | "SIGNERS_NOT_ASCENDING"
  | "CERTIFICATE_MISMATCH";

/** The validators of an epoch, as far as the verifier knows them. */
export type CommitteeOf = (epoch: Epoch) => Committee | undefined;

/**
 * M-2: judges everything about a message that needs no state but the sets: each signature in it, and the
 * shape of each certificate. A shell does this off its loop, in batches, before the replica sees anything.
 */
export class MessageVerifier {
  private readonly chain: Chain;
  private readonly committeeOf: CommitteeOf;
  private readonly verifier: SignatureVerifier;

  constructor(chain: Chain, committeeOf: CommitteeOf, verifier: SignatureVerifier) {
    this.chain = chain;
    this.committeeOf = committeeOf;
    this.verifier = verifier;
  }

  verify(message: Message): Result<Verified, VerifyCode> {
    const items: SignedItem[] = [];
    const refused = new Collector(this.chain, this.committeeOf, items).collect(message);
    if (refused !== undefined) return refused;
    const good =
      items.length === 1 ? Uint8Array.of(Number(this.verifyOne(items))) : this.verifier.verifyBatch(items);
    if (!good.every((it) => it === 1)) return reject("BAD_SIGNATURE", { kind: message.kind });
    // biome-ignore lint/nursery/noUnsafeTypeAssertion: all that Verified stands for was checked above
    return message as Verified;
  }

  private verifyOne(items: readonly SignedItem[]): boolean {
    return items.every((item) => this.verifier.verify(item));
  }
}

type Refusal = Rejection<VerifyCode> | undefined;

/** Lists what has to be signed for a message to be believed, or says why no signature could help. */
class Collector {
  private readonly chain: Chain;
  private readonly committeeOf: CommitteeOf;
  private readonly items: SignedItem[];

  constructor(chain: Chain, committeeOf: CommitteeOf, items: SignedItem[]) {
    this.chain = chain;
    this.committeeOf = committeeOf;
    this.items = items;
  }

  collect(message: Message): Refusal {
    switch (message.kind) {
      case "batch":
        return this.batch(message.batch);
      case "preprepare":
        return this.preprepare(message);
      case "prepare":
      case "commit":
        return this.byValidator(message, voteDigest(this.chain, message.kind, message));
      case "final":
        return this.byValidator(message, finalDigest(this.chain, message));
      case "viewChange":
        return this.viewChange(message);
      case "newView":
        return this.newView(message);
      case "complaint":
        return this.byValidator(message, complaintDigest(this.chain, message.epoch, message.view));
      case "evidence":
        return (
          this.batch(message.first) ?? (message.second === undefined ? undefined : this.batch(message.second))
        );
      case "block":
        return this.block(message);
      case "finality":
        return this.finality(message.finality);
      case "snapshot":
        return this.snapshot(message);
      case "pong":
        return this.byValidator(message, pongDigest(this.chain, message));
      case "offer":
      case "askBatches":
      case "askCut":
      case "cut":
      case "askBlock":
      case "askSnapshot":
      case "askPieces":
      case "piece":
      case "ping":
        // What these say is believed of nobody: it is checked by digest, or only answered.
        return undefined;
    }
  }

  private signed(publicKey: Uint8Array, digest: Digest, signature: Uint8Array): void {
    this.items.push({ algorithm: "ed25519", publicKey, message: digest, signature });
  }

  private byIndex(epoch: Epoch, index: number, digest: Digest, signature: Uint8Array): Refusal {
    const committee = this.committeeOf(epoch);
    if (committee === undefined) return reject("UNKNOWN_EPOCH", { epoch });
    if (!committee.isIndex(index)) return reject("UNKNOWN_VALIDATOR", { index });
    this.signed(committee.keyOf(index), digest, signature);
    return undefined;
  }

  private byValidator(
    message: { readonly epoch: Epoch; readonly validator: ValidatorIndex; readonly signature: Uint8Array },
    digest: Digest,
  ): Refusal {
    return this.byIndex(message.epoch, message.validator, digest, message.signature);
  }

  /** Whether the key has a lane at all is judged where the lanes are. */
  private batch(batch: LaneBatch): Refusal {
    this.signed(batch.lane, batchDigest(this.chain, batch), batch.signature);
    return undefined;
  }

  private preprepare(message: MessageOf<"preprepare">): Refusal {
    const { epoch, view, cut, parentCertificate } = message;
    const committee = this.committeeOf(epoch);
    if (committee === undefined) return reject("UNKNOWN_EPOCH", { epoch });
    if (parentCertificate !== undefined) {
      const refused = this.prepareCertificate(parentCertificate);
      if (refused !== undefined) return refused;
      // P-1: the parent's certificate is of this very view, and certifies this very parent.
      const fits =
        parentCertificate.epoch === epoch &&
        parentCertificate.view === view &&
        parentCertificate.height === cut.height - 1 &&
        equalBytes(parentCertificate.digest, cut.parent);
      if (!fits) return reject("CERTIFICATE_MISMATCH", { height: cut.height });
    }
    const at = { epoch, view, height: cut.height, digest: cutDigest(this.chain, epoch, cut) };
    return this.byIndex(
      epoch,
      committee.leaderOf(view),
      voteDigest(this.chain, "preprepare", at),
      message.signature,
    );
  }

  /** Certificates: q distinct validators of that epoch's own set, in ascending order. */
  private signers(epoch: Epoch, signers: readonly Signer[], digest: Digest): Refusal {
    const committee = this.committeeOf(epoch);
    if (committee === undefined) return reject("UNKNOWN_EPOCH", { epoch });
    return this.signersOf(committee, signers, digest);
  }

  private signersOf(committee: Committee, signers: readonly Signer[], digest: Digest): Refusal {
    if (signers.length < committee.quorum) return reject("SHORT_QUORUM", { got: signers.length });
    let last = -1;
    for (const { validator, signature } of signers) {
      if (validator <= last) return reject("SIGNERS_NOT_ASCENDING", { validator });
      last = validator;
      if (!committee.isIndex(validator)) return reject("UNKNOWN_VALIDATOR", { index: validator });
      this.signed(committee.keyOf(validator), digest, signature);
    }
    return undefined;
  }

  private prepareCertificate(certificate: PrepareCertificate): Refusal {
    return this.signers(
      certificate.epoch,
      certificate.signers,
      voteDigest(this.chain, "prepare", certificate),
    );
  }

  private finality(certificate: FinalityCertificate): Refusal {
    return this.signers(certificate.epoch, certificate.signers, finalDigest(this.chain, certificate));
  }

  private prepared(prepared: Prepared): Refusal {
    const { cut, certificate } = prepared;
    const matches =
      certificate.height === cut.height &&
      equalBytes(certificate.digest, cutDigest(this.chain, certificate.epoch, cut));
    return matches
      ? this.prepareCertificate(certificate)
      : reject("CERTIFICATE_MISMATCH", { height: cut.height });
  }

  private viewChange(message: ViewChange): Refusal {
    if (message.finality !== undefined) {
      const refused = this.finality(message.finality);
      if (refused !== undefined) return refused;
    }
    for (const prepared of message.prepared) {
      const { certificate } = prepared;
      // P-4: only certificates of this epoch and of lower views are carried.
      if (certificate.epoch !== message.epoch || certificate.view >= message.view) {
        return reject("CERTIFICATE_MISMATCH", { height: certificate.height });
      }
      const refused = this.prepared(prepared);
      if (refused !== undefined) return refused;
    }
    return this.byValidator(message, viewChangeDigest(this.chain, message));
  }

  private newView(message: MessageOf<"newView">): Refusal {
    const committee = this.committeeOf(message.epoch);
    if (committee === undefined) return reject("UNKNOWN_EPOCH", { epoch: message.epoch });
    if (message.viewChanges.length < committee.quorum) {
      return reject("SHORT_QUORUM", { got: message.viewChanges.length });
    }
    let last = -1;
    for (const change of message.viewChanges) {
      if (change.validator <= last) return reject("SIGNERS_NOT_ASCENDING", { validator: change.validator });
      last = change.validator;
      if (change.epoch !== message.epoch || change.view !== message.view) {
        return reject("CERTIFICATE_MISMATCH", { validator: change.validator });
      }
      const refused = this.viewChange(change);
      if (refused !== undefined) return refused;
    }
    const leader = committee.leaderOf(message.view);
    return this.byIndex(message.epoch, leader, newViewDigest(this.chain, message), message.signature);
  }

  private block(message: MessageOf<"block">): Refusal {
    const { cut, finality } = message;
    const matches =
      finality.height === cut.height &&
      equalBytes(finality.digest, cutDigest(this.chain, finality.epoch, cut));
    if (!matches) return reject("CERTIFICATE_MISMATCH", { height: cut.height });
    for (const batch of message.batches) this.batch(batch);
    return this.finality(finality);
  }

  /**
   * Y-1: the manifest is what the certificate signs, and the certificate's set follows from one that is known
   * here: each change names the next set under q signatures of the one before. A set signs in any epoch as long
   * as it isn't changed, and of q that signed f + 1 are correct.
   */
  private snapshot({ knownEpoch, changes, finality, manifest }: MessageOf<"snapshot">): Refusal {
    const matches =
      finality.liveHash !== undefined &&
      finality.height === manifest.height &&
      finality.epoch === manifest.epoch &&
      equalBytes(finality.digest, manifest.digest) &&
      equalBytes(finality.blockHash, manifest.blockHash) &&
      equalBytes(finality.liveHash, manifestDigest(this.chain, manifest));
    if (!matches) return reject("CERTIFICATE_MISMATCH", { height: manifest.height });
    let committee = this.committeeOf(knownEpoch);
    if (committee === undefined) return reject("UNKNOWN_EPOCH", { epoch: knownEpoch });
    for (const change of changes) {
      const refused = this.laterFinality(committee, change.finality);
      if (refused !== undefined) return refused;
      const { epoch, nextValidatorsHash } = change.finality;
      const isNamed = equalBytes(nextValidatorsHash, validatorsHash(this.chain, epoch, change.validators));
      if (!isNamed || !isSet(change.validators)) return reject("CERTIFICATE_MISMATCH", { epoch });
      committee = new Committee(Epoch.of(epoch + 1), change.validators);
    }
    return this.laterFinality(committee, finality);
  }

  private laterFinality(known: Committee, finality: FinalityCertificate): Refusal {
    const { epoch, height } = finality;
    if (epoch < known.epoch) return reject("CERTIFICATE_MISMATCH", { height });
    const committee = epoch === known.epoch ? known : new Committee(epoch, known.keys);
    return this.signersOf(committee, finality.signers, finalDigest(this.chain, finality));
  }
}

/** A message that this replica made itself: its signatures are its own, or were verified when they came in. */
export function ownMessage(message: Message): Verified {
  // biome-ignore lint/nursery/noUnsafeTypeAssertion: its signatures are one's own, or were verified when they came in
  return message as Verified;
}
