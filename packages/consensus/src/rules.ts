import { AGREEMENT_RULES, type AgreementRules } from "./agreement/rules.ts";
import { LANE_RULES, type LaneRules } from "./lanes/rules.ts";
import { FAIR_ORDER, type OrderRules } from "./order/rules.ts";

/** The rules that a fork may replace; everything else follows from these and the parameters. */
export interface Rules {
  readonly lanes: LaneRules;
  readonly order: OrderRules;
  readonly agreement: AgreementRules;
}

export const RULES: Rules = { lanes: LANE_RULES, order: FAIR_ORDER, agreement: AGREEMENT_RULES };
