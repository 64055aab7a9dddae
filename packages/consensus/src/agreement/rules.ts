import type { View } from "@touchmark/core";
import type { Committee } from "../committee.ts";
import type { Message, PrepareCertificate } from "../messages.ts";
import type { Certificates } from "./ballots.ts";

/**
 * The places where agreement is one rule away from breaking. A research fork may replace them; the
 * simulator's negative controls do, to show that its checker and its scenarios would notice.
 */
export interface AgreementRules {
  /** How many votes of one phase certify a cut. */
  quorum(committee: Committee): number;
  /** P-1: the certificate of a lower height that a vote in this view may stand on. */
  certificateOf(certificates: Certificates | undefined, view: View): PrepareCertificate | undefined;
  /** P-1: whether a vote needs the whole chain of certificates below it. */
  readonly isChained: boolean;
  /** P-1: whether votes begin above the highest certificate held, and not above what is executed here. */
  readonly votesAboveHeld: boolean;
  /** V-2: whether a leader is blamed only for what it was offered. */
  readonly blamesAfterOffer: boolean;
  /** C-2: whether the horizon of a cut may be that old. */
  isFreshEnough(age: bigint): boolean;
  /** V-3: whether an empty block is useful that draws in a lane which has run far ahead. */
  readonly drawsLanesIn: boolean;
  /** P-4: whether VIEW-CHANGE carries what is above the highest certificate held, and not above what is executed. */
  readonly carriesAboveHeld: boolean;
  /** P-5: the view to go to, from this one, on f + 1 claims of that one or of higher ones. */
  viewOnClaims(claim: number, view: View): number;
  /** P-6: whether an own message is said again as long as it matters. */
  isResent(kind: Message["kind"]): boolean;
  /** P-6: whether one who is behind is told of the accepted NEW-VIEW, by its leader and by everybody. */
  readonly repeatsNewView: boolean;
  /** P-6: whether one who is in a past epoch is told how that one ended. */
  readonly answersPastEpochs: boolean;
  /** P-8: whether a height counts against the leader; late is one whose PRE-PREPARE came Λ after the last delivery. */
  countsAgainstLeader(isFull: boolean, isLate: boolean): boolean;
  /** P-8: whether the time in which the window is closed is taken off what the leader is blamed for. */
  readonly forgivesClosedWindow: boolean;
}

export const AGREEMENT_RULES: AgreementRules = {
  quorum: (committee) => committee.quorum,
  // P-1: another view may have certified something else there that this one never saw.
  certificateOf: (certificates, view) => certificates?.ofView(view),
  isChained: true,
  // P-1: below a certificate everything is decided, whether it is executed here or not.
  votesAboveHeld: true,
  // V-2: lanes that show their newest batch to one validator only would make every leader look unfair.
  blamesAfterOffer: true,
  // C-2: the horizon follows from the tips. After an outage C-3 lets every lane catch up step by step.
  isFreshEnough: () => true,
  drawsLanesIn: true,
  carriesAboveHeld: true,
  // P-5: f + 1 claims contain a correct one, so there is no bound on the jump.
  viewOnClaims: (claim) => claim,
  isResent: () => true,
  repeatsNewView: true,
  answersPastEpochs: true,
  // P-8: a full block says that there is much to do, unless the leader let time pass before it.
  countsAgainstLeader: (isFull, isLate) => !isFull || isLate,
  // P-8: that time is the state machine's.
  forgivesClosedWindow: true,
};
