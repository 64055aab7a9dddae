import { Epoch, equalBytes, View } from "@touchmark/core";
import { chooseForView, claimOf, sameChoice, type ViewChoice } from "../agreement/view-choice.ts";
import type { Committee, ValidatorIndex } from "../committee.ts";
import type { ReplicaConfig } from "../config.ts";
import type { FinalityCertificate, MessageOf, Prepared } from "../messages.ts";
import { newViewDigest, viewChangeDigest } from "../signing.ts";

type ViewChangeMessage = MessageOf<"viewChange">;
type NewViewMessage = MessageOf<"newView">;

/** Which view a replica is in, and how it comes to the next: PBFT's view change for one open height. */
export class LeaderViews {
  view: View = View.of(0);
  /** False from the own VIEW-CHANGE until the NEW-VIEW. */
  isActive = true;
  accepted: NewViewMessage | undefined;
  own: ViewChangeMessage | undefined;
  private readonly config: ReplicaConfig;
  private readonly committee: Committee;
  /** Of each validator the highest. */
  private readonly claims = new Map<ValidatorIndex, ViewChangeMessage>();

  constructor(config: ReplicaConfig, committee: Committee) {
    this.config = config;
    this.committee = committee;
  }

  /** The own VIEW-CHANGE for a later view. */
  leave(
    to: View,
    self: ValidatorIndex,
    finality: FinalityCertificate | undefined,
    prepared: readonly Prepared[],
  ): ViewChangeMessage {
    const { chain, signer } = this.config;
    const body = { epoch: Epoch.of(0), view: to, finality, prepared };
    const signature = signer.sign(viewChangeDigest(chain, body));
    this.own = { kind: "viewChange", ...body, validator: self, signature };
    this.view = to;
    this.isActive = false;
    return this.own;
  }

  /** The own VIEW-CHANGE as it was sent before a restart. */
  resume(own: ViewChangeMessage): void {
    this.own = own;
    this.view = own.view;
    this.isActive = false;
  }

  addClaim(claim: ViewChangeMessage): void {
    const known = this.claims.get(claim.validator);
    if (known === undefined || known.view < claim.view) this.claims.set(claim.validator, claim);
  }

  /** f + 1 others want a later view than this one. */
  get pulledTo(): View | undefined {
    const claim = claimOf(
      [...this.claims.values()].map((it) => it.view),
      this.committee.f + 1,
    );
    return claim !== undefined && claim > this.view ? View.of(claim) : undefined;
  }

  /** q want this view or a later one: from now on its leader has to show up. */
  get isCalledFor(): boolean {
    return [...this.claims.values()].filter((it) => it.view >= this.view).length >= this.committee.quorum;
  }

  /** The NEW-VIEW that this replica, as the leader of its view, can send. */
  createNewView(): NewViewMessage | undefined {
    const changes = [...this.claims.values()]
      .filter((it) => it.view === this.view)
      .sort((a, b) => a.validator - b.validator)
      .slice(0, this.committee.quorum);
    if (changes.length < this.committee.quorum) return undefined;
    const { chain, signer, genesis } = this.config;
    const chosen = chooseForView(changes, genesis.digest).chosen.map(({ cut, certificate }) => ({
      height: cut.height,
      digest: certificate.digest,
    }));
    const body = { epoch: Epoch.of(0), view: this.view, viewChanges: changes, chosen };
    return { kind: "newView", ...body, signature: signer.sign(newViewDigest(chain, body)) };
  }

  /** What a NEW-VIEW proves, if it is for this replica, and chooses as it must. */
  judge(newView: NewViewMessage): ViewChoice | undefined {
    const isNews = newView.view > this.view || (newView.view === this.view && !this.isActive);
    if (!isNews) return undefined;
    const choice = chooseForView(newView.viewChanges, this.config.genesis.digest);
    return sameChoice(newView.chosen, choice.chosen) ? choice : undefined;
  }

  enter(newView: NewViewMessage): void {
    this.view = newView.view;
    this.isActive = true;
    this.accepted = newView;
  }

  /** Whether the cut may stand at its height in this view. */
  allows(height: number, digest: Uint8Array): boolean {
    const chosen = this.accepted?.view === this.view ? this.accepted.chosen : [];
    return chosen.every((it) => it.height !== height || equalBytes(it.digest, digest));
  }

  /** What the leader of this view has to propose again at a height. */
  chosenAt(height: number): Prepared | undefined {
    const { accepted } = this;
    if (accepted === undefined || accepted.view !== this.view) return undefined;
    const choice = chooseForView(accepted.viewChanges, this.config.genesis.digest);
    return choice.chosen.find((it) => it.cut.height === height);
  }

  get leader(): ValidatorIndex {
    return this.committee.leaderOf(this.view);
  }

  get isLed(): boolean {
    return this.isActive && (this.view === 0 || this.accepted?.view === this.view);
  }
}
