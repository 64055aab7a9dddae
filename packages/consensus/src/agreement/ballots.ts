import { bytesToKey, type Digest, equalBytes, type View } from "@touchmark/core";
import type { Committee, ValidatorIndex } from "../committee.ts";
import type {
  FinalBody,
  FinalityCertificate,
  MessageOf,
  PrepareCertificate,
  Signer,
  Vote,
} from "../messages.ts";

function ascending(signers: Signer[]): readonly Signer[] {
  return signers.sort((a, b) => a.validator - b.validator);
}

/**
 * The votes of one phase at one height. P-6: one for each validator, that of the highest view, so that
 * nobody can make a replica keep more than that.
 */
export class Ballot {
  private readonly byValidator = new Map<ValidatorIndex, Vote>();

  /** Whether it was new. */
  add(vote: Vote): boolean {
    const known = this.byValidator.get(vote.validator);
    if (known !== undefined && known.view >= vote.view) return false;
    this.byValidator.set(vote.validator, vote);
    return true;
  }

  /** The signers of a quorum on one digest in this view, if there is one. */
  quorum(
    committee: Committee,
    view: View,
    quorum: number,
  ): { digest: Digest; signers: readonly Signer[] } | undefined {
    if (this.byValidator.size < quorum) return undefined;
    const tally = new Map<string, { digest: Digest; signers: Signer[] }>();
    for (const vote of this.byValidator.values()) {
      if (vote.view !== view || !committee.isIndex(vote.validator)) continue;
      const key = bytesToKey(vote.digest);
      const entry = tally.get(key) ?? { digest: vote.digest, signers: [] };
      tally.set(key, entry);
      entry.signers.push({ validator: vote.validator, signature: vote.signature });
      if (entry.signers.length >= quorum) return { digest: entry.digest, signers: ascending(entry.signers) };
    }
    return undefined;
  }
}

type Final = MessageOf<"final">;

/** What the validators say of the state after one height. */
export class FinalBallot {
  private readonly byValidator = new Map<ValidatorIndex, Final>();

  add(final: Final): boolean {
    if (this.byValidator.has(final.validator)) return false;
    this.byValidator.set(final.validator, final);
    return true;
  }

  private groups(): readonly { final: Final; signers: Signer[] }[] {
    const groups = new Map<string, { final: Final; signers: Signer[] }>();
    for (const final of this.byValidator.values()) {
      const key = stateKey(final);
      const group = groups.get(key) ?? { final, signers: [] };
      groups.set(key, group);
      group.signers.push({ validator: final.validator, signature: final.signature });
    }
    return [...groups.values()];
  }

  certificate(quorum: number): FinalityCertificate | undefined {
    if (this.byValidator.size < quorum) return undefined;
    const group = this.groups().find((it) => it.signers.length >= quorum);
    if (group === undefined) return undefined;
    const { epoch, height, digest, blockHash, stateRoot, nextValidatorsHash, liveHash } = group.final;
    const signers = ascending(group.signers);
    return { epoch, height, digest, blockHash, stateRoot, nextValidatorsHash, liveHash, signers };
  }

  /** P-3: what at least this many say alike, if it isn't what `own` says. */
  contradiction(own: FinalBody, least: number): Final | undefined {
    if (this.byValidator.size < least) return undefined;
    const ownKey = stateKey(own);
    return this.groups().find((it) => it.signers.length >= least && stateKey(it.final) !== ownKey)?.final;
  }
}

/** Everything that FINAL says, as one key. */
function stateKey(final: FinalBody): string {
  const { digest, blockHash, stateRoot, nextValidatorsHash, liveHash } = final;
  const parts = [digest, blockHash, stateRoot, nextValidatorsHash].map(bytesToKey);
  return parts.join("") + (liveHash === undefined ? "" : bytesToKey(liveHash));
}

/** P-4: PCs of one height by view: the highest is what VIEW-CHANGE carries, this view's is what P-1 asks for. */
export class Certificates {
  private readonly byView = new Map<View, PrepareCertificate>();

  add(certificate: PrepareCertificate): boolean {
    if (this.byView.has(certificate.view)) return false;
    this.byView.set(certificate.view, certificate);
    return true;
  }

  /** A VIEW-CHANGE carries only certificates of lower views than its own. */
  highestBelow(view: number): PrepareCertificate | undefined {
    let highest: PrepareCertificate | undefined;
    for (const certificate of this.byView.values()) {
      if (certificate.view < view && (highest === undefined || certificate.view > highest.view))
        highest = certificate;
    }
    return highest;
  }

  get highest(): PrepareCertificate | undefined {
    return this.highestBelow(Number.POSITIVE_INFINITY);
  }

  ofView(view: View): PrepareCertificate | undefined {
    return this.byView.get(view);
  }

  /**
   * P-4: of the views below this one only the highest certificate can still be asked for. Those of this view and
   * of later ones stay, and nobody makes them but q validators.
   */
  forgetBelow(view: number): void {
    const highest = this.highestBelow(view)?.view;
    for (const known of this.byView.keys()) if (known < view && known !== highest) this.byView.delete(known);
  }

  /** Whether some view has certified this digest here. */
  names(digest: Digest): boolean {
    for (const certificate of this.byView.values()) if (equalBytes(certificate.digest, digest)) return true;
    return false;
  }
}
