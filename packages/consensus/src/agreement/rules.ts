import type { View } from "@touchmark/core";
import type { Committee } from "../committee.ts";
import type { PrepareCertificate } from "../messages.ts";
import type { Certificates } from "./ballots.ts";

/**
 * The places where agreement is one rule away from breaking. A research fork may replace them; the
 * simulator's negative controls do, to show that its checker would notice.
 */
export interface AgreementRules {
  /** How many votes of one phase certify a cut. */
  quorum(committee: Committee): number;
  /** P-1: the certificate of a lower height that a vote in this view may stand on. */
  certificateOf(certificates: Certificates | undefined, view: View): PrepareCertificate | undefined;
  /** P-1: whether a vote needs the whole chain of certificates below it. */
  readonly isChained: boolean;
}

export const AGREEMENT_RULES: AgreementRules = {
  quorum: (committee) => committee.quorum,
  certificateOf: (certificates, view) => certificates?.ofView(view),
  isChained: true,
};
