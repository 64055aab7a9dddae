import { type Digest, equalBytes, type Height, type Nanos, type View } from "@touchmark/core";
import type { ValidatorIndex } from "../committee.ts";
import type { FinalityCertificate, MessageOf } from "../messages.ts";
import { Ballot, Certificates, FinalBallot } from "./ballots.ts";

export interface Proposal {
  readonly message: MessageOf<"preprepare">;
  readonly digest: Digest;
  /** V-2: what had to be in the cut is judged by this moment. */
  readonly arrivedAt: Nanos;
  /** V-2: a refusal is final for this PRE-PREPARE. */
  refused: string | undefined;
}

/** All that is known of one open height. */
export class Instance {
  readonly height: Height;
  /** P-6: one for each leader, that of the highest view. */
  private readonly proposals = new Map<ValidatorIndex, Proposal>();
  readonly prepares = new Ballot();
  readonly commits = new Ballot();
  readonly finals = new FinalBallot();
  readonly certificates = new Certificates();
  /** The digest that q validators committed in one view. */
  committed: { readonly digest: Digest; readonly view: View } | undefined;
  finality: FinalityCertificate | undefined;
  /** Y-1: the parent of a decided cut one above. */
  implied: Digest | undefined;
  /** The own votes: the views of the last PREPARE and COMMIT, after a restart too (P-7). */
  preparedIn: View | undefined;
  committedIn: View | undefined;
  /** The own FINAL went out. */
  finalSent: MessageOf<"final"> | undefined;

  constructor(height: Height) {
    this.height = height;
  }

  /** What can't be otherwise at this height any more. */
  get decided(): Digest | undefined {
    return this.committed?.digest ?? this.finality?.digest ?? this.implied;
  }

  addProposal(leader: ValidatorIndex, proposal: Proposal): "first" | "replaced" | "older" {
    const known = this.proposals.get(leader);
    if (known !== undefined && known.message.view >= proposal.message.view) return "older";
    this.proposals.set(leader, proposal);
    return known === undefined ? "first" : "replaced";
  }

  /** P-6: whether a proposal that is kept, a certificate or a decision of this height is of that cut. */
  names(digest: Digest): boolean {
    if (this.certificates.names(digest)) return true;
    const decided = [this.committed?.digest, this.finality?.digest, this.implied];
    for (const proposal of this.proposals.values()) decided.push(proposal.digest);
    return decided.some((it) => it !== undefined && equalBytes(it, digest));
  }

  proposalOf(leader: ValidatorIndex, view: View): Proposal | undefined {
    const proposal = this.proposals.get(leader);
    return proposal?.message.view === view ? proposal : undefined;
  }
}

/** P-6: instances for the heights in (final, final + 2W], made on demand. */
export class Instances {
  private readonly byHeight = new Map<number, Instance>();

  at(height: Height): Instance {
    let instance = this.byHeight.get(height);
    if (instance === undefined) {
      instance = new Instance(height);
      this.byHeight.set(height, instance);
    }
    return instance;
  }

  get all(): Iterable<Instance> {
    return this.byHeight.values();
  }

  find(height: number): Instance | undefined {
    return this.byHeight.get(height);
  }

  forgetThrough(height: number): void {
    for (const known of this.byHeight.keys()) if (known <= height) this.byHeight.delete(known);
  }

  forgetBetween(lower: number, upper: number): void {
    for (const known of this.byHeight.keys()) if (known > lower && known < upper) this.byHeight.delete(known);
  }

  clear(): void {
    this.byHeight.clear();
  }
}
