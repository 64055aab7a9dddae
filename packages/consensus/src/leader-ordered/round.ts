import { bytesToKey, type Digest, type Nanos } from "@touchmark/core";
import { Ballot, FinalBallot } from "../agreement/ballots.ts";
import type { Block } from "../block.ts";
import type { Executed } from "../input.ts";
import type { Cut, FinalityCertificate, MessageOf, Prepared } from "../messages.ts";

/** All that a replica knows of one height that is not final. */
export class Round {
  readonly prepares = new Ballot();
  readonly commits = new Ballot();
  readonly finals = new FinalBallot();
  /** The proposal of each view. */
  readonly proposals = new Map<number, MessageOf<"preprepare">>();
  /** The certificate of the highest view. */
  prepared: Prepared | undefined;
  /** The last views in which this replica proposed and voted. */
  proposedIn = -1;
  preparedIn = -1;
  committedIn = -1;
  finality: FinalityCertificate | undefined;
  block: Block | undefined;
  executed: Executed | undefined;
  saidFinal = false;
  /** When what is missing was last asked for. */
  soughtAt: Nanos | undefined;
  private readonly cuts = new Map<string, Cut>();

  addCut(cut: Cut, digest: Digest): void {
    this.cuts.set(bytesToKey(digest), cut);
  }

  cutOf(digest: Digest): Cut | undefined {
    return this.cuts.get(bytesToKey(digest));
  }
}
